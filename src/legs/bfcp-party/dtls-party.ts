import type { Datagrams, Endpoint } from '../../base/net.js';
import type { Fingerprint } from '../../protocol/sdp/fingerprint.js';
import type { BfcpParty, BfcpPartyOptions, FloorIdentity, HowToMeet } from './contract.js';
import { DialogParty } from './dialog-party.js';
import { DtlsChannel } from './dtls-channel.js';
import { useEncryption } from './plain-talk.js';
import { bindNext } from './ports.js';
import { isReachable } from './source-guard.js';

/** BFCP over DTLS on UDP (RFC 8856 §8): the peer is known by its certificate, wherever it comes from. */
export class DtlsParty extends DialogParty implements BfcpParty {
  readonly local: { transport: 'DTLS'; port: number };
  readonly fingerprint: Fingerprint;
  readonly tlsId: string;
  private readonly channel: DtlsChannel;
  private remote: Endpoint | null = null;

  static async open(options: BfcpPartyOptions & { identity: FloorIdentity }): Promise<DtlsParty> {
    const { net, bind, ports } = options;
    return new DtlsParty(options, await bindNext(ports, (port) => net.udp({ address: bind, port })));
  }

  private constructor(
    options: BfcpPartyOptions & { identity: FloorIdentity },
    private readonly socket: Datagrams,
  ) {
    super(options, {
      carriage: 'datagram',
      label: 'dtls',
      send: (bytes) => {
        this.saw(true, bytes);
        this.channel.send(bytes);
      },
      broken: () => undefined,
    });
    this.local = { transport: 'DTLS', port: socket.local.port };
    this.fingerprint = options.identity.fingerprint;
    const { clock, chance, identity } = options;
    this.tlsId = chance.hex(16);
    this.channel = new DtlsChannel(
      { clock, chance, socket, identity },
      {
        connected: () => this.connected(),
        data: (bytes) => {
          this.saw(false, bytes);
          this.end.receive(bytes);
        },
        lost: (why) => {
          this.end.count('dtls_ended');
          this.end.lost(why);
        },
        refused: () => this.end.count('stranger'),
        other: (data, from) => this.plain(data, from),
      },
    );
    // RFC 8855 §6.2.2: ICMP errors do not end the association.
    socket.onError(() => this.end.count('socket_error'));
  }

  override attach(...seat: Parameters<DialogParty['attach']>): void {
    super.attach(...seat);
    if (this.channel.peer && !this.end.opens) this.end.greet();
  }

  setRemote(remote: Endpoint | null, how: HowToMeet): void {
    if (this.closed) return;
    const other = this.takeRole(how);
    const reachable = isReachable(remote) ? remote : this.remote;
    const moved = reachable?.address !== this.remote?.address || reachable?.port !== this.remote?.port;
    this.remote = reachable;
    this.channel.expect(how.tls ?? null, reachable, moved || how.isNew === true);
    if (other && this.channel.peer) this.connected();
  }

  describe(): string {
    const { peer } = this.channel;
    const where = peer ? `${peer.address}:${peer.port}` : 'nobody yet';
    return `dtls ${this.local.port} <-> ${where}: ${this.end.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.end.close();
    this.channel.close();
    this.closed = true;
    // The system takes the Goodbye only after this turn of the event loop.
    this.options.clock.after(0, () => this.socket.close());
  }

  private saw(outgoing: boolean, bytes: Uint8Array): void {
    const { peer } = this.channel;
    if (peer) this.note(outgoing, bytes, this.socket.local, peer);
  }

  private connected(): void {
    this.end.regained();
    if (this.attached && !this.end.opens) this.end.greet();
  }

  /** RFC 8855 §9.1: who speaks in the plain is told to use DTLS, if it is the peer. */
  private plain(data: Buffer, from: Endpoint): void {
    this.end.count('stranger');
    const { remote } = this;
    if (from.address !== remote?.address || from.port !== remote.port) return;
    const answer = useEncryption(data, 'datagram');
    if (answer) this.socket.send(answer, from);
  }
}
