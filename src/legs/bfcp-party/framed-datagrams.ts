import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { Framer, type FrameRule } from '../../base/framer.js';
import type { ByteStream, Datagrams, Endpoint, Listener, Net } from '../../base/net.js';
import { bindNext, type PortSource } from './ports.js';

/** Connections of whoever has shown nothing yet. */
const mostUnknown = 4;
/** How long they may stay so, milliseconds. */
const proofMs = 30_000;
/** Octets of a frame: the largest DTLS record with its header (RFC 6347 §4.1). */
const longestFrame = 2 ** 14 + 1024;
/** Frames that wait for a connection. */
const mostWaiting = 4;

/** RFC 4571 §2: two octets of length before each; empty ones mean nothing. */
const frames: FrameRule = (buffer) => {
  if (buffer.length < 2) return { kind: 'more' };
  const length = buffer.readUInt16BE(0);
  if (length === 0) return { kind: 'skip', length: 2 };
  if (length > longestFrame) return { kind: 'bad', why: `a frame of ${length} octets` };
  return buffer.length < 2 + length ? { kind: 'more' } : { kind: 'frame', skip: 2, length };
};

/** What a socket of frames works with. */
export interface FramedOptions {
  net: Net;
  clock: Clock;
  bind: string;
  ports: PortSource;
}

interface Connection {
  stream: ByteStream;
  /** Ends one that shows nothing; null once it is known. */
  timer: Timer | null;
}

/**
 * Datagrams over TCP connections, framed after RFC 4571: who listens for connections and makes them, and knows them by the
 * place of the other end. Connections that show nothing are few and do not last.
 */
export class FramedDatagrams implements Datagrams {
  private readonly connections = new Map<string, Connection>();
  private readonly dialled = new Map<string, Uint8Array[]>();
  private places: readonly Endpoint[] = [];
  private hosts: readonly string[] = [];
  private listener: Listener | null = null;
  private closed = false;
  private heard: (data: Buffer, from: Endpoint) => void = () => undefined;
  private failed: (error: Error) => void = () => undefined;
  private gone: (from: Endpoint, why: string) => void = () => undefined;

  /** Listens. Rejects with the system's error when no port is free. */
  static async open(options: FramedOptions): Promise<FramedDatagrams> {
    const framed = new FramedDatagrams(options);
    const { net, bind, ports } = options;
    framed.listener = await bindNext(ports, (port) =>
      net.listen({ address: bind, port }, { type: 'tcp' }, (stream) => framed.adopt(stream)),
    );
    return framed;
  }

  private constructor(private readonly options: FramedOptions) {}

  get local(): Endpoint {
    return this.listener?.local ?? { address: this.options.bind, port: 0 };
  }

  /** The peer is at one of these; with `dial` a connection is made when something is sent there. */
  expect(places: readonly Endpoint[], dial: boolean): void {
    this.places = dial ? places : [];
    this.hosts = places.map(({ address }) => address);
  }

  /** Uses a connection that somebody else made; false (and closed) where there are too many. */
  adopt(stream: ByteStream): boolean {
    const unknown = [...this.connections.values()].filter(({ timer }) => timer !== null);
    const expected = this.hosts.includes(stream.remote.address);
    const oldest = unknown.find(({ stream: other }) => other.remote.address !== stream.remote.address) ?? unknown[0];
    if (this.closed || (unknown.length >= mostUnknown && !expected)) {
      stream.destroy();
      return false;
    }
    if (unknown.length >= mostUnknown && oldest) this.dropStream(oldest.stream);
    const key = keyOf(stream.remote);
    this.connections.set(key, { stream, timer: this.expiry(stream) });
    const framer = new Framer(frames, 2 * longestFrame);
    stream.onData((data) => {
      try {
        for (const frame of framer.push(data)) if (this.holds(stream)) this.heard(frame, stream.remote);
      } catch {
        this.dropStream(stream);
      }
    });
    stream.onClose((error) => this.lost(stream, error ? messageOf(error) : 'the connection is gone'));
    return true;
  }

  /** Whoever is at the other end is known by now. All other connections end, with `later` after a while. */
  known(at: Endpoint, later: boolean): void {
    for (const [key, connection] of [...this.connections]) {
      if (key === keyOf(at)) {
        connection.timer?.cancel();
        connection.timer = null;
      } else if (later) connection.timer ??= this.expiry(connection.stream);
      else this.dropStream(connection.stream);
    }
  }

  /** Closes a connection; nobody is told. */
  drop(at: Endpoint): void {
    const connection = this.connections.get(keyOf(at));
    connection?.timer?.cancel();
    this.connections.delete(keyOf(at));
    connection?.stream.destroy();
  }

  send(data: Uint8Array, to: Endpoint): void {
    const key = keyOf(to);
    const open = this.connections.get(key);
    if (open) return void open.stream.write(framed(data));
    const waiting = this.dialled.get(key);
    if (waiting) {
      if (waiting.length < mostWaiting) waiting.push(data);
    } else if (this.places.some((place) => keyOf(place) === key) && !this.closed) {
      this.dialled.set(key, [data]);
      this.dial(to).catch((error: unknown) =>
        this.failed(error instanceof Error ? error : new Error(messageOf(error))),
      );
    }
  }

  onMessage(listener: (data: Buffer, from: Endpoint) => void): void {
    this.heard = listener;
  }

  onError(listener: (error: Error) => void): void {
    this.failed = listener;
  }

  /** A connection ended that was not closed here. */
  onGone(listener: (from: Endpoint, why: string) => void): void {
    this.gone = listener;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.listener?.dispose();
    for (const { stream, timer } of this.connections.values()) {
      timer?.cancel();
      stream.end();
    }
    this.connections.clear();
    this.dialled.clear();
  }

  private async dial(to: Endpoint): Promise<void> {
    const { net, bind } = this.options;
    const key = keyOf(to);
    try {
      const stream = await net.connect(to, { type: 'tcp' }, { localAddress: bind, timeoutMs: 5000 });
      if (this.adopt(stream)) for (const data of this.dialled.get(key) ?? []) stream.write(framed(data));
    } finally {
      this.dialled.delete(key);
    }
  }

  private expiry(stream: ByteStream): Timer {
    return this.options.clock.after(proofMs, () => this.dropStream(stream));
  }

  private holds(stream: ByteStream): boolean {
    return this.connections.get(keyOf(stream.remote))?.stream === stream;
  }

  private dropStream(stream: ByteStream): void {
    this.lost(stream, 'the connection was closed');
    stream.destroy();
  }

  private lost(stream: ByteStream, why: string): void {
    if (!this.holds(stream)) return;
    this.connections.get(keyOf(stream.remote))?.timer?.cancel();
    this.connections.delete(keyOf(stream.remote));
    this.gone(stream.remote, why);
  }
}

function framed(data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(2 + data.length);
  bytes.writeUInt16BE(data.length);
  bytes.set(data, 2);
  return bytes;
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
