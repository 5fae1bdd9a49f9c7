import type { Clock } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { ByteStream, Datagrams, Endpoint, MessageStream, Net, TlsMaterial } from '../../base/net.js';
import { addressFor, isLoopback, isWildcard, localAddresses } from './advertise.js';
import { Closers, type Flow, type FlowReceiver, type TransportName } from './flow.js';
import { isKeepAlive, streamFlow, webSocketFlow } from './stream-flow.js';

/**
 * One address to listen on. `advertise` is what peers are told instead of the bound address: always the same, or chosen
 * by the peer's address and the one of ours that it has reached (undefined when that is not known).
 */
export interface ListenAt {
  transport: 'udp' | 'tcp' | 'tls';
  address: string;
  port: number;
  advertise?: string | ((peer: string, via: string | undefined) => string);
  tls?: TlsMaterial;
}

/** Bounds of the transport layer. */
export interface TransportLimits {
  /** Bytes of one message. */
  message: number;
  /** Connections accepted at one time, WebSockets included. */
  connections: number;
}

export interface TransportOptions {
  net: Net;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  limits: TransportLimits;
  /** Whether certificates of TLS servers are checked. */
  tlsVerify: boolean;
}

interface Bound {
  at: ListenAt;
  local: Endpoint;
  socket: Datagrams | null;
}

/** All sockets of the SIP engine: listeners, connections made and accepted, WebSockets handed in. */
export class Transports {
  private readonly bag = new Disposables();
  private readonly bound: Bound[] = [];
  private readonly flows = new Set<Flow>();
  private readonly made = new Map<string, Flow | Promise<Flow>>();
  private accepted = 0;

  constructor(
    private readonly options: TransportOptions,
    private readonly receive: FlowReceiver,
  ) {}

  /** Binds everything; rejects with the system's error, the address put in front of its message. */
  async start(listen: readonly ListenAt[]): Promise<void> {
    for (const at of listen) {
      try {
        await this.listen(at);
      } catch (error) {
        if (error instanceof Error) error.message = `SIP ${at.transport} ${at.address}:${at.port}: ${error.message}`;
        throw error;
      }
    }
  }

  /** What is bound, in the order asked for. */
  get listening(): { transport: TransportName; local: Endpoint; advertised: Endpoint }[] {
    return this.bound.map(({ at, local }) => ({
      transport: at.transport,
      local,
      advertised: { address: typeof at.advertise === 'string' ? at.advertise : local.address, port: local.port },
    }));
  }

  /** Takes over a WebSocket whose handshake is done. Over the connection limit it is closed at once. */
  acceptWebSocket(stream: MessageStream, secure: boolean): void {
    if (!this.admit()) return stream.close();
    this.keep(webSocketFlow(secure, stream, this.flowOptions(stream.local)), true);
  }

  /**
   * A flow to a peer, made when there is none. UDP answers at once, connections when they are up. `name` is what the
   * certificate of a TLS server must be for, where that is not the host.
   *
   * @throws Error when there is no socket of that transport; rejects when the connection fails.
   */
  reach(transport: TransportName, host: string, port: number, name: string | null = null): Flow | Promise<Flow> {
    if (transport === 'udp') {
      const via = this.pick('udp', host);
      if (!via?.socket) throw new Error('no UDP socket');
      return this.udpFlow(via, { address: host, port });
    }
    if (transport === 'ws' || transport === 'wss') throw new Error('WebSocket clients cannot be called');
    const serverName = transport === 'tls' ? (name ?? host) : host;
    const key = `${transport}:${host}:${port}${serverName === host ? '' : ` ${serverName}`}`;
    const known = this.made.get(key);
    if (known) return known;
    const pending = this.connect(transport, { address: host, port }, key, serverName);
    this.made.set(key, pending);
    return pending;
  }

  /** A flow to another address by the same socket, for UDP flows; others are returned as they are. */
  redirect(flow: Flow, to: Endpoint): Flow {
    if (flow.transport !== 'udp' || (flow.remote.address === to.address && flow.remote.port === to.port)) return flow;
    const via = this.bound.find(
      (each) => each.socket && each.local.port === flow.local.port && each.local.address === flow.local.address,
    );
    return via ? this.udpFlow(via, to) : flow;
  }

  /** A closed flow to a peer that cannot be reached, to say what would have been sent. */
  unreachable(transport: TransportName, address: string, port: number): Flow {
    const via = this.pick(transport, address);
    const local = via?.local ?? { address: '127.0.0.1', port: 5060 };
    return {
      transport,
      reliable: transport !== 'udp',
      local,
      remote: { address, port },
      advertised: via ? this.advertised(via, address) : local,
      open: false,
      send: () => undefined,
      onClose: () => ({ dispose: () => undefined }),
      close: () => undefined,
      abort: () => undefined,
    };
  }

  /** Whether this is one of our own listening addresses. */
  isOwn(transport: TransportName, host: string, port: number): boolean {
    return this.bound.some((each) => {
      const { at, local } = each;
      if (at.transport !== transport || local.port !== port) return false;
      if (host === local.address || (isWildcard(local.address) && this.isMine(host))) return true;
      // only our own address is told to a peer at that very address
      return host === this.advertised(each, host).address;
    });
  }

  has(transport: TransportName): boolean {
    return transport !== 'udp' || this.bound.some((each) => each.socket !== null);
  }

  /** Closes every socket; resolves when the connections are gone. */
  async close(): Promise<void> {
    this.bag.dispose();
    this.made.clear();
    const gone = [...this.flows].map((flow) => new Promise<void>((resolve) => void flow.onClose(resolve)));
    for (const flow of [...this.flows]) flow.abort();
    await Promise.all(gone);
  }

  describe(): string[] {
    return [...this.flows].map((flow) => `${flow.transport} ${flow.remote.address}:${flow.remote.port}`);
  }

  private async listen(at: ListenAt): Promise<void> {
    const { net } = this.options;
    if (at.transport === 'udp') {
      const socket = await net.udp(at);
      this.bag.defer(() => socket.close());
      const via: Bound = { at, local: socket.local, socket };
      this.bound.push(via);
      socket.onMessage((data, from) => {
        if (!isKeepAlive(data)) this.receive(data, this.udpFlow(via, from));
      });
      socket.onError(() => this.options.metrics.count('dualstream_sip_udp_errors_total'));
      return;
    }
    const transport = at.transport;
    const kind =
      transport === 'tls' ? { type: 'tls' as const, ...(at.tls ? { server: at.tls } : {}) } : { type: 'tcp' as const };
    const listener = this.bag.add(await net.listen(at, kind, (stream) => this.accept(transport, stream)));
    this.bound.push({ at, local: listener.local, socket: null });
  }

  private accept(transport: 'tcp' | 'tls', stream: ByteStream): void {
    if (!this.admit()) return stream.destroy();
    this.keep(this.streamFlow(transport, stream), true);
  }

  private admit(): boolean {
    if (this.accepted < this.options.limits.connections && !this.bag.disposed) return true;
    this.options.metrics.count('dualstream_sip_connections_refused_total');
    return false;
  }

  private keep(flow: Flow, accepted: boolean): Flow {
    this.flows.add(flow);
    if (accepted) this.accepted++;
    flow.onClose(() => {
      this.flows.delete(flow);
      if (accepted) this.accepted--;
    });
    return flow;
  }

  private async connect(transport: 'tcp' | 'tls', to: Endpoint, key: string, name: string): Promise<Flow> {
    const { net, tlsVerify } = this.options;
    const named = /^[\d.]+$|:/.test(name) ? {} : { serverName: name };
    const kind = transport === 'tls' ? { type: 'tls' as const, verify: tlsVerify, ...named } : { type: 'tcp' as const };
    try {
      const stream = await net.connect(to, kind, { timeoutMs: 10_000 });
      if (this.bag.disposed) {
        stream.destroy();
        throw new Error('engine is closed');
      }
      const flow = this.keep(this.streamFlow(transport, stream), false);
      this.made.set(key, flow);
      flow.onClose(() => this.made.delete(key));
      return flow;
    } catch (error) {
      this.made.delete(key);
      this.options.log.debug({ to: key, error: messageOf(error) }, 'SIP connection failed');
      throw error;
    }
  }

  private streamFlow(transport: 'tcp' | 'tls', stream: ByteStream): Flow {
    const listener = this.pick(transport, stream.remote.address);
    const advertised = listener ? this.advertised(listener, stream.remote.address, stream.local.address) : stream.local;
    return streamFlow(transport, stream, this.flowOptions(advertised));
  }

  private flowOptions(advertised: Endpoint): Parameters<typeof streamFlow>[2] {
    const { clock, limits, metrics, log } = this.options;
    return {
      advertised,
      maxMessage: limits.message,
      clock,
      receive: this.receive,
      unusable(why) {
        metrics.count('dualstream_sip_streams_dropped_total');
        log.debug({ why }, 'SIP stream dropped');
      },
    };
  }

  private udpFlow(via: Bound, remote: Endpoint): Flow {
    const closers = new Closers();
    const bag = this.bag;
    const advertised = (): Endpoint => this.advertised(via, remote.address);
    return {
      transport: 'udp',
      reliable: false,
      local: via.local,
      remote,
      get advertised() {
        return advertised();
      },
      get open() {
        return !bag.disposed;
      },
      send: (data) => via.socket?.send(data, remote),
      onClose: (listener) => closers.add(listener),
      close: () => undefined,
      abort: () => undefined,
    };
  }

  private advertised({ at, local }: Bound, peer: string, reached?: string): Endpoint {
    const { port } = local;
    const via = isWildcard(local.address) ? reached : local.address;
    if (typeof at.advertise === 'string') return { address: at.advertise, port };
    if (at.advertise) return { address: at.advertise(peer, via), port };
    return { address: via ?? addressFor(peer, localAddresses()), port };
  }

  /** The listener that fits a peer best: same address family, loopback to loopback, then the first. */
  private pick(transport: TransportName, host: string): Bound | undefined {
    const all = this.bound.filter((each) => each.at.transport === transport);
    const family = all.filter(({ local }) => local.address.includes(':') === host.includes(':'));
    const near = family.filter(
      ({ local }) => isWildcard(local.address) || isLoopback(local.address) === isLoopback(host),
    );
    return near[0] ?? family[0] ?? all[0];
  }

  private isMine(host: string): boolean {
    return localAddresses().some((each) => each.address === host);
  }
}
