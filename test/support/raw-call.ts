import type { SipPeer, Seen } from './sip-peer.js';

let calls = 0;

/** One call of a raw SIP peer, written by hand: knows its Call-ID, tags, CSeq and target, and nothing else. */
export class RawCall {
  readonly id: string;
  readonly from: string;
  to: string;
  /** Where requests inside the dialog go. */
  target: string;
  /** CSeq of the last request of ours. */
  n = 0;
  /** The final response to the INVITE. */
  answer: Seen | null = null;
  /** Its Contact says that it is a conference (RFC 4579). */
  focus = false;
  private branch = '';

  constructor(
    readonly peer: SipPeer,
    readonly uri: string,
    name = 'Alice',
  ) {
    this.id = `raw${++calls}x${peer.local.port}`;
    this.from = `"${name}" <sip:${name.toLowerCase()}@127.0.0.1:${peer.local.port}>;tag=t${this.id}`;
    this.to = `<${uri}>`;
    this.target = uri;
  }

  /** The same call, its dialog and all, by another connection or from another address. */
  on(peer: SipPeer): RawCall {
    const moved = new RawCall(peer, this.uri);
    return Object.assign(moved, { id: this.id, from: this.from, to: this.to, target: this.target, n: this.n });
  }

  get contact(): string {
    const { transport, local } = this.peer;
    const way = transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`;
    return `<sip:raw@${local.address}:${local.port}${way}>${this.focus ? ';isfocus' : ''}`;
  }

  /** The description of the answer. */
  get sdp(): string {
    return this.answer?.message.body.toString() ?? '';
  }

  /** Sends a new request; the first INVITE opens the dialog. */
  send(method: string, body = '', extra: string[] = [], type = 'application/sdp'): void {
    this.n += 1;
    this.branch = `z9hG4bK${this.id}-${this.n}`;
    this.transmit(method, this.branch, this.n, body, extra, type);
  }

  /** Calls; resolves with the 2xx, acknowledged unless told otherwise. Rejects with any other final answer. */
  async invite(body = '', extra: string[] = [], acknowledge = true): Promise<Seen> {
    this.send('INVITE', body, extra);
    const answer = await this.final('INVITE');
    if (!answer.start.startsWith('SIP/2.0 2')) throw new Error(answer.text);
    if (acknowledge) this.ack();
    return answer;
  }

  /** The final answer to our last request; a refused INVITE is acknowledged. */
  async final(method: string): Promise<Seen> {
    const { n } = this;
    const mine = (seen: Seen): boolean => seen.text.includes(`CSeq: ${n} ${method}`) && this.isMine(seen);
    const answer = await this.peer.expect('SIP/2.0 ', (seen) => !seen.start.startsWith('SIP/2.0 1') && mine(seen));
    if (method !== 'INVITE') return answer;
    this.answer = answer;
    this.to = answer.message.headers.get('to') ?? this.to;
    this.target = /<([^>]+)>/.exec(answer.message.headers.get('contact') ?? '')?.[1] ?? this.target;
    if (!answer.start.startsWith('SIP/2.0 2')) this.transmit('ACK', this.branch, n);
    return answer;
  }

  /** Resolves when all that was sent before has been worked on: the answer to an OPTIONS came. */
  async settled(): Promise<void> {
    this.send('OPTIONS');
    await this.final('OPTIONS');
  }

  /** Acknowledges the last 2xx. */
  ack(body = ''): void {
    this.transmit('ACK', `z9hG4bK${this.id}-${this.n}ack`, this.n, body);
  }

  /** Cancels the INVITE that is under way. */
  cancel(): void {
    this.transmit('CANCEL', this.branch, this.n);
  }

  /** Hangs up; resolves with the answer. */
  bye(): Promise<Seen> {
    this.send('BYE');
    return this.final('BYE');
  }

  /** The next request of the other side within this call. */
  request(method: string): Promise<Seen> {
    return this.peer.expect(`${method} `, (seen) => this.isMine(seen));
  }

  /** How many different requests of this method the other side made in this call. */
  requested(method: string): number {
    const mine = this.peer.seen.filter((seen) => seen.start.startsWith(`${method} `) && this.isMine(seen));
    return new Set(mine.map((seen) => seen.message.headers.get('cseq'))).size;
  }

  private isMine(seen: Seen): boolean {
    return seen.message.headers.get('call-id') === this.id;
  }

  private transmit(
    method: string,
    branch: string,
    n: number,
    body = '',
    extra: string[] = [],
    type = 'application/sdp',
  ): void {
    const inDialog = method !== 'CANCEL' && /tag=/.test(this.to);
    const { transport, local } = this.peer;
    this.peer.send(
      [
        `${method} ${inDialog ? this.target : this.uri} SIP/2.0`,
        `Via: SIP/2.0/${transport} ${local.address}:${local.port};branch=${branch};rport`,
        'Max-Forwards: 70',
        `From: ${this.from}`,
        `To: ${method === 'CANCEL' ? `<${this.uri}>` : this.to}`,
        `Call-ID: ${this.id}`,
        `CSeq: ${n} ${method}`,
        `Contact: ${this.contact}`,
        ...extra,
      ],
      body,
      type,
    );
  }
}
