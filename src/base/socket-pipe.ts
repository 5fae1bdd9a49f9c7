import net, { Socket } from 'node:net';
import type { ByteStream, Endpoint } from './net.js';

/** Both ends of a connection that never leaves this process. */
export interface SocketPipe {
  /** For a library that works on sockets. It emits `connect` by itself. */
  socket: Socket;
  /** For us. */
  stream: ByteStream;
}

const nowhere: Endpoint = { address: '127.0.0.1', port: 0 };

/**
 * A connection between a library of ours and us. Every piece written by us arrives in a turn of its own, with all promises
 * kept before it; pieces of the library come as soon as it has finished what it is doing.
 */
export function socketPipe(): SocketPipe {
  const far = new FarEnd();
  const socket = new NearEnd(far);
  far.near = socket;
  setImmediate(() => {
    if (!socket.destroyed) socket.emit('connect');
  });
  return { socket, stream: far };
}

/**
 * Runs `connect`, in which a library connects a socket of its own making at once: it gets this one instead. Later connections
 * of it are real ones.
 */
export function lendConnection(socket: Socket, connect: () => void): void {
  const real = net.connect;
  net.connect = () => socket;
  try {
    connect();
  } finally {
    net.connect = real;
  }
}

class FarEnd implements ByteStream {
  readonly local = nowhere;
  readonly remote = nowhere;
  readonly peer = null;
  near: NearEnd | null = null;
  private readonly listeners: ((data: Buffer) => void)[] = [];
  private readonly closers: (() => void)[] = [];
  private readonly waiting: Uint8Array[] = [];
  private closed = false;

  write(data: Uint8Array | string): boolean {
    const { near } = this;
    if (this.closed || !near) return false;
    this.waiting.push(typeof data === 'string' ? Buffer.from(data) : data);
    if (this.waiting.length === 1) process.nextTick(this.deliver);
    return true;
  }

  /** The next piece comes when everything that waits for this one has run: promises come before ticks. */
  private readonly deliver = (): void => {
    const { near } = this;
    const piece = this.waiting[0];
    if (near && piece && !near.destroyed) near.push(piece);
    this.waiting.shift();
    if (this.waiting.length > 0) queueMicrotask(() => process.nextTick(this.deliver));
  };

  /** What waits here waits for its turn, never for a reader. */
  queued(): number {
    return 0;
  }

  onData(listener: (data: Buffer) => void): void {
    this.listeners.push(listener);
  }

  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closers.push(listener);
  }

  end(): void {
    setImmediate(() => this.destroy());
  }

  destroy(): void {
    this.near?.destroy();
  }

  arrive(data: Buffer): void {
    if (!this.closed) for (const listener of this.listeners) listener(data);
  }

  gone(): void {
    if (this.closed) return;
    this.closed = true;
    for (const closer of this.closers.splice(0)) closer();
  }
}

class NearEnd extends Socket {
  constructor(private readonly far: FarEnd) {
    super();
  }

  override _read(): void {
    // pushed to as it comes
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    const data = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    process.nextTick(() => this.far.arrive(data));
    done();
  }

  override _final(done: () => void): void {
    done();
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    super._destroy(error, done);
    setImmediate(() => this.far.gone());
  }
}
