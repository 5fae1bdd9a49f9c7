import type { Datagrams, Endpoint } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';
import { Framer } from '../../src/base/framer.js';
import { sipFrames } from '../../src/protocol/sip/stream-framing.js';
import { parseMessage } from '../../src/protocol/sip/parser.js';
import type { SipMessage } from '../../src/protocol/sip/message.js';

/** A message a peer received, with its text. */
export interface Seen {
  text: string;
  message: SipMessage;
  start: string;
}

/** A raw SIP peer for tests: sends text as given, keeps what arrives, waits for what is expected. */
export class SipPeer {
  readonly seen: Seen[] = [];
  private readonly waiting: { test: (seen: Seen) => boolean; resolve: (seen: Seen) => void }[] = [];
  private taken = new Set<Seen>();
  private last: Buffer = Buffer.alloc(0);

  private constructor(
    readonly local: Endpoint,
    private readonly transmit: (data: Buffer) => void,
    readonly close: () => void,
    readonly transport: 'UDP' | 'TCP' | 'TLS',
  ) {}

  /** `from` is another address of loopback, to be somebody else. */
  static async udp(to: Endpoint, from = '127.0.0.1'): Promise<SipPeer> {
    const socket: Datagrams = await systemNet.udp({ address: from, port: 0 });
    const peer = new SipPeer(
      socket.local,
      (data) => socket.send(data, to),
      () => socket.close(),
      'UDP',
    );
    socket.onMessage((data) => peer.arrive(data));
    return peer;
  }

  static async stream(to: Endpoint, secure = false): Promise<SipPeer> {
    const kind = secure ? { type: 'tls' as const, verify: false } : { type: 'tcp' as const };
    const stream = await systemNet.connect(to, kind);
    const peer = new SipPeer(
      stream.local,
      (data) => void stream.write(data),
      () => stream.destroy(),
      secure ? 'TLS' : 'TCP',
    );
    const framer = new Framer(sipFrames({ ping: () => undefined, partial: () => undefined }, 65536), 65536);
    stream.onData((chunk) => framer.push(chunk).forEach((frame) => peer.arrive(frame)));
    return peer;
  }

  /** Sends a message; lines are joined by CRLF, Content-Length and the empty line are added. */
  send(lines: string[], body = '', type = 'application/sdp'): void {
    const extra = body === '' ? [] : [`Content-Type: ${type}`];
    const text = [...lines, ...extra, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
    this.raw(text);
  }

  /** Sends what was sent last once more. */
  again(): void {
    this.transmit(this.last);
  }

  raw(data: string | Buffer): void {
    this.last = Buffer.from(data);
    this.transmit(this.last);
  }

  /** First message not yet taken whose start line begins so. */
  expect(start: string, test: (seen: Seen) => boolean = () => true): Promise<Seen> {
    const wanted = (seen: Seen): boolean => seen.start.startsWith(start) && test(seen);
    const there = this.seen.find((each) => !this.taken.has(each) && wanted(each));
    if (there) {
      this.taken.add(there);
      return Promise.resolve(there);
    }
    return new Promise((resolve) => this.waiting.push({ test: wanted, resolve }));
  }

  /** Answers a request with its own Via, From, To (+tag), Call-ID and CSeq. */
  answer(request: Seen, status: string, extra: string[] = [], body = '', tag = 'peer'): void {
    const { headers } = request.message;
    const to = headers.get('to') ?? '';
    this.send(
      [
        `SIP/2.0 ${status}`,
        ...headers.all('via').map((via) => `Via: ${via}`),
        ...headers.all('record-route').map((route) => `Record-Route: ${route}`),
        `From: ${headers.get('from') ?? ''}`,
        `To: ${to}${/tag=/.test(to) || status.startsWith('100') ? '' : `;tag=${tag}`}`,
        `Call-ID: ${headers.get('call-id') ?? ''}`,
        `CSeq: ${headers.get('cseq') ?? ''}`,
        ...extra,
      ],
      body,
    );
  }

  private arrive(data: Buffer): void {
    // ports are used again: floor control or RTP may still be on its way to who had this one before
    if (this.transport === 'UDP' && !/^[A-Z]/.test(data.toString('latin1', 0, 1))) return;
    const parsed = parseMessage(data, 'datagram');
    if (!parsed.ok) throw parsed.error;
    const text = data.toString();
    const seen = { text, message: parsed.message, start: text.slice(0, text.indexOf('\r\n')) };
    this.seen.push(seen);
    const index = this.waiting.findIndex((each) => each.test(seen));
    if (index < 0) return;
    this.taken.add(seen);
    this.waiting.splice(index, 1)[0]?.resolve(seen);
  }
}
