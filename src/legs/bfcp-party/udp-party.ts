import type { Datagrams, Endpoint } from '../../base/net.js';
import type { FloorDesk, FloorTicket } from '../../rooms/floor-party.js';
import { Association, type PartyIds } from './association.js';
import type { BfcpParty, BfcpPartyOptions, HowToMeet } from './contract.js';
import { bindNext } from './ports.js';
import { isReachable, SourceGuard } from './source-guard.js';

/** BFCP over UDP. Strangers get silence, so nothing can be amplified. */
export class UdpParty implements BfcpParty {
  readonly local: { transport: 'UDP'; port: number };
  private readonly guard = new SourceGuard();
  private readonly association: Association;
  private attached = false;
  private closed = false;
  /** Octets that an answer may have at the moment. */
  private largest = Infinity;

  static async open(options: BfcpPartyOptions): Promise<UdpParty> {
    const { net, bind, ports } = options;
    return new UdpParty(options, await bindNext(ports, (port) => net.udp({ address: bind, port })));
  }

  private constructor(
    private readonly options: BfcpPartyOptions,
    private readonly socket: Datagrams,
  ) {
    this.local = { transport: 'UDP', port: socket.local.port };
    this.association = new Association(options, {
      carriage: 'datagram',
      label: 'udp',
      send: (bytes) => this.send(bytes),
      broken: () => undefined,
    });
    socket.onMessage((data, from) => this.take(data, from));
    // RFC 8855 §6.2.2: ICMP errors do not end the association.
    socket.onError(() => this.association.count('socket_error'));
  }

  get ids(): PartyIds {
    return this.association.ids;
  }

  get lastHeard(): number {
    return this.association.lastHeard;
  }

  attach(desk: FloorDesk, who: { name: string }): void {
    this.attached = true;
    this.association.attach(desk, who);
    this.association.greet();
  }

  setRemote(remote: Endpoint | null, how: HowToMeet): void {
    this.association.expect(how.version);
    // The first word is ours: it opens a NAT on our side and tells late joiners who presents.
    if (isReachable(remote) && this.guard.expect(remote) && this.attached) this.association.greet();
  }

  changed(ticket: FloorTicket): void {
    this.association.changed(ticket);
  }

  holderChanged(holder: FloorTicket | null): void {
    this.association.holderChanged(holder);
  }

  queueChanged(): void {
    this.association.queueChanged();
  }

  describe(): string {
    const { target } = this.guard;
    const peer = target ? `${target.address}:${target.port}` : 'nobody yet';
    return `udp ${this.local.port} <-> ${peer}: ${this.association.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.association.close();
    this.closed = true;
    // The system takes the Goodbye only after this turn of the event loop.
    this.options.clock.after(0, () => this.socket.close());
  }

  private take(data: Buffer, from: Endpoint): void {
    if (this.closed) return;
    const proof = this.association.proof(data);
    if (!this.guard.admit(from, proof, this.options.clock.now())) {
      this.association.count('stranger');
      return;
    }
    // Who has proved nothing gets no more octets than it sent: its address may be forged.
    this.largest = proof === 'none' ? data.length : Infinity;
    this.association.receive(data);
    this.largest = Infinity;
  }

  private send(bytes: Uint8Array): void {
    const { target } = this.guard;
    if (target && target.port > 0 && bytes.length <= this.largest) this.socket.send(bytes, target);
  }
}
