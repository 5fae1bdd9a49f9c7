import type { Clock } from '../../base/clock.js';
import { Emitter, type Events } from '../../base/events.js';
import { Framer } from '../../base/framer.js';
import type { Chance } from '../../base/ids.js';
import type { ByteStream, Datagrams, Endpoint, Listener, Net } from '../../base/net.js';
import { tlsOver } from '../../base/tls-over-stream.js';
import type { Decision } from '../../protocol/bfcp/client.js';
import { BfcpOperationFailed, BfcpSession, type SessionEvents } from '../../protocol/bfcp/client-session.js';
import { bfcpFrames, streamLimit } from '../../protocol/bfcp/framing.js';
import type { IceCredentials, IceTerms } from '../../protocol/ice/agent.js';
import type { Version } from '../../protocol/bfcp/message.js';
import type { RequestState } from '../../protocol/bfcp/names.js';
import type { FloorTransport } from '../../protocol/sdp/floor-rules.js';
import type { FloorIdentity, FloorTls } from './contract.js';
import { DtlsChannel } from './dtls-channel.js';
import { floorTlsRules, wrongCertificate } from './fingerprints.js';
import { FramedDatagrams } from './framed-datagrams.js';
import { IceDatagrams, icePeer } from './ice-datagrams.js';

/** What a client link needs before the call is negotiated. */
export interface ClientLinkOptions {
  net: Net;
  clock: Clock;
  chance: Chance;
  transport: FloorTransport;
  /** What we show on encrypted transports. */
  identity?: FloorIdentity;
  /** Address to bind to. */
  bind: string;
  /** Port to bind to, by default one the system picks. */
  port?: number;
  /** Hello is repeated after this many milliseconds, by default 10 000; 0 never. */
  keepAliveMs?: number;
}

/** What the negotiation brought; `setup` is this client's own role on TCP. */
export interface ClientTarget {
  remote: Endpoint;
  confId: number;
  userId: number;
  floorId: number;
  version: Version;
  setup: 'active' | 'passive' | 'actpass';
  /** On encrypted transports. */
  tls?: FloorTls;
  /** Where ICE is used. */
  ice?: IceTerms;
}

/** A floor participant with its socket. */
export interface BfcpClientLink {
  /** The bound port, to be stated in SDP. */
  readonly port: number;
  /** Credentials to be stated in SDP, where there can be ICE. */
  readonly ice?: IceCredentials;
  readonly on: Events<SessionEvents>;
  /**
   * Starts the association after each negotiation that changed it: resolves when the server has answered Hello and
   * FloorQuery. Rejects with BfcpOperationFailed, or the system's error when TCP cannot connect.
   */
  connect(target: ClientTarget): Promise<void>;
  /** Asks for the floor; resolves with the first answer (granted, denied, pending). Rejects with BfcpOperationFailed. */
  request(reason?: string): Promise<RequestState>;
  /** Releases or cancels the own request. Rejects with BfcpOperationFailed. */
  release(): Promise<RequestState>;
  /** Decides on anybody's request, as a chair. Rejects with BfcpOperationFailed. */
  decide(requestId: number, decision: Decision): Promise<void>;
  /** Says Goodbye and frees the port; idempotent. */
  close(): void;
}

/** Binds the socket of a floor participant. Rejects with the system's error. */
export async function openBfcpClient(options: ClientLinkOptions): Promise<BfcpClientLink> {
  const at = { address: options.bind, port: options.port ?? 0 };
  if (options.transport === 'UDP') return new UdpLink(options, await options.net.udp(at));
  const { identity } = options;
  if (options.transport === 'DTLS' && identity) return new DtlsLink(options, identity, await options.net.udp(at), null);
  if (options.transport === 'TCP-DTLS' && identity) {
    const ports = { next: () => at.port };
    return new DtlsLink(options, identity, null, await FramedDatagrams.open({ ...options, ports }));
  }
  const link = new TcpLink(options);
  await link.listen(at);
  return link;
}

/** Binds and connects in one step. */
export async function connectBfcpClient(options: ClientLinkOptions & ClientTarget): Promise<BfcpClientLink> {
  const link = await openBfcpClient(options);
  try {
    await link.connect(options);
  } catch (error) {
    link.close();
    throw error;
  }
  return link;
}

abstract class Link implements BfcpClientLink {
  abstract readonly port: number;
  protected readonly emitter = new Emitter<SessionEvents>();
  protected session: BfcpSession | null = null;

  constructor(protected readonly options: ClientLinkOptions) {}

  get on(): Events<SessionEvents> {
    return this.emitter;
  }

  abstract connect(target: ClientTarget): Promise<void>;
  abstract close(): void;

  request(reason?: string): Promise<RequestState> {
    return this.session?.request(reason) ?? Promise.reject(new BfcpOperationFailed(0, ''));
  }

  release(): Promise<RequestState> {
    return this.session?.release() ?? Promise.reject(new BfcpOperationFailed(0, ''));
  }

  decide(requestId: number, decision: Decision): Promise<void> {
    return this.session?.decide(requestId, decision) ?? Promise.reject(new BfcpOperationFailed(0, ''));
  }

  /** Replaces the session; the old one ends without a `closed` event. */
  protected begin(
    target: ClientTarget,
    carriage: 'datagram' | 'reliable',
    send: (bytes: Uint8Array) => void,
    broken: () => void = () => undefined,
  ): BfcpSession {
    const old = this.session;
    this.session = null;
    old?.end('replaced');
    const { clock, chance, keepAliveMs = 10_000 } = this.options;
    const session = new BfcpSession({
      clock,
      keepAliveMs,
      send,
      broken,
      carriage,
      version: target.version,
      conferenceId: target.confId,
      userId: target.userId,
      floorId: target.floorId,
      firstTransactionId: chance.int(1, 0x7fff),
    });
    session.on.on('status', (view) => this.emitter.emit('status', view));
    session.on.on('floor', (view) => this.emitter.emit('floor', view));
    session.on.on('closed', (why) => {
      if (this.session === session) this.emitter.emit('closed', why);
    });
    this.session = session;
    return session;
  }
}

class UdpLink extends Link {
  readonly port: number;

  constructor(
    options: ClientLinkOptions,
    private readonly socket: Datagrams,
  ) {
    super(options);
    this.port = socket.local.port;
    socket.onMessage((data, from) => {
      if (from.port === this.remote?.port && from.address === this.remote.address) this.session?.receive(data);
    });
    // ICMP errors must be ignored (RFC 8855 §6.2.2); silence is found by the retransmissions.
    socket.onError(() => undefined);
  }

  private remote: Endpoint | null = null;

  async connect(target: ClientTarget): Promise<void> {
    this.remote = target.remote;
    await this.begin(target, 'datagram', (bytes) => this.socket.send(bytes, target.remote)).start();
  }

  close(): void {
    this.session?.close();
    // The system takes a datagram only after this turn of the event loop.
    this.options.clock.after(0, () => this.socket.close());
  }
}

/** DTLS around datagrams, on UDP or framed on TCP; with ICE where the target says so. */
class DtlsLink extends Link {
  readonly port: number;
  /** Our ICE credentials. */
  readonly ice: IceCredentials;
  private readonly channel: DtlsChannel;
  private readonly socket: IceDatagrams;
  private shake: (() => void) | null = null;
  private settled: { resolve(): void; reject(why: Error): void } | null = null;

  constructor(
    options: ClientLinkOptions,
    identity: FloorIdentity,
    udp: Datagrams | null,
    private readonly framed: FramedDatagrams | null,
  ) {
    super(options);
    const { clock, chance } = options;
    const below = udp ?? framed;
    if (!below) throw new Error('nothing to send with');
    this.port = below.local.port;
    this.socket = new IceDatagrams(
      { clock, chance, socket: below },
      {
        path: () => this.shakeHands(),
        failed: () => this.over('no way to the peer was found'),
        stranger: () => undefined,
      },
    );
    this.ice = this.socket.credentials.current;
    this.channel = new DtlsChannel(
      { clock, chance, socket: this.socket, identity },
      {
        connected: () => this.settled?.resolve(),
        data: (bytes) => this.session?.receive(bytes),
        lost: (why) => this.over(why),
        other: () => undefined,
      },
    );
    this.socket.onError((error) => {
      if (framed) this.settled?.reject(error);
    });
    framed?.onGone((from, why) => {
      this.socket.lost(from);
      if (!this.socket.active) this.channel.broken(from, why);
    });
  }

  async connect(target: ClientTarget): Promise<void> {
    const through = new Promise<void>((resolve, reject) => (this.settled = { resolve, reject }));
    const { ice = null, remote, tls = null } = target;
    this.framed?.expect(ice ? ice.places : [remote], true);
    this.shake = () => this.channel.expect(tls, ice ? icePeer : remote, true);
    this.socket.agree(ice);
    if (this.socket.ready) this.shakeHands();
    else this.channel.expect(tls, null, false);
    await through;
    const carriage = this.framed ? 'reliable' : 'datagram';
    await this.begin(target, carriage, (bytes) => this.channel.send(bytes)).start();
  }

  close(): void {
    this.session?.close();
    this.channel.close();
    this.options.clock.after(0, () => this.socket.close());
  }

  private shakeHands(): void {
    const { shake } = this;
    this.shake = null;
    shake?.();
  }

  private over(why: string): void {
    this.settled?.reject(new Error(why));
    this.session?.end(why);
  }
}

class TcpLink extends Link {
  private listener: Listener | null = null;
  private stream: ByteStream | null = null;
  private accepted: ((stream: ByteStream) => void) | null = null;
  /** A connection of the server that came before `connect` was called. */
  private early: ByteStream | null = null;

  get port(): number {
    return this.listener?.local.port ?? 0;
  }

  async listen(at: Endpoint): Promise<void> {
    this.listener = await this.options.net.listen(at, { type: 'tcp' }, (stream) => this.accept(stream));
  }

  async connect(target: ClientTarget): Promise<void> {
    this.stream?.destroy();
    const stream = await this.secured(await this.openStream(target), target);
    this.stream = stream;
    const session = this.begin(
      target,
      'reliable',
      (bytes) => void stream.write(bytes),
      () => stream.destroy(),
    );
    const framer = new Framer(bfcpFrames, streamLimit);
    stream.onData((data) => {
      try {
        for (const frame of framer.push(data)) session.receive(frame);
      } catch (error) {
        stream.destroy();
        session.end(error instanceof Error ? error.message : 'framing');
      }
    });
    stream.onClose(() => session.end('connection lost'));
    await session.start();
  }

  close(): void {
    this.session?.close();
    this.stream?.end();
    this.early?.destroy();
    this.listener?.dispose();
    this.accepted = null;
  }

  private accept(stream: ByteStream): void {
    if (this.accepted) this.accepted(stream);
    else if (this.early) stream.destroy();
    else {
      this.early = stream;
      stream.onClose(() => {
        if (this.early === stream) this.early = null;
      });
    }
  }

  private secured(raw: ByteStream, { tls }: ClientTarget): Promise<ByteStream> {
    const { identity } = this.options;
    if (!tls || !identity) return Promise.resolve(raw);
    const refusal = (certificate: Uint8Array | null): string | null => wrongCertificate(certificate, tls.fingerprints);
    return tlsOver(raw, { server: tls.server, own: identity, refusal, timeoutMs: 5000, rules: floorTlsRules });
  }

  /** RFC 4145: active connects, passive waits for the server, actpass takes what comes first. */
  private openStream(target: ClientTarget): Promise<ByteStream> {
    const { net, bind, clock } = this.options;
    const outgoing = (): Promise<ByteStream> =>
      net.connect(target.remote, { type: 'tcp' }, { localAddress: bind, timeoutMs: 5000 });
    if (target.setup === 'active') return outgoing();
    const early = this.early;
    this.early = null;
    if (early) return Promise.resolve(early);
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        timer.cancel();
        this.accepted = null;
        end();
      };
      const timer = clock.after(15_000, () => settle(() => reject(new BfcpOperationFailed(0, ''))));
      this.accepted = (stream) => settle(() => resolve(stream));
      if (target.setup !== 'actpass') return;
      outgoing().then(
        (stream) => (this.accepted ? settle(() => resolve(stream)) : stream.destroy()),
        () => undefined,
      );
    });
  }
}
