import type {
  FloorChair,
  FloorDesk,
  FloorParty,
  FloorRequestState,
  FloorTicket,
  ParticipantId,
} from '../../src/rooms/floor-party.js';

/**
 * A room's floor in a few lines, for tests of what talks to it: the latest presenter takes over, or with `queue` waits.
 * Holder changes are told after the call that made them, as the room does.
 */
export class FakeFloor {
  readonly live: FloorTicket[] = [];
  readonly log: string[] = [];
  queue = false;
  /** Who may decide on the requests of others. */
  readonly chairs = new Set<ParticipantId>();
  /** Thrown by the next request. */
  failure: Error | null = null;
  private readonly names = new Map<ParticipantId, string>();
  private readonly parties = new Map<ParticipantId, FloorParty>();
  private nextId = 100;
  private announcing = false;

  join(who: ParticipantId, party: FloorParty): void {
    this.parties.set(who, party);
  }

  desk(who: ParticipantId, name: string): FloorDesk {
    this.names.set(who, name);
    const holder = (): FloorTicket | null => this.live.find((ticket) => ticket.state === 'granted') ?? null;
    const chair = (): FloorChair | null => this.chairOf(who);
    return {
      get holder() {
        return holder();
      },
      request: (info = '') => this.request(who, name, info),
      release: (id) => {
        const ticket = this.live.find((one) => one.id === id && one.who === who);
        return ticket ? this.end(ticket, ticket.state === 'granted' ? 'released' : 'cancelled') : null;
      },
      ticket: (id) => this.live.find((ticket) => ticket.id === id) ?? null,
      tickets: () => [...this.live],
      nameOf: (other) => this.names.get(other) ?? null,
      get chair() {
        return chair();
      },
    };
  }

  private chairOf(who: ParticipantId): FloorChair | null {
    if (!this.chairs.has(who)) return null;
    return {
      decide: (id, decision, { place = 0, info = '' } = {}) => {
        this.log.push(`${decision} ${id} at ${place}${info && ` (${info})`}`);
        if (decision === 'accept') return this.accept(id, place);
        this.decide(id, decision === 'grant' ? 'granted' : decision === 'deny' ? 'denied' : 'revoked', info);
        return this.live.find((ticket) => ticket.id === id) ?? null;
      },
    };
  }

  private accept(id: number, place: number): FloorTicket | null {
    const ticket = this.live.find((one) => one.id === id);
    if (!ticket) return null;
    const accepted = this.replace(ticket, { ...ticket, state: 'accepted', position: place || 1 });
    this.parties.get(ticket.who)?.changed(accepted);
    return accepted;
  }

  /** Grants a waiting request, or takes the floor from who has it. */
  decide(id: number, state: 'granted' | 'denied' | 'revoked', info = ''): void {
    const ticket = this.live.find((one) => one.id === id);
    if (!ticket) throw new Error(`no request ${id}`);
    const changed =
      state === 'granted' ? this.replace(ticket, { ...ticket, state, position: 0 }) : this.end(ticket, state);
    this.parties.get(ticket.who)?.changed(info === '' ? changed : { ...changed, info });
  }

  private request(who: ParticipantId, name: string, info: string): FloorTicket {
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
    this.log.push(`request ${name}${info && ` (${info})`}`);
    const own = this.live.find((ticket) => ticket.who === who);
    if (own) return own;
    const held = this.live.find((ticket) => ticket.state === 'granted');
    const waits = this.queue && held !== undefined;
    if (held && !waits) this.decide(held.id, 'revoked');
    const state = waits ? 'pending' : 'granted';
    const ticket: FloorTicket = { id: this.nextId++, who, name, state, position: 0, info };
    this.live.push(ticket);
    if (waits) this.queueMoved();
    else this.announce();
    return ticket;
  }

  private end(ticket: FloorTicket, state: FloorRequestState): FloorTicket {
    this.live.splice(this.live.indexOf(ticket), 1);
    this.log.push(`${state} ${ticket.name}`);
    if (ticket.state === 'granted') this.announce();
    return { ...ticket, state, position: 0 };
  }

  private replace(ticket: FloorTicket, by: FloorTicket): FloorTicket {
    this.live.splice(this.live.indexOf(ticket), 1, by);
    this.announce();
    return by;
  }

  private queueMoved(): void {
    queueMicrotask(() => {
      for (const party of this.parties.values()) party.queueChanged?.();
    });
  }

  private announce(): void {
    if (this.announcing) return;
    this.announcing = true;
    queueMicrotask(() => {
      this.announcing = false;
      const holder = this.live.find((ticket) => ticket.state === 'granted') ?? null;
      for (const party of this.parties.values()) party.holderChanged(holder);
    });
  }
}
