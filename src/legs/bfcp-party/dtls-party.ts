import { messageOf } from '../../base/errors.js';
import { Framer, FramingError } from '../../base/framer.js';
import type { Datagrams, Endpoint } from '../../base/net.js';
import { bfcpFrames, streamLimit } from '../../protocol/bfcp/framing.js';
import type { Fingerprint } from '../../protocol/sdp/fingerprint.js';
import type { BfcpParty, BfcpPartyOptions, FloorIdentity, FloorTls, HowToMeet } from './contract.js';
import { DialogParty } from './dialog-party.js';
import { Dialling } from './dialling.js';
import { DtlsChannel } from './dtls-channel.js';
import { FramedDatagrams } from './framed-datagrams.js';
import { IceDatagrams, icePeer } from './ice-datagrams.js';
import { useEncryption } from './plain-talk.js';
import { bindNext } from './ports.js';
import { isReachable } from './source-guard.js';

type Options = BfcpPartyOptions & { identity: FloorIdentity };

/**
 * BFCP over DTLS, on UDP or framed on TCP (RFC 8856 §8): the peer is known by its certificate, wherever it comes from.
 * Where ICE is used (RFC 8856 §9), one association spans all ways to the peer; a client of DTLS begins when there is one.
 */
export class DtlsParty extends DialogParty implements BfcpParty {
  readonly local: { transport: 'DTLS' | 'TCP-DTLS'; port: number };
  readonly fingerprint: Fingerprint;
  readonly tlsId: string;
  private readonly channel: DtlsChannel;
  private readonly socket: IceDatagrams;
  private readonly dialling: Dialling | null;
  private remote: Endpoint | null = null;
  private tls: FloorTls | null = null;
  /** An association is to begin as soon as there is a way to the peer. */
  private anew = false;
  /** On TCP messages are cut as on any stream (RFC 8855 §6.1); one record may hold several. */
  private framer = new Framer(bfcpFrames, streamLimit);

  static async open(options: Options, transport: 'DTLS' | 'TCP-DTLS' = 'DTLS'): Promise<DtlsParty> {
    const { net, bind, ports } = options;
    if (transport === 'TCP-DTLS') return new DtlsParty(options, null, await FramedDatagrams.open(options));
    return new DtlsParty(options, await bindNext(ports, (port) => net.udp({ address: bind, port })), null);
  }

  private constructor(
    options: Options,
    udp: Datagrams | null,
    private readonly framed: FramedDatagrams | null,
  ) {
    const label = framed ? 'tcp-dtls' : 'dtls';
    super(options, {
      carriage: framed ? 'reliable' : 'datagram',
      label,
      send: (bytes) => {
        this.saw(true, bytes);
        this.channel.send(bytes);
      },
      broken: (why) => this.makesNoSense(why),
    });
    const { clock, chance, identity } = options;
    const below = udp ?? framed;
    if (!below) throw new Error('nothing to send with');
    this.socket = new IceDatagrams(
      { clock, chance, socket: below },
      {
        path: () => this.wayFound(),
        failed: () => {
          this.end.count('ice_failed');
          this.end.lost('no way to the peer was found (ICE)');
        },
        stranger: () => this.end.count('stranger'),
      },
    );
    this.local = { transport: framed ? 'TCP-DTLS' : 'DTLS', port: below.local.port };
    this.fingerprint = identity.fingerprint;
    this.tlsId = chance.hex(16);
    this.channel = this.channelOver(identity);
    // RFC 8855 §6.2.2: ICMP errors do not end the association.
    this.socket.onError(() => this.end.count('socket_error'));
    this.dialling = framed && this.dialler(framed);
  }

  get ice(): NonNullable<BfcpParty['ice']> {
    return this.socket.credentials;
  }

  override attach(...seat: Parameters<DialogParty['attach']>): void {
    super.attach(...seat);
    if (this.channel.peer) this.greet();
  }

  setRemote(remote: Endpoint | null, how: HowToMeet): void {
    if (this.closed) return;
    const other = this.takeRole(how);
    const signalled = isReachable(remote) ? remote : this.remote === icePeer ? null : this.remote;
    const place = how.ice ? icePeer : signalled;
    const moved = place?.address !== this.remote?.address || place?.port !== this.remote?.port;
    const changes = (place === icePeer) !== (this.remote === icePeer) && this.channel.peer !== null && !how.isNew;
    if (changes && place) this.channel.rename(place);
    this.framed?.expect(how.ice?.places ?? (signalled ? [signalled] : []), how.ice !== null && how.ice !== undefined);
    this.socket.agree(how.ice ?? null);
    this.remote = place;
    this.tls = how.tls ?? null;
    this.anew ||= (moved && !changes) || how.isNew === true;
    if (!this.framed || how.ice) this.begin();
    else this.meet(signalled, how);
    if (other && this.channel.peer) this.connected();
  }

  describe(): string {
    const { peer } = this.channel;
    const place = peer && this.socket.whereIs(peer);
    const where = place ? `${place.address}:${place.port}` : 'nobody yet';
    const label = this.framed ? 'tcp-dtls' : 'dtls';
    return `${label} ${this.local.port} <-> ${where}: ${this.socket.describe()}${this.end.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.end.close();
    this.channel.close();
    this.dialling?.stop();
    this.closed = true;
    // The system takes the Goodbye only after this turn of the event loop; with ICE it goes where ICE says.
    this.options.clock.after(0, () => this.socket.close());
  }

  private channelOver(identity: FloorIdentity): DtlsChannel {
    const { clock, chance } = this.options;
    return new DtlsChannel(
      { clock, chance, socket: this.socket, identity },
      {
        connected: () => this.connected(),
        data: (bytes) => this.take(bytes),
        lost: (why) => {
          this.end.count('dtls_ended');
          this.end.lost(why);
        },
        refused: () => this.end.count('stranger'),
        other: (data, from) => this.plain(data, from),
      },
    );
  }

  /** On TCP the active side connects, and is the client of DTLS. */
  private dialler(framed: FramedDatagrams): Dialling {
    framed.onGone((from, why) => {
      if (this.closed) return;
      const was = this.channel.peer;
      this.socket.lost(from);
      if (!this.socket.active && was && from.port === was.port && from.address === was.address) {
        this.channel.expect(this.tls, null, false);
        this.channel.broken(from, why);
        if (this.dialling?.ours) this.dialling.begin('loss');
      }
    });
    return new Dialling(this.options, {
      needed: () => this.channel.peer === null && !this.closed && !this.socket.active,
      connected: (stream) => {
        if (framed.adopt(stream)) this.channel.expect(this.tls, stream.remote, true);
      },
      failed: (error, last) => {
        this.end.count('connect_failed');
        if (last) this.end.lost(`no connection to the peer: ${messageOf(error)}`);
      },
    });
  }

  /** RFC 4145 §4: connects, or waits for the peer. */
  private meet(remote: Endpoint | null, how: HowToMeet): void {
    const { dialling, anew } = this;
    this.anew = false;
    // a client of DTLS shakes hands when it is connected
    this.channel.expect(this.tls, this.channel.peer ?? (this.tls?.server ? remote : null), false);
    if (!dialling || !remote || (!anew && this.channel.peer)) return;
    dialling.remote = remote;
    dialling.ours = how.setup !== 'passive';
    if (how.setup === 'passive' || (this.channel.peer && !how.isNew)) return;
    if (this.channel.peer) this.channel.broken(this.channel.peer, 'a new connection was agreed on');
    dialling.begin();
  }

  /** Shakes hands where that is our part and the peer can be reached. */
  private begin(): void {
    if (!this.socket.ready) return this.channel.expect(this.tls, null, false);
    const { anew } = this;
    this.anew = false;
    this.channel.expect(this.tls, this.remote, anew);
  }

  private wayFound(): void {
    this.begin();
    const { peer } = this.channel;
    const at = peer && this.socket.whereIs(peer);
    if (at) this.framed?.known(at, this.socket.active);
  }

  private take(bytes: Uint8Array): void {
    if (!this.framed) return this.message(bytes);
    try {
      for (const frame of this.framer.push(bytes)) this.message(frame);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.end.count('fault_framing');
      this.makesNoSense(error.message);
    }
  }

  /** A stream whose octets make no sense ends; over UDP the next datagram may make some. */
  private makesNoSense(why: string): void {
    const { peer } = this.channel;
    if (!this.framed || !peer) return;
    this.options.log.debug({ why }, 'BFCP connection closed');
    const at = this.socket.whereIs(peer);
    this.channel.broken(peer, why);
    if (at) this.framed.drop(at);
  }

  private message(bytes: Uint8Array): void {
    this.saw(false, bytes);
    this.end.receive(bytes);
  }

  private saw(outgoing: boolean, bytes: Uint8Array): void {
    const { peer } = this.channel;
    const place = peer && this.socket.whereIs(peer);
    if (place) this.note(outgoing, bytes, this.socket.local, place);
  }

  private connected(): void {
    const at = this.channel.peer && this.socket.whereIs(this.channel.peer);
    if (at) this.framed?.known(at, this.socket.active);
    this.dialling?.stop();
    this.framer = new Framer(bfcpFrames, streamLimit);
    this.end.regained();
    this.greet();
  }

  /** The first word of a server opens the path, where there is no connection that does. */
  private greet(): void {
    if (this.attached && !this.end.opens && !this.framed) this.end.greet();
  }

  /** RFC 8855 §9.1: who speaks in the plain is told to use DTLS, if it is the peer. */
  private plain(data: Buffer, from: Endpoint): void {
    this.end.count('stranger');
    const { remote } = this;
    if (this.framed || from.address !== remote?.address || from.port !== remote.port) return;
    const answer = useEncryption(data, 'datagram');
    if (answer) this.socket.send(answer, from);
  }
}
