import { Emitter } from '../../base/events.js';
import type { Endpoint } from '../../base/net.js';
import type { Way } from '../../base/seen.js';
import type { FloorDesk, FloorTicket } from '../../rooms/floor-party.js';
import { Association } from './association.js';
import type { BfcpPartyOptions, HowToMeet } from './contract.js';
import { type Carrier, type FloorEnd, freshIds, type PartyIds } from './end.js';
import { Guest } from './guest.js';
import type { ChannelEvents, Standing } from './standing.js';

/** What carriers of one dialog have in common: our end, whose role is known for sure when the negotiation is through. */
export abstract class DialogParty {
  readonly on = new Emitter<ChannelEvents>();
  /** Told to the peer in case it is the client. */
  readonly ids: PartyIds;
  protected end: FloorEnd;
  protected closed = false;
  private seat: { desk: FloorDesk; who: { name: string } } | null = null;
  /** The peer's numbers while we are its client. */
  private guestOf: PartyIds | null = null;

  protected constructor(
    protected readonly options: BfcpPartyOptions,
    private readonly carrier: Carrier,
  ) {
    this.ids = freshIds(options.chance);
    this.end = new Association(options, this.telling(), this.ids);
  }

  get lastHeard(): number {
    return this.end.lastHeard;
  }

  get standing(): Standing {
    return this.end.standing;
  }

  attach(desk: FloorDesk, who: { name: string }): void {
    this.seat = { desk, who };
    this.end.attach(desk, who);
  }

  changed(ticket: FloorTicket): void {
    this.end.changed(ticket);
  }

  holderChanged(holder: FloorTicket | null): void {
    this.end.holderChanged(holder);
  }

  queueChanged(): void {
    this.end.queueChanged?.();
  }

  protected get attached(): boolean {
    return this.seat !== null;
  }

  /** Takes the role of the negotiation; true when that is another one than before. */
  protected takeRole({ client, version }: Pick<HowToMeet, 'client' | 'version'>): boolean {
    if (sameIds(client ?? null, this.guestOf)) {
      this.end.expect(version);
      return false;
    }
    this.end.close();
    this.guestOf = client ?? null;
    const telling = this.telling();
    this.end = client
      ? new Guest(this.options, telling, client, version)
      : new Association(this.options, telling, this.ids);
    this.end.expect(version);
    if (this.seat) this.end.attach(this.seat.desk, this.seat.who);
    return true;
  }

  /** A message passed. */
  protected note(outgoing: boolean, bytes: Uint8Array, local: Endpoint, remote: Endpoint): void {
    this.options.seen?.({ outgoing, way: this.carrier.label as Way, local, remote, bytes });
  }

  private telling(): Carrier {
    const tell = (event: 'standing' | 'renew') => () => {
      if (!this.closed) this.on.emit(event, undefined);
    };
    return { ...this.carrier, standing: tell('standing'), renew: tell('renew') };
  }
}

function sameIds(a: PartyIds | null, b: PartyIds | null): boolean {
  return a?.confId === b?.confId && a?.userId === b?.userId && a?.floorId === b?.floorId;
}
