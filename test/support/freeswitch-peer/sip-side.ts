import { systemClock, type Timer } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import type { Datagrams, Endpoint } from '../../../src/base/net.js';
import { parseMessage } from '../../../src/protocol/sip/parser.js';
import type { SipMessage } from '../../../src/protocol/sip/message.js';

/** A request, and how to answer it. */
export interface Request {
  readonly message: SipMessage & { kind: 'request' };
  readonly from: Endpoint;
  readonly callId: string;
  respond(status: string, body?: string): void;
}

const t1 = 500;

/** The SIP end of the stand-in: server transactions over UDP, and BYEs of its own. */
export class SipSide {
  /** Called with each new request but ACK. */
  onRequest: (request: Request) => void = () => undefined;
  /** Answers given, by Via branch and method, for requests that come again. */
  private readonly answers = new Map<string, string>();
  private readonly dialogs = new Map<string, { invite: Request; tag: string; resend: Timer | null }>();
  private readonly byes = new Map<string, Timer>();

  constructor(private readonly socket: Datagrams) {
    socket.onMessage((data, from) => this.take(data, from));
    socket.onError(() => undefined);
  }

  /** Hangs up a call that was answered. */
  bye(callId: string, reason = 'Q.850;cause=16;text="NORMAL_CLEARING"'): void {
    const dialog = this.dialogs.get(callId);
    if (!dialog) return;
    this.forget(callId);
    const { message, from } = dialog.invite;
    const { headers } = message;
    const target = /<([^>]+)>/.exec(headers.get('contact') ?? '')?.[1] ?? message.uri;
    const { address, port } = this.socket.local;
    const text = [
      `BYE ${target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};rport;branch=z9hG4bK${systemChance.hex(8)}`,
      'Max-Forwards: 70',
      ...headers.all('record-route').map((route) => `Route: ${route}`),
      `From: ${headers.get('to')};tag=${dialog.tag}`,
      `To: ${headers.get('from')}`,
      `Call-ID: ${callId}`,
      'CSeq: 127 BYE',
      `Reason: ${reason}`,
      ...['Content-Length: 0', '', ''],
    ].join('\r\n');
    this.byes.set(
      callId,
      systemClock.every(t1, () => this.send(text, from)),
    );
    this.send(text, from);
    systemClock.after(10 * t1, () => this.answered(callId));
  }

  /** The call is over without a word. */
  forget(callId: string): void {
    this.dialogs.get(callId)?.resend?.cancel();
    this.dialogs.delete(callId);
  }

  close(): void {
    for (const callId of [...this.dialogs.keys()]) this.forget(callId);
    for (const callId of [...this.byes.keys()]) this.answered(callId);
    this.socket.close();
  }

  private take(data: Buffer, from: Endpoint): void {
    const parsed = parseMessage(data, 'datagram');
    if (!parsed.ok) return;
    const { message } = parsed;
    const callId = message.headers.get('call-id') ?? '';
    if (message.kind === 'response') return this.answered(callId);
    if (message.method === 'ACK') return this.acknowledged(callId);
    const key = `${branchOf(message)} ${message.method}`;
    const before = this.answers.get(key);
    if (before !== undefined) return this.send(before, from);
    this.onRequest({
      ...{ message, from, callId },
      respond: (status, body = '') => this.respond(key, { message, from }, status, body),
    });
  }

  private respond(
    key: string,
    { message, from }: Pick<Request, 'message' | 'from'>,
    status: string,
    body: string,
  ): void {
    const { headers, method } = message;
    const callId = headers.get('call-id') ?? '';
    const to = headers.get('to') ?? '';
    const tag = this.dialogs.get(callId)?.tag ?? systemChance.hex(6);
    const text = [
      `SIP/2.0 ${status}`,
      ...headers.all('via').map((via, n) => `Via: ${n === 0 ? received(via, from) : via}`),
      ...headers.all('record-route').map((route) => `Record-Route: ${route}`),
      `From: ${headers.get('from')}`,
      `To: ${to}${to.includes('tag=') ? '' : `;tag=${tag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${headers.get('cseq')}`,
      `Contact: <sip:mod_sofia@${this.socket.local.address}:${this.socket.local.port}>`,
      'User-Agent: FreeSWITCH',
      'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, NOTIFY',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      ...[`Content-Length: ${Buffer.byteLength(body)}`, '', body],
    ].join('\r\n');
    this.answers.set(key, text);
    this.send(text, from);
    if (method !== 'INVITE' || !status.startsWith('2')) return;
    this.dialogs.get(callId)?.resend?.cancel();
    const resend = systemClock.every(t1, () => this.send(text, from));
    const invite = this.dialogs.get(callId)?.invite ?? { message, from, callId, respond: () => undefined };
    this.dialogs.set(callId, { invite, tag, resend });
  }

  private acknowledged(callId: string): void {
    this.dialogs.get(callId)?.resend?.cancel();
  }

  private answered(callId: string): void {
    this.byes.get(callId)?.cancel();
    this.byes.delete(callId);
  }

  private send(text: string, to: Endpoint): void {
    this.socket.send(Buffer.from(text), to);
  }
}

function branchOf({ headers }: SipMessage): string {
  return /branch=([^;\s]+)/.exec(headers.get('via') ?? '')?.[1] ?? '';
}

/** The top Via with where it came from (RFC 3581). */
function received(via: string, { address, port }: Endpoint): string {
  return `${via.replace(/;rport(?=;|$)/, `;rport=${port}`)};received=${address}`;
}
