import { getSystemErrorName } from 'node:util';
import type { UdpModule } from '../native/udp-module.js';
import { NativeWay, NativeWays } from './native-ways.js';
import type { ShortWayTerms } from './short-way.js';
import type { MediaSocket, MediaSockets, OnDatagram } from './sockets.js';

/** Octets of the inbox for one datagram, which none exceeds. */
const SLOT = 65_536;
/** Longest UDP payload by its own header; the system refuses what its lower layers do not carry. */
const LONGEST = 65_535;
/** Numbers that describe a datagram: index, length, port, and the words of the address. */
const LINE = 8;
const ADDRESS = 3;
const WORDS = LINE - ADDRESS;
/** Datagrams told, and sent, at once. */
const BATCH = 32;
const MOST_OUT = 256;
const OUTBOX = 6 * SLOT;
/** Addresses that are remembered. */
const MOST_KNOWN = 1024;

const none = Buffer.alloc(0);
const settled = Promise.resolve();

/**
 * Sockets of the native module. What comes is told for many datagrams at once and lies in memory that is used again; what is
 * sent during one turn of the event loop goes out together at its end.
 */
export class NativeSockets implements MediaSockets {
  private readonly inbox = new Uint8Array(BATCH * SLOT);
  private readonly arrivals = new Int32Array(BATCH * LINE);
  private readonly outbox = new Uint8Array(OUTBOX);
  private readonly departures = new Int32Array(MOST_OUT * LINE);
  private readonly hub: object;
  private ways: NativeWays | null = null;
  private readonly sockets: (NativeSocket | null)[] = [];
  /** Of the latest datagram in each place: many are as long as the one before. */
  private readonly views: Buffer[] = new Array<Buffer>(BATCH).fill(none);
  /** Addresses that were sent to; null for what is none. */
  private readonly known = new Map<string, Target | null>();
  private waiting = 0;
  private used = 0;
  // Held here: the module holds what it was given only while there are sockets.
  private readonly told = (count: number): void => this.arrived(count);
  private readonly flushLater = (): void => this.flush();

  constructor(
    private readonly native: UdpModule,
    readonly onError: (code: string) => void,
  ) {
    this.hub = native.open(this.inbox, this.arrivals, this.outbox, this.departures, this.told);
  }

  /** Gives sound a short way, once; the number by which the mixer's thread hands its frames in. Before the first socket. */
  shorten(terms: ShortWayTerms): number {
    this.ways = new NativeWays(this.native, this.hub, terms, this.flushLater, this.onError);
    return this.ways.desk;
  }

  /** Tells of what took a short way. */
  settle(): void {
    this.ways?.settle();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- refuses as the interface says
  async bind(address: string, port: number, onDatagram: OnDatagram): Promise<MediaSocket> {
    const index = this.native.bind(this.hub, address, port);
    if (index < 0) throw refusal(index, address, port);
    const family = address.includes(':') ? 6 : 4;
    const wordsOf = (to: string): Int32Array | null => this.target(to, family)?.words ?? null;
    const way = this.ways && new NativeWay(this.ways, index, wordsOf);
    const socket = new NativeSocket(this, index, family, this.native.port(this.hub, index), onDatagram, way);
    this.sockets[index] = socket;
    return socket;
  }

  /** Takes a datagram that goes out with the others of this turn. */
  queue(index: number, parts: readonly Uint8Array[], port: number, target: Target): void {
    let length = 0;
    for (let i = 0; i < parts.length; i++) length += parts[i]!.length;
    if (length > LONGEST) return this.onError('EMSGSIZE');
    if (this.waiting === MOST_OUT || this.used + length > OUTBOX) this.flush();
    for (let i = 0; i < parts.length; i++) {
      this.outbox.set(parts[i]!, this.used);
      this.used += parts[i]!.length;
    }
    const { departures } = this;
    const at = this.waiting * LINE;
    departures[at] = index;
    departures[at + 1] = length;
    departures[at + 2] = port;
    const { words, family } = target;
    if (family === 4) departures[at + ADDRESS + 1] = words[1]!;
    else for (let i = 0; i < WORDS; i++) departures[at + ADDRESS + i] = words[i]!;
    if (this.waiting++ === 0) void settled.then(this.flushLater);
  }

  /** Where that is, for a socket of its family; null where it is no such address. */
  target(address: string, family: number): Target | null {
    let target = this.known.get(address);
    if (target === undefined) {
      const words = new Int32Array(WORDS);
      const found = this.native.parse(address, words);
      target = found === 0 ? null : { words, family: found };
      if (this.known.size >= MOST_KNOWN) this.known.clear();
      this.known.set(address, target);
    }
    return target?.family === family ? target : null;
  }

  format(words: Int32Array, family: number): string {
    return this.native.format(words, family);
  }

  /** What was sent before still goes out; what came and was not told yet is forgotten. */
  close(index: number): void {
    this.flush();
    this.sockets[index] = null;
    this.native.close(this.hub, index);
  }

  private flush(): void {
    const count = this.waiting;
    if (count === 0) return;
    this.waiting = this.used = 0;
    if (this.native.flush(this.hub, count) === 0) return;
    for (let i = 0; i < count; i++) {
      const length = this.departures[i * LINE + 1]!;
      if (length < 0) this.onError(getSystemErrorName(length));
    }
  }

  private arrived(count: number): void {
    const { arrivals, sockets, views } = this;
    // what took the short way came before
    this.ways?.settleHeard();
    for (let i = 0; i < count; i++) {
      const at = i * LINE;
      const socket = sockets[arrivals[at]!];
      const length = arrivals[at + 1]!;
      if (!socket) continue;
      if (length < 0) {
        this.onError(getSystemErrorName(length));
        continue;
      }
      let data = views[i]!;
      if (data.length !== length) data = views[i] = Buffer.from(this.inbox.buffer, i * SLOT, length);
      try {
        socket.take(data, arrivals, at);
      } catch (error) {
        // as one of its own: the others of this call are not to suffer
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

/** An address as the module takes it. */
interface Target {
  words: Int32Array;
  family: number;
}

class NativeSocket implements MediaSocket {
  private open = true;
  /** Sender of the latest datagram, by the words of its address. */
  private readonly sender = new Int32Array(WORDS);
  private senderAddress = '';
  private targetAddress = '';
  private target: Target | null = null;

  constructor(
    private readonly owner: NativeSockets,
    private readonly index: number,
    private readonly family: number,
    readonly port: number,
    private readonly onDatagram: OnDatagram,
    readonly way: NativeWay | null,
  ) {}

  send(parts: Uint8Array[], port: number, address: string): void {
    if (!this.open) return;
    if (address !== this.targetAddress || !this.target) {
      this.target = this.owner.target(address, this.family);
      this.targetAddress = address;
      if (!this.target) return this.owner.onError('EINVAL');
    }
    if (!(port > 0 && port <= 0xffff)) return this.owner.onError('ERR_SOCKET_BAD_PORT');
    this.owner.queue(this.index, parts, port, this.target);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.way?.close();
    this.owner.close(this.index);
  }

  /** One datagram, described in `arrivals` from `at` on. */
  take(data: Buffer, arrivals: Int32Array, at: number): void {
    // of an IPv4 address the only word
    if (arrivals[at + ADDRESS + 1] !== this.sender[1] || !this.isFrom(arrivals, at)) this.meet(arrivals, at);
    this.onDatagram(data, this.senderAddress, arrivals[at + 2]!);
  }

  private isFrom(arrivals: Int32Array, at: number): boolean {
    if (this.senderAddress === '') return false;
    if (this.family === 4) return true;
    for (let i = 0; i < WORDS; i++) if (arrivals[at + ADDRESS + i] !== this.sender[i]) return false;
    return true;
  }

  private meet(arrivals: Int32Array, at: number): void {
    this.sender.set(arrivals.subarray(at + ADDRESS, at + LINE));
    this.senderAddress = this.owner.format(this.sender, this.family);
  }
}

/** What Node.js says of such a thing. */
function refusal(errno: number, address: string, port: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`bind ${code} ${address}:${port}`), { code, errno, syscall: 'bind', address, port });
}
