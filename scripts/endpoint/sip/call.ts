import type { Clock } from '../../../src/base/clock.js';
import { readMediaControl } from '../../../src/legs/sip/media-control.js';
import { openEngine, type Engine } from './engine.js';
import type { SipDialog, SipRequest, SipResponse } from './srf.js';

/** Where and how to call. */
export interface CallOptions {
  uri: string;
  /** Display name. */
  name: string;
  transport: 'udp' | 'tcp' | 'tls';
  bind: string;
  /** User-Agent. */
  agent: string;
  sdp: string;
  clock: Clock;
}

/** What comes from the other side during the call. */
export interface CallHandlers {
  /** A new offer; returns the answer. A throw answers 488. */
  reoffered(sdp: string): string;
  /** SIP INFO asks for a keyframe on the stream with this label, or the main one. */
  keyframe(streamId: string | null): void;
  ended(reason: string): void;
}

/** A call that stands. */
export interface SipCall {
  /** The first description of the other side: its answer to our offer, or its offer. */
  readonly answer: string;
  /** Offers anew; resolves with the answer. Rejects with CallFailed. */
  reinvite(sdp: string): Promise<string>;
  /** Any other request in the dialog; resolves with its status. */
  request(method: string, headers: Record<string, string>, body: string): Promise<number>;
  hangup(): Promise<void>;
}

const byeTimeout = 2000;
const answerTime = 200;

/** The call was refused or could not be placed. */
export class CallFailed extends Error {
  constructor(
    readonly status: number,
    reason: string,
    /** Warning and Retry-After headers as received. */
    readonly hints: string,
  ) {
    super(`call failed: ${status} ${reason}${hints && ` (${hints})`}`);
  }
}

/** Places the call over an engine of its own. Rejects with CallFailed. */
export async function placeCall(options: CallOptions, handlers: CallHandlers): Promise<SipCall> {
  const engine = await openEngine(options);
  try {
    const dialog = await invite(engine, options);
    return new StandingCall(() => engine.close(), dialog, handlers, options.clock);
  } catch (error) {
    await engine.close();
    throw error instanceof CallFailed ? error : failure(error);
  }
}

async function invite(engine: Engine, { uri, name, transport, agent, sdp, bind }: CallOptions): Promise<SipDialog> {
  const user = name.replace(/[^\w.-]/g, '_');
  const target = transport === 'udp' || /;transport=/i.test(uri) ? uri : `${uri};transport=${transport}`;
  return engine.srf.createUAC(target, {
    localSdp: sdp,
    headers: {
      From: `"${name.replace(/["\\]/g, '')}" <sip:${user}@${bind.includes(':') ? `[${bind}]` : bind}>`,
      'User-Agent': agent,
      Allow: 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE',
    },
  });
}

/** A call that stands, whoever began it; `free` is called once when it is over. */
export class StandingCall implements SipCall {
  readonly answer: string;
  private over = false;

  constructor(
    private readonly free: () => Promise<void>,
    private readonly dialog: SipDialog,
    private readonly handlers: CallHandlers,
    private readonly clock: Clock,
  ) {
    this.answer = dialog.remote.sdp;
    dialog.on('destroy', (request) => this.ended(request));
    dialog.on('modify', (request, response) => this.offered(request, response));
    dialog.on('update', (request, response) => {
      if (request.body) this.offered(request, response);
      else response.send(200);
    });
    dialog.on('info', (request, response) => this.informed(request, response));
  }

  async reinvite(sdp: string): Promise<string> {
    const response = await this.exchange('INVITE', { 'Content-Type': 'application/sdp' }, sdp);
    if (response.status !== 200) throw new CallFailed(response.status, response.reason, '');
    return response.body;
  }

  async request(method: string, headers: Record<string, string>, body: string): Promise<number> {
    return (await this.exchange(method, headers, body)).status;
  }

  async hangup(): Promise<void> {
    if (this.over) return;
    this.over = true;
    await this.farewell();
    await this.free();
  }

  /** A BYE that nobody answers is not worth the full time of its transaction. */
  private farewell(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(byeTimeout, resolve);
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      this.dialog.destroy().then(done, done);
    });
  }

  private exchange(method: string, headers: Record<string, string>, body: string): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      this.dialog.request({ method, headers, body }, (error, response) => {
        if (error) reject(failure(error));
        else if (response && response.status >= 200) resolve(response);
      });
    });
  }

  private offered(request: SipRequest, response: SipResponse): void {
    let answer: string;
    try {
      answer = this.handlers.reoffered(request.body);
    } catch {
      response.send(488);
      return;
    }
    this.dialog.local.sdp = answer;
    response.send(200, { body: answer, headers: { 'Content-Type': 'application/sdp' } });
  }

  private informed(request: SipRequest, response: SipResponse): void {
    response.send(200);
    const control = readMediaControl(request.get('Content-Type') ?? '', request.body);
    if (control) this.handlers.keyframe(control.streamId);
  }

  private ended(request: SipRequest | undefined): void {
    if (this.over) return;
    this.over = true;
    this.handlers.ended(request?.get('Reason') ?? 'the other side hung up');
    // The answer to the BYE goes out after this event.
    this.clock.after(answerTime, () => void this.free().catch(() => undefined));
  }
}

function failure(error: unknown): CallFailed {
  const { status, reason, res } = error as { status?: number; reason?: string; res?: SipResponse };
  const hints = ['Warning', 'Retry-After'].flatMap((name) => res?.get(name) ?? []).join('; ');
  if (typeof status === 'number') return new CallFailed(status, reason ?? '', hints);
  return new CallFailed(0, error instanceof Error ? error.message : String(error), hints);
}
