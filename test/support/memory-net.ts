import type {
  ByteStream,
  Datagrams,
  Endpoint,
  ListenOptions,
  MulticastGroup,
  Net,
  StreamKind,
} from '../../src/base/net.js';

const nothing = (): void => undefined;

/** A network in memory: everything arrives at once, nothing is lost. Ports are taken as asked; 0 is counted up from 40000. */
export class MemoryNet implements Net {
  private readonly sockets = new Map<string, (data: Buffer, from: Endpoint) => void>();
  private readonly listeners = new Map<string, { on: (stream: ByteStream) => void; how: ListenOptions }>();
  private readonly groups = new Map<string, Set<string>>();
  private readonly held = new Set<ByteStream>();
  private nextPort = 40_000;
  /** Sees every datagram, delivered or not. */
  tap: (data: Buffer, to: Endpoint) => void = nothing;

  udp(at: Endpoint, group?: MulticastGroup): Promise<Datagrams> {
    const local = this.place(at);
    const key = keyOf(local);
    this.sockets.set(key, nothing);
    const members = group && this.membersOf({ ...local, address: group.address });
    members?.add(key);
    return Promise.resolve({
      local,
      send: (data, to) => {
        this.tap(Buffer.from(data), to);
        const members = this.groups.get(keyOf(to)) ?? [keyOf(to)];
        for (const one of members) this.sockets.get(one)?.(Buffer.from(data), local);
      },
      onMessage: (listener) => void this.sockets.set(key, listener),
      onError: nothing,
      close: () => {
        this.sockets.delete(key);
        members?.delete(key);
      },
    });
  }

  listen(
    at: Endpoint,
    _kind: StreamKind,
    on: (stream: ByteStream) => void,
    how: ListenOptions = {},
  ): Promise<{ local: Endpoint; dispose(): void }> {
    const local = this.place(at);
    this.listeners.set(keyOf(local), { on, how });
    return Promise.resolve({ local, dispose: () => void this.listeners.delete(keyOf(local)) });
  }

  connect(to: Endpoint): Promise<ByteStream> {
    return this.dial(to, this.place({ address: '127.0.0.1', port: 0 }));
  }

  /** A connection from an address of the caller's choice. */
  dial(to: Endpoint, from: Endpoint): Promise<ByteStream> {
    const listener = this.listeners.get(keyOf(to));
    if (!listener) return Promise.reject(new Error('connection refused'));
    const [near, far] = streamPair(from, to, this.held);
    const release = listener.how.admit ? listener.how.admit(from) : nothing;
    if (release) {
      far.onClose(release);
      listener.on(far);
    } else far.destroy();
    return Promise.resolve(near);
  }

  /** The owner of this end stops reading: what is sent to it piles up. */
  hold(stream: ByteStream): void {
    this.held.add(stream);
  }

  /** How many sockets and listeners are open. */
  get open(): number {
    return this.sockets.size + this.listeners.size;
  }

  private membersOf(group: Endpoint): Set<string> {
    const key = keyOf(group);
    const found = this.groups.get(key) ?? new Set();
    this.groups.set(key, found);
    return found;
  }

  protected place({ address, port }: Endpoint): Endpoint {
    return { address, port: port === 0 ? this.nextPort++ : port };
  }
}

function keyOf({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}

function streamPair(a: Endpoint, b: Endpoint, held: Set<ByteStream>): [ByteStream, ByteStream] {
  // what comes before anybody listens waits, as in the system
  const early: Buffer[][] = [[], []];
  const keep =
    (end: 0 | 1) =>
    (chunk: Buffer): void =>
      void early[end]?.push(chunk);
  const data: ((chunk: Buffer) => void)[] = [keep(0), keep(1)];
  const closers: (() => void)[][] = [[], []];
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    for (const closer of closers.flat()) closer();
  };
  const queued = [0, 0];
  const ends: ByteStream[] = [];
  const side = (mine: 0 | 1, local: Endpoint, remote: Endpoint): ByteStream => ({
    local,
    remote,
    peer: null,
    queued: () => queued[mine] ?? 0,
    write(chunk) {
      const far = ends[1 - mine];
      if (open && far && held.has(far)) queued[mine] = (queued[mine] ?? 0) + chunk.length;
      else if (open) data[1 - mine]?.(Buffer.from(chunk));
      return open;
    },
    onData(listener) {
      const deliver = (): void => {
        data[mine] = listener;
        for (const chunk of early[mine]?.splice(0) ?? []) listener(chunk);
      };
      // never within the call that registers
      if (early[mine]?.length) queueMicrotask(deliver);
      else deliver();
    },
    onClose: (listener) => void closers[mine]?.push(listener),
    end: close,
    destroy: close,
  });
  ends.push(side(0, a, b), side(1, b, a));
  return [ends[0] as ByteStream, ends[1] as ByteStream];
}
