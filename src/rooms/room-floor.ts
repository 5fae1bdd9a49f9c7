import {
  floorStep,
  freeFloor,
  holderOf,
  ticketsOf,
  type FloorInput,
  type FloorPolicy,
  type FloorState,
} from './floor.js';
import type { FloorChair, FloorDesk, FloorParty, FloorTicket, ParticipantId } from './floor-party.js';

/** The room's side of the floor. */
export interface FloorHost {
  /** False once the participant left. */
  present(id: ParticipantId): boolean;
  /** Null once the participant left. */
  nameOf(id: ParticipantId): string | null;
  moderator(id: ParticipantId): boolean;
  /** May present where only presenters may. */
  presenter(id: ParticipantId): boolean;
  partyOf(id: ParticipantId): FloorParty | null;
  everybody(): Iterable<FloorParty>;
  /** Tickets changed; `holder` when somebody else presents now, or nobody. */
  floorChanged(what: { holder: boolean }): void;
  /** Runs a call into a leg, whatever it throws. */
  guarded(call: () => void): void;
}

/**
 * Keeps the floor's state and tells the legs. Answers and changes go out at once; `holderChanged` follows when the
 * caller is through, so that a requester sees its own answer first.
 */
export class RoomFloor {
  private state: FloorState = freeFloor;
  private announcing: 'holder' | 'queue' | null = null;

  constructor(
    private current: FloorPolicy,
    private readonly host: FloorHost,
  ) {}

  get policy(): FloorPolicy {
    return this.current;
  }

  /** The holder lost its connection and is awaited. */
  get away(): boolean {
    return this.state.holder?.away === true;
  }

  /** Another policy, or other presenters under the same one; those who may not present any more lose the floor. */
  govern(policy: FloorPolicy): void {
    this.current = policy;
    const asking = this.tickets().map(({ who }) => who);
    const barred = asking.filter((who) => this.host.present(who) && !this.mayPresent(who));
    this.step({ kind: 'policy', barred });
  }

  get holder(): FloorTicket | null {
    return holderOf(this.state);
  }

  tickets(): FloorTicket[] {
    return ticketsOf(this.state);
  }

  /** A participant's own counter; it goes dead when the participant leaves. */
  desk(who: ParticipantId, name: string): FloorDesk {
    const holder = (): FloorTicket | null => this.holder;
    const chair = (): FloorChair | null => this.chair(who, name);
    return {
      get holder() {
        return holder();
      },
      get chair() {
        return chair();
      },
      request: (info = '') => this.request(who, name, info),
      release: (id) => this.step({ kind: 'release', who, id }),
      ticket: (id) => this.tickets().find((ticket) => ticket.id === id) ?? null,
      tickets: () => this.tickets(),
      nameOf: (other) => this.host.nameOf(other),
    };
  }

  request(who: ParticipantId, name: string, info: string): FloorTicket {
    const refused: FloorTicket = { id: 1, who, name, state: 'denied', position: 0, info: 'not in the room' };
    if (!this.host.present(who)) return refused;
    const rights = { moderator: this.host.moderator(who), presenter: this.host.presenter(who) };
    return this.step({ kind: 'request', who, name, info, ...rights }) ?? refused;
  }

  private mayPresent(who: ParticipantId): boolean {
    return this.host.moderator(who) || this.host.presenter(who);
  }

  /** Feeds one input and returns the answer to it: the asker's own ticket, or the one a moderator acted on. */
  step(input: FloorInput): FloorTicket | null {
    const before = this.state;
    const { state, effects } = floorStep(before, input, this.current);
    this.state = state;
    let answer: FloorTicket | null = null;
    let holder = false;
    for (const effect of effects) {
      if (effect.kind === 'marked') continue;
      if (effect.kind === 'holderChanged') holder = true;
      else if (effect.asked) answer = effect.ticket;
      else {
        if ('id' in input && effect.ticket.id === input.id) answer = effect.ticket;
        const { ticket } = effect;
        this.host.guarded(() => this.host.partyOf(ticket.who)?.changed(ticket));
      }
    }
    if (effects.length === 0 || (state === before && input.kind !== 'policy')) return answer;
    this.host.floorChanged({ holder });
    this.announce(holder ? 'holder' : 'queue');
    return answer;
  }

  private chair(who: ParticipantId, name: string): FloorChair | null {
    if (!this.host.present(who) || !this.host.moderator(who)) return null;
    return {
      decide: (id, decision, { place = 0, info = '' } = {}) => {
        // asked again at each decision: who left or lost its rights decides nothing
        if (!this.host.present(who) || !this.host.moderator(who)) return null;
        const by = info === '' ? name : info;
        return this.step(decision === 'accept' ? { kind: decision, id, place, by } : { kind: decision, id, by });
      },
    };
  }

  private announce(what: 'holder' | 'queue'): void {
    if (this.announcing) {
      if (what === 'holder') this.announcing = what;
      return;
    }
    this.announcing = what;
    queueMicrotask(() => {
      const changed = this.announcing;
      this.announcing = null;
      const holder = this.holder;
      for (const party of this.host.everybody()) {
        this.host.guarded(() => (changed === 'holder' ? party.holderChanged(holder) : party.queueChanged?.()));
      }
    });
  }
}
