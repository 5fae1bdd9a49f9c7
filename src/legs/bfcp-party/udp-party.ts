import type { Datagrams, Endpoint } from '../../base/net.js';
import type { BfcpParty, BfcpPartyOptions, HowToMeet } from './contract.js';
import { DialogParty } from './dialog-party.js';
import { bindNext } from './ports.js';
import { isReachable, SourceGuard } from './source-guard.js';

/** BFCP over UDP. Strangers get silence, so nothing can be amplified. */
export class UdpParty extends DialogParty implements BfcpParty {
  readonly local: { transport: 'UDP'; port: number };
  private readonly guard = new SourceGuard();
  /** Octets that an answer may have at the moment. */
  private largest = Infinity;

  static async open(options: BfcpPartyOptions): Promise<UdpParty> {
    const { net, bind, ports } = options;
    return new UdpParty(options, await bindNext(ports, (port) => net.udp({ address: bind, port })));
  }

  private constructor(
    options: BfcpPartyOptions,
    private readonly socket: Datagrams,
  ) {
    super(options, {
      carriage: 'datagram',
      label: 'udp',
      send: (bytes) => this.send(bytes),
      broken: () => undefined,
    });
    this.local = { transport: 'UDP', port: socket.local.port };
    socket.onMessage((data, from) => this.take(data, from));
    // RFC 8855 §6.2.2: ICMP errors do not end the association.
    socket.onError(() => this.end.count('socket_error'));
  }

  override attach(...seat: Parameters<DialogParty['attach']>): void {
    super.attach(...seat);
    if (!this.end.opens) this.end.greet();
  }

  setRemote(remote: Endpoint | null, how: HowToMeet): void {
    if (this.closed) return;
    const other = this.takeRole(how);
    if (!isReachable(remote)) return;
    const moved = this.guard.expect(remote);
    // The first word is ours: it opens a NAT on our side and tells late joiners who presents.
    if ((moved || other || how.isNew) && (this.attached || this.end.opens)) this.end.greet();
  }

  describe(): string {
    const { target } = this.guard;
    const peer = target ? `${target.address}:${target.port}` : 'nobody yet';
    return `udp ${this.local.port} <-> ${peer}: ${this.end.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.end.close();
    this.closed = true;
    // The system takes the Goodbye only after this turn of the event loop.
    this.options.clock.after(0, () => this.socket.close());
  }

  private take(data: Buffer, from: Endpoint): void {
    if (this.closed) return;
    const proof = this.end.proof(data);
    if (!this.guard.admit(from, proof, this.options.clock.now())) {
      this.end.count('stranger');
      return;
    }
    // Who has proved nothing gets no more octets than it sent: its address may be forged.
    this.largest = proof === 'none' ? data.length : Infinity;
    this.note(false, data, this.socket.local, from);
    this.end.receive(data);
    this.largest = Infinity;
  }

  private send(bytes: Uint8Array): void {
    const { target } = this.guard;
    if (!target || target.port === 0 || bytes.length > this.largest) return;
    this.note(true, bytes, this.socket.local, target);
    this.socket.send(bytes, target);
  }
}
