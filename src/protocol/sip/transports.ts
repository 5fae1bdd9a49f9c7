import { ConnectionGate } from '../../base/connection-gate.js';
import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type {
  ByteStream,
  Datagrams,
  Endpoint,
  Listener,
  ListenOptions,
  MessageStream,
  StreamKind,
} from '../../base/net.js';
import type { TlsPeer } from '../../base/tls.js';
import { isTlsFault } from '../../base/tls-faults.js';
import { addressFor, isLinkLocal, isLoopback, isWildcard, localAddresses } from './advertise.js';
import { FlowCare } from './flow-care.js';
import { type DropReason, type Flow, type FlowReceiver, seenOn, type TransportName } from './flow.js';
import { isKeepAlive, streamFlow, webSocketFlow } from './stream-flow.js';
import { TlsComplaints } from './tls-complaints.js';
import { domainRefusal } from './tls-identity.js';
import type { Arrival, ListenAt, TransportOptions } from './transport-options.js';

/** How long a peer that answers pings may take. */
const pongMs = 10_000;

interface Bound {
  at: ListenAt;
  name: string;
  local: Endpoint;
  socket: Datagrams | null;
}

const nothingToStop = { dispose: () => undefined };

/** All sockets of the SIP engine: listeners, connections made and accepted, WebSockets handed in. */
export class Transports {
  private readonly bag = new Disposables();
  private readonly bound: Bound[] = [];
  private readonly flows = new Set<Flow>();
  private readonly made = new Map<string, Flow | Promise<Flow>>();
  private readonly gate: ConnectionGate;
  private readonly care: FlowCare;
  private readonly complaints: TlsComplaints;

  constructor(
    private readonly options: TransportOptions,
    private readonly receive: FlowReceiver,
  ) {
    const { clock, chance, limits, metrics, keepAliveSeconds } = options;
    this.gate = new ConnectionGate(
      { connections: limits.connections, perSource: limits.connectionsPerSource },
      {
        open: (connections) => metrics.gauge('dualstream_sip_connections', connections),
        refused: (reason) => metrics.count('dualstream_sip_connections_refused_total', { reason }),
      },
    );
    const times = {
      idleMs: limits.idleSeconds * 1000,
      silentMs: limits.silentSeconds * 1000,
      pingMs: keepAliveSeconds * 1000,
      pongMs,
    };
    this.care = new FlowCare(clock, chance, times, {
      inUse: (flow) => options.inUse(flow),
      drop: (flow, reason) => {
        this.dropped(flow, reason, 'nobody needs it');
        flow.abort();
      },
    });
    this.complaints = new TlsComplaints(options);
  }

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
  get listening(): { name: string; transport: TransportName; local: Endpoint; advertised: Endpoint }[] {
    return this.bound.map(({ at, name, local }) => ({
      name,
      transport: at.transport,
      local,
      advertised: { address: typeof at.advertise === 'string' ? at.advertise : local.address, port: local.port },
    }));
  }

  /** Takes over a WebSocket whose handshake is done. Over the connection limit it is closed at once. */
  acceptWebSocket(stream: MessageStream, secure: boolean): void {
    const release = this.bag.disposed ? null : this.gate.admit(stream.remote);
    if (!release) return stream.close();
    stream.onClose(release);
    this.keep(webSocketFlow(secure, stream, this.flowOptions(this.advertisedOn(null, stream), null)), false);
  }

  /**
   * A flow to a peer, made when there is none. UDP answers at once, connections when they are up. `name` is the SIP
   * domain that the certificate of a TLS server must be for (RFC 5922), where that is not the host.
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
    const domain = name ?? host;
    const key = [transport, host, port, ...(transport === 'tls' ? [domain.toLowerCase()] : [])].join(' ');
    const known = this.made.get(key);
    if (known) return known;
    const kind = transport === 'tls' ? this.clientKind(domain) : { type: 'tcp' as const };
    const pending = this.connect(transport, { address: host, port }, kind, key);
    this.made.set(key, pending);
    return pending;
  }

  /** Something outside the dialogs, such as a registration of ours, needs a connection for so long. */
  need(flow: Flow, seconds: number): void {
    this.care.need(flow, seconds);
  }

  /** Where a request of this peer came in; `local` is the address of ours that took it. Null when nothing is known. */
  arrival(remote: Endpoint, local: Endpoint): Arrival | null {
    const same = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address;
    for (const flow of this.flows) {
      if (!same(flow.remote, remote) || !same(flow.local, local)) continue;
      const via = this.bound.find(
        ({ at, name, local: own }) =>
          name === flow.listener && at.transport === flow.transport && isV6(own.address) === isV6(local.address),
      );
      return { listener: flow.listener, transport: flow.transport, peer: flow.peer, advertise: fixedAddress(via) };
    }
    const via = this.bound.find((each) => each.socket && same(each.local, local));
    return via ? { listener: via.name, transport: 'udp', peer: null, advertise: fixedAddress(via) } : null;
  }

  /** A flow to another address by the same socket, for UDP flows; others are returned as they are. */
  redirect(flow: Flow, to: Endpoint): Flow {
    const { address, port } = flow.remote;
    if (flow.transport !== 'udp') return flow;
    // a zone is good on this machine only and not in what the peer wrote
    const sameHost = address === to.address || address.replace(/%.*$/, '') === to.address;
    if (sameHost && port === to.port) return flow;
    const via = this.bound.find(
      (each) => each.socket && each.local.port === flow.local.port && each.local.address === flow.local.address,
    );
    return via ? this.udpFlow(via, sameHost ? { address, port: to.port } : to) : flow;
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
      listener: via?.name ?? null,
      peer: null,
      open: false,
      send: () => undefined,
      onClose: () => nothingToStop,
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
    const { net, metrics } = this.options;
    if (at.transport === 'udp') {
      const socket = await net.udp(at);
      this.bag.defer(() => socket.close());
      const via = this.bind(at, socket.local, socket);
      socket.onMessage((data, from) => {
        if (!isKeepAlive(data)) this.receive(data, this.udpFlow(via, from));
      });
      socket.onError(() => metrics.count('dualstream_sip_udp_errors_total'));
      return;
    }
    let via: Bound | null = null;
    const listener = this.bag.add(await this.openListener(at, () => via));
    via = this.bind(at, listener.local, null);
  }

  private bind(at: ListenAt, local: Endpoint, socket: Datagrams | null): Bound {
    const bound: Bound = { at, local, socket, name: at.name ?? `${at.transport}-${local.port}` };
    this.bound.push(bound);
    return bound;
  }

  private openListener(at: ListenAt, via: () => Bound | null): Promise<Listener> {
    const { net, limits } = this.options;
    const { transport, tls, open } = at;
    const secure = transport === 'tls' || transport === 'wss';
    const kind: StreamKind = secure ? { type: 'tls', ...(tls ? { server: tls } : {}) } : { type: 'tcp' };
    const how: ListenOptions = {
      admit: (remote) => (this.bag.disposed ? null : this.gate.admit(remote)),
      handshakeMs: limits.handshakeSeconds * 1000,
      failed: (error, remote) => this.complaints.handshake(error, remote, secure),
    };
    if (transport === 'tcp' || transport === 'tls') {
      return net.listen(at, kind, (stream) => this.accept(transport, stream, via()), how);
    }
    if (!open) throw new Error('WebSockets cannot be listened for here');
    const accept = (stream: MessageStream): void => {
      if (this.bag.disposed) return stream.close();
      const advertised = this.advertisedOn(via(), stream);
      this.keep(webSocketFlow(secure, stream, this.flowOptions(advertised, via()?.name ?? null)), false);
    };
    return open(at, kind, accept, how);
  }

  private accept(transport: 'tcp' | 'tls', stream: ByteStream, via: Bound | null): void {
    if (this.bag.disposed) return stream.destroy();
    const options = this.flowOptions(this.advertisedOn(via, stream), via?.name ?? null);
    this.keep(streamFlow(transport, stream, options), false);
  }

  private keep(flow: Flow, made: boolean): Flow {
    this.flows.add(flow);
    // a WebSocket has spoken by its handshake
    this.care.tend(flow, made, made || flow.transport === 'ws' || flow.transport === 'wss');
    flow.onClose(() => this.flows.delete(flow));
    return flow;
  }

  private clientKind(domain: string): StreamKind {
    const { verify, current, wildcards = false, rules } = this.options.tls;
    const refusal = (peer: TlsPeer): string | null => domainRefusal(peer, domain, wildcards);
    const client = { ...current?.(), ...(rules ? { rules } : {}), refusal };
    return { type: 'tls', verify, serverName: domain, client };
  }

  private async connect(transport: 'tcp' | 'tls', to: Endpoint, kind: StreamKind, key: string): Promise<Flow> {
    const { net, log } = this.options;
    try {
      const stream = await net.connect(to, kind, { timeoutMs: 10_000 });
      if (this.bag.disposed) {
        stream.destroy();
        throw new Error('engine is closed');
      }
      const via = this.pick(transport, stream.remote.address);
      const options = this.flowOptions(this.advertisedOn(via ?? null, stream), via?.name ?? null);
      const flow = this.keep(streamFlow(transport, stream, options), true);
      this.made.set(key, flow);
      flow.onClose(() => {
        if (this.made.get(key) === flow) this.made.delete(key);
      });
      return flow;
    } catch (error) {
      this.made.delete(key);
      log.debug({ to: key, error: messageOf(error) }, 'SIP connection failed');
      if (transport === 'tls' && error instanceof Error) this.complaints.tls(error, to, 'connected');
      throw error;
    }
  }

  private flowOptions(advertised: Endpoint, listener: string | null): Parameters<typeof streamFlow>[2] {
    const { clock, limits, seen } = this.options;
    return {
      ...(seen ? { sent: (flow: Flow, data: Buffer) => seen(seenOn(flow, data, true)) } : {}),
      advertised,
      listener,
      maxMessage: limits.message,
      maxQueued: limits.queued,
      clock,
      receive: this.receive,
      heard: (flow, what) => this.care.heard(flow, what),
      unusable: (flow, reason, why) => this.dropped(flow, reason, why),
      ended: (flow, error) => {
        // a server that refuses our certificate says so after the handshake (RFC 8446 §4.4.2.4)
        if (flow.transport === 'tls' && error && isTlsFault(error))
          this.complaints.tls(error, flow.remote, 'connected');
      },
    };
  }

  private dropped(flow: Flow, reason: DropReason, why: string): void {
    const { log, metrics } = this.options;
    metrics.count('dualstream_sip_streams_dropped_total', { reason });
    log.debug({ peer: flow.remote, transport: flow.transport, reason, why }, 'SIP connection ended by us');
  }

  private udpFlow(via: Bound, remote: Endpoint): Flow {
    const { bag } = this;
    const { seen } = this.options;
    const advertised = (): Endpoint => this.advertised(via, remote.address);
    const flow: Flow = {
      transport: 'udp',
      reliable: false,
      local: via.local,
      remote,
      listener: via.name,
      peer: null,
      get advertised() {
        return advertised();
      },
      get open() {
        return !bag.disposed;
      },
      send(data) {
        seen?.(seenOn(flow, data, true));
        via.socket?.send(data, remote);
      },
      onClose: () => nothingToStop,
      close: () => undefined,
      abort: () => undefined,
    };
    return flow;
  }

  private advertised({ at, local }: Bound, peer: string, reached?: string): Endpoint {
    const { port } = local;
    const via = isWildcard(local.address) ? reached : local.address;
    if (typeof at.advertise === 'string') return { address: at.advertise, port };
    if (at.advertise) return { address: at.advertise(peer, via), port };
    const usable = via !== undefined && !isLinkLocal(via);
    return { address: usable ? via : addressFor(peer, localAddresses()), port };
  }

  /** What the peer of a connection is told: the listener's port, with the address that suits it. */
  private advertisedOn(via: Bound | null, stream: { remote: Endpoint; local: Endpoint }): Endpoint {
    if (via) return this.advertised(via, stream.remote.address, stream.local.address);
    const { address, port } = stream.local;
    return isLinkLocal(address) ? { address: addressFor(stream.remote.address, localAddresses()), port } : stream.local;
  }

  /** The listener that fits a peer best: same address family, loopback to loopback, then the first. */
  private pick(transport: TransportName, host: string): Bound | undefined {
    const all = this.bound.filter((each) => each.at.transport === transport);
    const family = all.filter(({ local }) => isV6(local.address) === isV6(host));
    const near = family.filter(
      ({ local }) => isWildcard(local.address) || isLoopback(local.address) === isLoopback(host),
    );
    return near[0] ?? family[0] ?? all[0];
  }

  private isMine(host: string): boolean {
    return localAddresses().some((each) => each.address === host);
  }
}

function fixedAddress(via: Bound | undefined): string | null {
  return typeof via?.at.advertise === 'string' ? via.at.advertise : null;
}

function isV6(address: string): boolean {
  return address.includes(':');
}
