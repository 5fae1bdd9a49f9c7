import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** How a call attempt ended; `status` 0 is no answer in time. */
export interface Answer {
  status: number;
  /** From sending the INVITE to receiving its final answer, milliseconds. */
  ms: number;
  sdp: string;
}

interface Waiting {
  done(message: string | null): void;
  timer: NodeJS.Timeout;
}

/** What an INVITE says besides its description. */
export interface CallTerms {
  /** Whole lines. */
  headers?: readonly string[];
}

const answerMs = 5000;
const host = '127.0.0.1';

/** A user agent that only calls: raw SIP over one UDP socket, light enough to measure somebody else. */
export class Uac {
  /** Calls by Call-ID that the other side may end. */
  readonly calls = new Map<string, UacCall>();
  /** Requests inside our calls that were refused because a bench has no answer to them. */
  refused = 0;
  private readonly waiting = new Map<string, Waiting>();

  private constructor(
    private readonly socket: Socket,
    private readonly gateway: { address: string; port: number },
  ) {
    socket.on('message', (data) => this.take(data.toString('latin1')));
  }

  static async open(gateway: { address: string; port: number }): Promise<Uac> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    socket.bind(0, host);
    await once(socket, 'listening');
    return new Uac(socket, gateway);
  }

  /** Whether OPTIONS is answered with 200. */
  async options(withinMs: number): Promise<boolean> {
    const call = new UacCall(this, this.uri('demo'), '');
    return statusOf(await this.ask(call.request('OPTIONS'), withinMs)) === 200;
  }

  /** Calls a room and acknowledges whatever comes. */
  async call(
    room: string,
    sdp: string,
    name = 'bench',
    terms: CallTerms = {},
  ): Promise<{ answer: Answer; call: UacCall }> {
    const call = new UacCall(this, this.uri(room), name, terms.headers);
    return { answer: await call.invite(sdp), call };
  }

  /** A call that is not placed yet. */
  prepare(room: string, name = 'bench'): UacCall {
    return new UacCall(this, this.uri(room), name);
  }

  /** Sends a request, again after 0.5 and 1.5 s, and waits for its final answer; null when there is none in time. */
  ask(request: string, withinMs = answerMs): Promise<string | null> {
    const key = transactionOf(request);
    return new Promise((resolve) => {
      const again = [500, 1500].map((ms) => setTimeout(() => this.send(request), ms));
      const done = (message: string | null): void => {
        for (const each of [timer, ...again]) clearTimeout(each);
        this.waiting.delete(key);
        resolve(message);
      };
      const timer = setTimeout(() => done(null), withinMs);
      this.waiting.set(key, { done, timer });
      this.send(request);
    });
  }

  send(message: string): void {
    this.socket.send(Buffer.from(message, 'latin1'), this.gateway.port, this.gateway.address);
  }

  get port(): number {
    return this.socket.address().port;
  }

  close(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
    this.socket.close();
  }

  private uri(room: string): string {
    return `sip:${room}@${this.gateway.address}:${this.gateway.port}`;
  }

  private take(message: string): void {
    if (!message.startsWith('SIP/2.0 ')) return this.serve(message);
    const status = statusOf(message);
    if (status < 200) return;
    const waiting = this.waiting.get(transactionOf(message));
    if (waiting) waiting.done(message);
    else if (header(message, 'CSeq').endsWith('INVITE')) this.calls.get(header(message, 'Call-ID'))?.acknowledge();
  }

  /** BYE is obeyed; what would change a session is refused. */
  private serve(request: string): void {
    const method = request.slice(0, request.indexOf(' '));
    if (method === 'ACK') return;
    const call = this.calls.get(header(request, 'Call-ID'));
    const status = method === 'INVITE' || method === 'UPDATE' ? '488 Not Acceptable Here' : '200 OK';
    if (status.startsWith('488')) this.refused++;
    if (method === 'BYE') call?.over();
    const copied = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
    this.send([`SIP/2.0 ${status}`, ...copied, 'Content-Length: 0', '', ''].join('\r\n'));
  }
}

/** One call of a `Uac`. */
export class UacCall {
  ended = false;
  private readonly id = `${randomBytes(8).toString('hex')}@bench`;
  private readonly tag = randomBytes(4).toString('hex');
  private cseq = 0;
  private to: string;
  private target: string;
  private inviteSeq = 0;
  private invited = '';
  private ack = '';

  constructor(
    private readonly uac: Uac,
    private readonly uri: string,
    private readonly name: string,
    private readonly headers: readonly string[] = [],
  ) {
    this.to = `<${uri}>`;
    this.target = uri;
  }

  /** Places the call, or changes its session, and acknowledges whatever comes; `late` is an answer that goes with the ACK. */
  async invite(sdp: string, late = ''): Promise<Answer> {
    const begin = performance.now();
    this.invited = this.request('INVITE', sdp);
    const reply = await this.uac.ask(this.invited);
    const ms = performance.now() - begin;
    if (reply !== null) this.answered(reply, late);
    return { status: statusOf(reply), ms, sdp: reply?.split('\r\n\r\n')[1] ?? '' };
  }

  /** Gives the INVITE up that is under way; resolves with the status of the answer to the CANCEL. */
  async cancel(): Promise<number> {
    const kept = this.invited.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|Max-Forwards):/.test(line));
    const start = `CANCEL ${this.uri} SIP/2.0`;
    const text = [start, ...kept, `CSeq: ${this.inviteSeq} CANCEL`, 'Content-Length: 0', '', ''].join('\r\n');
    return statusOf(await this.uac.ask(text));
  }

  /** Sends any other request and resolves with its final status. */
  async say(method: string): Promise<number> {
    return statusOf(await this.uac.ask(this.request(method)));
  }

  /** The next request of this call. */
  request(method: string, body = ''): string {
    if (method !== 'ACK') this.cseq++;
    if (method === 'INVITE') this.inviteSeq = this.cseq;
    const { port } = this.uac;
    const lines = [
      `${method} ${this.target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${randomBytes(8).toString('hex')};rport`,
      'Max-Forwards: 70',
      `From: "${this.name}" <sip:${this.name || 'bench'}@${host}:${port}>;tag=${this.tag}`,
      `To: ${this.to}`,
      `Call-ID: ${this.id}`,
      `CSeq: ${method === 'ACK' ? this.inviteSeq : this.cseq} ${method}`,
      `Contact: <sip:${this.name || 'bench'}@${host}:${port}>`,
      'User-Agent: Dualstream-bench',
      ...(method === 'INVITE' ? this.headers : []),
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    return `${lines.join('\r\n')}\r\n\r\n${body}`;
  }

  /** Takes the final answer to the INVITE; a refusal is acknowledged within its transaction (RFC 3261 §17.1.1.3). */
  private answered(reply: string, late: string): void {
    this.to = header(reply, 'To');
    if (statusOf(reply) >= 300) {
      const via = header(this.invited, 'Via');
      return this.uac.send(this.request('ACK').replace(/^Via: .*$/m, `Via: ${via}`));
    }
    this.target = /<([^>]+)>/.exec(header(reply, 'Contact'))?.[1] ?? this.uri;
    this.uac.calls.set(this.id, this);
    this.ack = this.request('ACK', late);
    this.acknowledge();
  }

  acknowledge(): void {
    this.uac.send(this.ack);
  }

  /** Hangs up; resolves with the status of the answer, 0 without one, 200 when the other side was first. */
  async bye(): Promise<number> {
    if (this.ended) return 200;
    this.over();
    return statusOf(await this.uac.ask(this.request('BYE')));
  }

  /** The other side hung up. */
  over(): void {
    this.ended = true;
    this.uac.calls.delete(this.id);
  }
}

function header(message: string, name: string): string {
  return new RegExp(`^${name}\\s*:\\s*(.*?)\\r?$`, 'im').exec(message)?.[1] ?? '';
}

function statusOf(message: string | null): number {
  return Number(message?.slice(8, 11) ?? 0);
}

function transactionOf(message: string): string {
  const branch = /branch=(z9hG4bK\w+)/.exec(header(message, 'Via'))?.[1] ?? '';
  return `${branch} ${header(message, 'CSeq').split(' ')[1]}`;
}
