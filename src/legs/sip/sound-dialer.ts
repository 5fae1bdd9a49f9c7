import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import { Serial } from '../../base/serial.js';
import type { LineAnswer } from '../../media/negotiate.js';
import type { Line, LineParams } from '../../media/plane.js';
import { SoundSession } from '../../media/sound-sdp.js';
import { DialFailed } from '../../rooms/dialer.js';
import type { SoundCall, SoundCallEvents, SoundCallRequest, SoundDialer, SoundTerms } from '../../rooms/sound-call.js';
import { atMost } from '../at-most.js';
import { ask } from './dialog-link.js';
import { OfferRefused } from './errors.js';
import type { GatewayParts } from './gateway-parts.js';
import { hangUp, OutgoingInvite } from './outgoing-invite.js';
import { sdpType } from './request-checks.js';
import type { SipDialog } from './srf.js';

type Parts = Pick<GatewayParts, 'signalling' | 'clock' | 'chance' | 'log' | 'lookup' | 'mediaFor' | 'calls'>;

/**
 * FreeSWITCH ends calls from which nothing comes (`media_timeout`), as from members that hold, listen or are silent; it counts
 * whatever comes. Of these numbers one is free.
 */
const lifeNumbers = [127, 126, 125];

/** How long a server of ours may take to answer, milliseconds: rooms wait three seconds for a member to come in. */
const answerMs = 2500;
/** How long it may take to answer a BYE before nobody waits for it, milliseconds. */
const byeMs = 1000;
/** How often an offer is repeated that crossed one of the server's, and after how long (RFC 3261 §14.1: 2.1 to 4 s). */
const offers = 3;

/** Places calls of sound alone by SIP. */
export class SipSoundDialer implements SoundDialer {
  /** `lifeMs`: where nothing else goes to a server of ours, an empty packet does so often, milliseconds. */
  constructor(
    private readonly parts: Parts,
    private readonly lifeMs = 10_000,
  ) {}

  async call(request: SoundCallRequest, signal: AbortSignal): Promise<SoundCall> {
    const { parts } = this;
    const peer = { source_address: await parts.lookup(hostOf(request.to)), body: '' };
    const { plane, address } = parts.mediaFor(peer, false);
    const line = await plane.open({ id: `${request.callId}/audio`, kind: 'audio', ...address });
    const { address: host, rtpPort, rtcpPort } = line.local;
    const session = new SoundSession(String(parts.chance.int(1, 0x7fffffff)), { address: host, rtpPort, rtcpPort });
    try {
      return await this.invite(request, signal, line, session);
    } catch (error) {
      line.close();
      throw error;
    }
  }

  private invite(
    { to, callId, name, headers, terms }: SoundCallRequest,
    signal: AbortSignal,
    line: Line,
    session: SoundSession,
  ): Promise<SipSoundCall> {
    const { signalling, clock, calls } = this.parts;
    calls?.inner(callId);
    const sdp = session.offer(terms.formats, terms.direction);
    const own = { 'Call-ID': callId, From: `"${name}" <sip:dualstream@localhost>`, 'Content-Type': sdpType };
    return new Promise((resolve, reject) => {
      const options = { uri: to, proxy: null, sdp, headers: { ...headers, ...own, Supported: 'timer' } };
      const invite = new OutgoingInvite(signalling, options, {
        provisional: () => undefined,
        refused: ({ status, reason }) => settle(() => reject(new DialFailed(status, reason))),
        answered: (dialog, description) => {
          settle(() => undefined);
          try {
            const call = new SipSoundCall(this.parts, line, session, dialog, this.lifeMs);
            call.agreed(session.accept(description));
            resolve(call);
          } catch (error) {
            hangUp(dialog, 'SIP;cause=488;text="No common codec"');
            reject(new DialFailed(488, messageOf(error)));
          }
        },
      });
      const giveUp = (status: number, words: string): void =>
        settle(() => {
          invite.abandon(`SIP;cause=${status};text="${words}"`);
          reject(new DialFailed(status, words));
        });
      const late = clock.after(answerMs, () => giveUp(408, 'no answer'));
      const aborted = (): void => giveUp(487, 'given up');
      const settle = (then: () => void): void => {
        late.cancel();
        signal.removeEventListener('abort', aborted);
        then();
      };
      signal.addEventListener('abort', aborted);
      if (signal.aborted) aborted();
      else invite.send();
    });
  }
}

/**
 * One such call.
 *
 *   talking --end, BYE, 481--> over (once)
 */
class SipSoundCall implements SoundCall {
  readonly on = new Emitter<SoundCallEvents>();
  private readonly changes = new Serial();
  private over = false;
  private ending: Promise<void> | null = null;

  constructor(
    private readonly parts: Parts,
    readonly line: Line,
    private readonly session: SoundSession,
    private readonly dialog: SipDialog,
    private readonly lifeMs: number,
  ) {
    // in the turn of the 200, since a BYE may be right behind it
    dialog.on('destroy', (_bye, reason) => this.finish(reason ?? 'hung up'));
    for (const method of ['modify', 'update'] as const) {
      dialog.on(method, (request, response) => {
        response.send(200, request.body ? { body: dialog.local.sdp, headers: { 'Content-Type': sdpType } } : {});
      });
    }
  }

  /** Takes over what was negotiated. */
  agreed(answer: LineAnswer): void {
    this.line.update(paramsOf(answer, this.dialog.sip.callId, this.lifeMs));
  }

  change(terms: SoundTerms): Promise<void> {
    return this.changes.run(async () => {
      for (let left = offers; ; left -= 1) {
        const { status, reason } = await this.offer(terms);
        if (status < 300) return;
        if (status !== 491 || left === 1) throw new OfferRefused(status, reason);
        await new Promise<void>((resolve) => this.parts.clock.after(this.parts.chance.int(2100, 4000), resolve));
      }
    });
  }

  end(): Promise<void> {
    return (this.ending ??= this.hangUp());
  }

  private async hangUp(): Promise<void> {
    if (this.over) return;
    this.finish('ended by us');
    const answered = this.dialog.destroy().catch((error: unknown) => {
      this.parts.log.debug({ call: this.dialog.sip.callId, error: messageOf(error) }, 'BYE was not answered');
    });
    await atMost(this.parts.clock, byeMs, answered);
  }

  private async offer({ formats, direction }: SoundTerms): Promise<{ status: number; reason: string }> {
    if (this.over) return { status: 481, reason: 'the call is over' };
    const { dialog, session } = this;
    const sdp = session.offer(formats, direction);
    const headers = { Contact: dialog.local.contact, 'Content-Type': sdpType };
    const outcome = await ask(dialog, 'INVITE', headers, sdp);
    if (this.over) return { status: 481, reason: 'the call is over' };
    if (outcome.status >= 300) {
      session.rollback();
      if (outcome.status === 408 || outcome.status === 481) this.finish(outcome.reason);
      return outcome;
    }
    this.agreed(session.accept(outcome.response?.body ?? ''));
    dialog.local.sdp = sdp;
    return outcome;
  }

  private finish(why: string): void {
    if (this.over) return;
    this.over = true;
    this.line.close();
    this.on.emit('ended', { why });
  }
}

function paramsOf(answer: LineAnswer, callId: string, lifeMs: number): LineParams {
  const { direction, remote, receive, send, events } = answer;
  const feedback = { pli: false, fir: false, nack: false, remb: false };
  const taken = new Set([...receive, ...send, ...events.receive, ...events.send].map(({ pt }) => pt));
  return {
    direction,
    remote,
    receive,
    send,
    events,
    feedback,
    cname: `${callId}@dualstream`,
    maxKbps: null,
    signsOfLife: { pt: lifeNumbers.find((number) => !taken.has(number)) ?? 0, everyMs: lifeMs },
    held: direction === 'inactive',
  };
}

/** Host of a `sip:` URI. */
function hostOf(uri: string): string {
  return /^sips?:(?:[^@]*@)?(\[[^\]]+\]|[^:;?>]+)/i.exec(uri)?.[1] ?? '';
}
