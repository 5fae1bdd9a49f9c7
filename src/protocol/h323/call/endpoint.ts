import type { Clock } from '../../../base/clock.js';
import { Buckets } from '../../../base/buckets.js';
import { ConnectionGate } from '../../../base/connection-gate.js';
import type { Disposable } from '../../../base/disposables.js';
import { messageOf } from '../../../base/errors.js';
import { Emitter } from '../../../base/events.js';
import type { Chance } from '../../../base/ids.js';
import type { Metrics } from '../../../base/metrics.js';
import type { ByteStream, Endpoint, Listener, Net } from '../../../base/net.js';
import { sourceOf } from '../../../base/source.js';
import { endpointText } from '../addresses.js';
import type { EndpointType, Setup_UUIE } from '../h225/schema.js';
import { causes } from '../q931-names.js';
import { freshNumbers, namesOf, type CallNames } from './names.js';
import type { CallCore, CallEffects } from './call-core.js';
import { CalleeCall } from './callee.js';
import { CallerCall } from './caller.js';
import { protocolIdentifier } from './compose.js';
import { SignalConnection, type ConnectionOwner, type Refusal } from './connection.js';
import type {
  CallNumbers,
  DialOptions,
  SignalledCall,
  SignallingEndpoint,
  SignallingEndpointEvents,
} from './contract.js';
import { ControlEdge, type ControlEdgeSettings, type PortRange } from './control-edge.js';
import { callerIsHidden } from './peer-facts.js';
import { bodyOf, writeSignal, type Signal } from './signal.js';
import { usualLimits, usualTimes, type CallTimes, type ConnectionLimits } from './timers.js';

/** One message as it went by, for diagnosis. */
export interface TracedMessage {
  /** null where it is of no call: a Setup that was refused at once, with its answer; H.460.18. */
  call: SignalledCall | null;
  protocol: 'h225' | 'h245';
  sent: boolean;
  local: Endpoint;
  remote: Endpoint;
  /** Without TPKT. */
  octets: Buffer;
}

export interface SignallingOptions {
  net: Net;
  clock: Clock;
  chance: Chance;
  metrics: Metrics;
  /** What we say we are, vendor included. */
  us: EndpointType;
  /** TCP ports for H.245 that is not tunnelled. */
  h245Ports: PortRange;
  /** Takes tunnelled H.245 from callers; default true. */
  tunnelling?: boolean;
  /**
   * Which address of ours a peer is told instead of the local one (NAT); default that one. `local` is where the peer has
   * reached us, or where we take its calls: a listener's port with the address of ours that is in use.
   */
  advertise?(local: Endpoint, remote: string): string;
  /** Peers that cannot be connected to: we always listen for their H.245. */
  behindNat?(remote: Endpoint): boolean;
  times?: Partial<CallTimes>;
  limits?: Partial<ConnectionLimits>;
  trace?: (message: TracedMessage) => void;
}

const shuttingDown = 'we are shutting down';

/** Call signalling by TCP: listeners, connections, calls. */
export function createSignallingEndpoint(options: SignallingOptions): SignallingEndpoint {
  return new TcpSignalling(options);
}

class TcpSignalling implements SignallingEndpoint, ConnectionOwner {
  readonly on = new Emitter<SignallingEndpointEvents>();
  readonly calls = new Set<CallCore>();
  private readonly listeners = new Set<Listener>();
  private readonly connections = new Set<SignalConnection>();
  /** Calls that wait for a device to connect to us, by the identifier it will name. */
  private readonly awaited = new Map<string, CallerCall>();
  /** The connection of each call. */
  private readonly ways = new Map<CallCore, SignalConnection>();
  private readonly times: CallTimes;
  private readonly limits: ConnectionLimits;
  private readonly gate: ConnectionGate;
  /** What comes on any connection from a source. */
  private readonly units: Buckets;
  private readonly edges: ControlEdgeSettings;
  private closing: (() => void) | null = null;

  constructor(private readonly options: SignallingOptions) {
    this.times = { ...usualTimes, ...options.times };
    this.limits = { ...usualLimits, ...options.limits };
    const { net, clock, chance, h245Ports } = options;
    this.gate = new ConnectionGate(this.limits, {
      open: (connections) => options.metrics.gauge('dualstream_h323_connections', connections),
      refused: (reason) => options.metrics.count('dualstream_h323_connections_refused_total', { reason }),
    });
    this.units = new Buckets(clock, this.limits.unitsBurst, this.limits.unitsPerSecond);
    this.edges = {
      net,
      clock,
      chance,
      limits: this.limits,
      ports: h245Ports,
      connectMs: this.times.connect,
      advertise: (local, remote) => options.advertise?.(local, remote) ?? local.address,
      dropped: (reason) => this.options.metrics.count('dualstream_h323_connections_dropped_total', { reason }),
      count: (event) => this.count(event),
      spend: (from, units) => this.spend(from, units),
      trace: (sent, call, { local, remote }, octets) =>
        options.trace?.({ call, protocol: 'h245', sent, local, remote, octets }),
    };
  }

  async listen(at: Endpoint): Promise<Disposable & { readonly local: Endpoint }> {
    const listener = await this.options.net.listen(at, { type: 'tcp' }, (stream) => this.accepted(stream), {
      admit: (remote) => this.gate.admit(remote),
    });
    this.listeners.add(listener);
    if (this.closing) this.unlisten(listener);
    return { local: listener.local, dispose: () => this.unlisten(listener) };
  }

  numbers(): CallNumbers {
    return freshNumbers(this.options.chance);
  }

  dial(to: Endpoint, how: DialOptions): SignalledCall {
    const call = this.caller(how);
    void this.connectFor(call, to, how);
    return call;
  }

  dialBack(incomingCall: string, how: DialOptions): SignalledCall {
    const call = this.caller({ natPeer: true, ...how });
    const key = incomingCall.toLowerCase();
    this.awaited.set(key, call);
    call.on.on('released', () => {
      if (this.awaited.get(key) === call) this.awaited.delete(key);
    });
    call.awaitConnection();
    return call;
  }

  connectBack(to: Endpoint, incomingCall: string): void {
    void this.connectOut(to, undefined).then(
      (connection) => {
        connection.expectSetup();
        connection.keepOpen();
        const facility = {
          protocolIdentifier,
          reason: { undefinedReason: true as const },
          callIdentifier: { guid: Buffer.from(incomingCall, 'hex') },
        };
        const q931 = { type: 'facility' as const, callReference: 0, fromDestination: false, facility: Buffer.alloc(0) };
        connection.send(writeSignal(q931, { 'h323-message-body': { facility }, h245Tunnelling: true }));
      },
      () => this.count('connect_back_failed'),
    );
  }

  close(): Promise<void> {
    for (const listener of [...this.listeners]) this.unlisten(listener);
    return new Promise((resolve) => {
      this.closing = resolve;
      for (const call of [...this.calls]) call.release({ cause: causes.temporaryFailure, why: shuttingDown });
      for (const connection of [...this.connections]) connection.end();
      this.settleClose();
    });
  }

  describe(): string[] {
    const places = [...this.listeners].map(({ local }) => endpointText(local)).join(' ');
    const head = `h323 signalling listens=${places || 'nowhere'} connections=${this.connections.size} calls=${this.calls.size}`;
    return [head, ...[...this.calls].map((call) => call.describe())];
  }

  // ---- what connections tell -----------------------------------------------------------------------------------

  setup(connection: SignalConnection, signal: Signal, octets: Buffer): void {
    const { q931, pdu } = signal;
    const { setup, refusal } = this.vetted(connection, bodyOf(pdu, 'setup'));
    if (refusal) {
      this.trace(false, connection, octets, null);
      return connection.refuse(q931, refusal, signal);
    }
    const fresh = namesOf(this.numbers());
    const names: CallNames = {
      callReference: q931.callReference,
      callIdentifier: setup.callIdentifier?.guid ?? fresh.callIdentifier,
      conferenceID: setup.conferenceID,
    };
    const { local, remote } = connection;
    const details = {
      signal,
      setup,
      tunnelling: this.options.tunnelling ?? true,
      natPeer: callerIsHidden(setup, remote) || this.options.behindNat?.(remote) === true,
    };
    if (details.natPeer) connection.keepOpen();
    const call = this.enrol((effects) => {
      const settings = { clock: this.options.clock, times: this.times, us: this.options.us, effects };
      return new CalleeCall(names, settings, { local, remote }, details);
    });
    connection.add(call);
    this.ways.set(call, connection);
    this.trace(false, connection, octets, call);
    call.arrived(signal);
    this.on.emit('call', call);
    call.begin();
  }

  calledBack(connection: SignalConnection, callIdentifier: Buffer): boolean {
    const key = callIdentifier.toString('hex');
    const call = this.awaited.get(key);
    if (!call) return false;
    this.awaited.delete(key);
    connection.keepOpen();
    this.begin(call, connection);
    return true;
  }

  closed(connection: SignalConnection): void {
    this.connections.delete(connection);
    this.settleClose();
  }

  dropped(reason: string): void {
    this.options.metrics.count('dualstream_h323_connections_dropped_total', { reason });
  }

  spend(from: Endpoint, units: number): boolean {
    return this.units.take(sourceOf(from.address), units);
  }

  count(event: string): void {
    this.options.metrics.count('dualstream_h323_signalling_events_total', { event });
  }

  trace(sent: boolean, { local, remote }: SignalConnection, octets: Buffer, call: CallCore | null): void {
    this.options.trace?.({ call, protocol: 'h225', sent, local, remote, octets });
  }

  // ---- within --------------------------------------------------------------------------------------------------

  /** A Setup that gets a call, or why it gets none. */
  private vetted(
    { size }: SignalConnection,
    setup: Setup_UUIE | null,
  ): { setup: Setup_UUIE; refusal: null } | { setup: null; refusal: Refusal } {
    const no = (cause: number, reason?: Refusal['reason']) => ({ setup: null, refusal: { cause, reason } });
    if (!setup) return no(causes.mandatoryElementMissing, 'undefinedReason');
    if (setup.conferenceGoal.callIndependentSupplementaryService)
      return no(causes.serviceNotImplemented, 'undefinedReason');
    if (size >= this.limits.callsPerConnection) return no(causes.resourceUnavailable, 'newConnectionNeeded');
    if (this.closing || this.calls.size >= this.limits.calls)
      return no(causes.switchingEquipmentCongestion, 'gatewayResources');
    return this.on.size === 0 ? no(causes.noRouteToDestination) : { setup, refusal: null };
  }

  private accepted(stream: ByteStream): void {
    if (this.closing) stream.destroy();
    else this.attach(stream, true);
  }

  private attach(stream: ByteStream, accepted: boolean): SignalConnection {
    const connection = new SignalConnection(stream, accepted, this.options.clock, this.limits, this);
    this.connections.add(connection);
    return connection;
  }

  private caller(how: DialOptions): CallerCall {
    const names = namesOf(how.numbers ?? this.numbers());
    return this.enrol((effects) => {
      const settings = { clock: this.options.clock, times: this.times, us: this.options.us, effects };
      return new CallerCall(names, settings, how);
    }, how.localAddress);
  }

  private async connectFor(call: CallerCall, to: Endpoint, how: DialOptions): Promise<void> {
    try {
      const connection = await this.connectOut(to, how.localAddress);
      if (call.state !== 'connecting') return connection.end();
      if (how.natPeer) connection.keepOpen();
      this.begin(call, connection);
    } catch (error) {
      call.unreachable(messageOf(error));
    }
  }

  private async connectOut(to: Endpoint, localAddress: string | undefined): Promise<SignalConnection> {
    const how = { timeoutMs: this.times.connect, ...(localAddress ? { localAddress } : {}) };
    const stream = this.closing ? null : await this.options.net.connect(to, { type: 'tcp' }, how);
    if (stream && !this.closing) return this.attach(stream, false);
    stream?.destroy();
    throw new Error(shuttingDown);
  }

  private begin(call: CallerCall, connection: SignalConnection): void {
    const { local, remote } = connection;
    connection.add(call);
    this.ways.set(call, connection);
    const port = this.portFor(local.address);
    const place = port === null ? null : { address: local.address, port };
    call.connected({ local, remote }, place && { ...place, address: this.edges.advertise(place, remote.address) });
  }

  /** Port of the listener that takes calls at this address. */
  private portFor(address: string): number | null {
    const places = [...this.listeners].map(({ local }) => local);
    const every = address.includes(':') ? '::' : '0.0.0.0';
    const found = places.find((one) => one.address === address) ?? places.find((one) => one.address === every);
    return found?.port ?? null;
  }

  /** Makes a call with what is around it. */
  private enrol<C extends CallCore>(make: (effects: CallEffects) => C, localAddress?: string): C {
    let edge: ControlEdge | null = null;
    const edgeFor = (): ControlEdge => (edge ??= new ControlEdge(this.edges, call));
    const call: C = make({
      send: (octets) => this.ways.get(call)?.send(octets, call),
      dialControl: (to) => void edgeFor().dial(to, localAddress),
      listenControl: () => void (call.path && edgeFor().listen(call.path)),
      stopControl: () => edge?.stop(),
      count: (event) => this.count(event),
      ended: (state, release) => {
        this.ended(call);
        const { role } = call;
        this.options.metrics.count('dualstream_h323_signalled_calls_ended_total', { role, state, by: release.by });
      },
    });
    this.calls.add(call);
    this.tell();
    return call;
  }

  private ended(call: CallCore): void {
    this.calls.delete(call);
    this.tell();
    const connection = this.ways.get(call);
    this.ways.delete(call);
    connection?.remove(call);
    this.settleClose();
  }

  private tell(): void {
    this.options.metrics.gauge('dualstream_h323_signalled_calls', this.calls.size);
  }

  private unlisten(listener: Listener): void {
    if (this.listeners.delete(listener)) listener.dispose();
  }

  private settleClose(): void {
    if (this.closing && this.calls.size === 0 && this.connections.size === 0) this.closing();
  }
}
