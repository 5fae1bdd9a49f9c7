import type { Clock } from '../base/clock.js';
import { describeFloor, type FloorDescription } from './describe.js';
import { NoSuchTicket, NotAllowed } from './errors.js';
import type { FloorInput, FloorPolicy } from './floor.js';
import type { FloorDecision, FloorDesk, FloorTicket, ParticipantId } from './floor-party.js';
import { KeptFloor } from './kept-floor.js';
import type { Participant } from './participant.js';
import { may } from './rights.js';
import { RoomFloor } from './room-floor.js';

/** What presenting needs of its room. */
export interface PresentingHost {
  seats: ReadonlyMap<ParticipantId, Participant>;
  /** Throws NoSuchParticipant. */
  require(id: ParticipantId): Participant;
  /** Runs a call into a leg, whatever it throws. */
  guarded(call: () => void): void;
  /** Pictures and listeners are to be brought up to the state. */
  settle(): void;
  /** The floor, or how its holder is doing, changed. */
  tell(floor: FloorDescription): void;
}

/** Who presents in a room, who may, and who is awaited. */
export class Presenting {
  private readonly floor: RoomFloor;
  private readonly kept: KeptFloor;
  /** Last description told, as JSON. */
  private told = '';

  constructor(
    policy: FloorPolicy,
    clock: Clock,
    private readonly host: PresentingHost,
  ) {
    const { seats } = host;
    this.kept = new KeptFloor(clock, () => this.floor.step({ kind: 'expire' }));
    this.floor = new RoomFloor(policy, {
      present: (id) => seats.has(id),
      nameOf: (id) => seats.get(id)?.name ?? null,
      moderator: (id) => may(host.require(id).role, 'moderate-floor'),
      presenter: (id) => host.require(id).presenter,
      partyOf: (id) => seats.get(id)?.leg.floor ?? null,
      everybody: () => [...seats.values()].map((one) => one.leg.floor).filter((party) => party !== null),
      floorChanged: ({ holder }) => this.changed(holder),
      guarded: (call) => host.guarded(call),
    });
  }

  get holder(): FloorTicket | null {
    return this.floor.holder;
  }

  /** Number of a participant that is awaited; nobody else may have it. */
  get awaited(): ParticipantId | null {
    return this.kept.id;
  }

  desk(who: ParticipantId, name: string): FloorDesk {
    return this.floor.desk(who, name);
  }

  /** Whether the participant holds the floor or waits for it. */
  concerns(id: ParticipantId): boolean {
    return this.floor.tickets().some((ticket) => ticket.who === id);
  }

  /** The number that is kept for this identity, once; `giveBack` follows when it has its seat. */
  claim(identity: string | null): ParticipantId | null {
    return this.kept.claim(identity);
  }

  /** Who comes back in time presents on; its floor control is told when it has its desk. */
  giveBack(one: Participant): void {
    this.floor.step({ kind: 'return', to: one.id });
    this.moved();
    this.host.settle();
    queueMicrotask(() => {
      const { holder } = this.floor;
      if (holder && holder.who === one.id) this.host.guarded(() => one.leg.floor?.changed(holder));
    });
  }

  /** What it held is given to itself, if it is back already, or kept for it a moment, if it may come back. */
  leave(one: Participant, way: 'left' | 'astray' | 'dead'): void {
    const { id, identity } = one;
    const mine = way !== 'left' && identity !== null && this.floor.holder?.who === id;
    const later = [...this.host.seats.values()].filter((other) => other.joinedAt > one.joinedAt);
    const back = mine ? later.findLast((other) => other.identity === identity) : undefined;
    const away = mine && (back !== undefined || way === 'astray');
    this.floor.step({ kind: 'leave', who: id, away });
    if (back) this.giveBack(back);
    else if (away) this.kept.keep(identity, id);
  }

  /** Throws NoSuchParticipant, NotAllowed when it is denied. */
  request(id: ParticipantId): FloorTicket {
    const one = this.host.require(id);
    const ticket = one.desk.request();
    if (ticket.state === 'denied') throw new NotAllowed(`present: ${ticket.info}`);
    this.host.guarded(() => one.leg.floor?.changed(ticket));
    return ticket;
  }

  /** Gives up whatever the participant holds or waits for. Throws NoSuchParticipant, NoSuchTicket. */
  release(id: ParticipantId): FloorTicket {
    const one = this.host.require(id);
    const mine = this.floor.tickets().find((ticket) => ticket.who === id);
    const ticket = mine ? one.desk.release(mine.id) : null;
    if (!ticket) throw new NoSuchTicket();
    this.host.guarded(() => one.leg.floor?.changed(ticket));
    return ticket;
  }

  /** See Room.moderateFloor. Throws NoSuchTicket. */
  decide(kind: FloorDecision, by: string, id?: number, place = 0): FloorTicket {
    const fits = (one: FloorTicket): boolean => {
      if (id !== undefined && one.id !== id) return false;
      if (kind === 'revoke') return one.state === 'granted';
      return kind === 'accept' && id === undefined ? one.state === 'pending' : one.state !== 'granted';
    };
    const ticket = this.floor.tickets().find(fits);
    if (!ticket) throw new NoSuchTicket();
    const input: FloorInput = kind === 'accept' ? { kind, id: ticket.id, place, by } : { kind, id: ticket.id, by };
    const answer = this.floor.step(input);
    if (!answer) throw new NoSuchTicket();
    return answer;
  }

  /** Who may present from now on. */
  govern(policy: FloorPolicy): void {
    if (policy !== this.floor.policy) this.floor.govern(policy);
  }

  /** Lets somebody present where only presenters may, or not any more. Throws NoSuchParticipant. */
  appoint(id: ParticipantId, on: boolean): void {
    const one = this.host.require(id);
    if (one.presenter === on) return;
    one.presenter = on;
    this.floor.govern(this.floor.policy);
    this.host.settle();
  }

  describe(): FloorDescription {
    const { holder, away, policy } = this.floor;
    const paused = (holder && this.host.seats.get(holder.who)?.paused) ?? false;
    return describeFloor(policy, this.floor.tickets(), { away, paused });
  }

  /** The room is up to its state: how the holder is doing may have changed. */
  settled(): void {
    const one = this.host.seats.get(this.floor.holder?.who ?? 0);
    if (!one) return;
    one.shared ||= one.viewer().shares;
    this.tell();
  }

  /** Nobody is awaited any more; idempotent. */
  close(): void {
    this.kept.drop();
  }

  private changed(holder: boolean): void {
    if (!this.floor.away) this.kept.drop();
    if (holder) this.moved();
    this.host.settle();
    this.tell();
  }

  private moved(): void {
    const now = this.floor.holder?.who ?? null;
    for (const one of this.host.seats.values()) {
      one.tried = false;
      const presenting = one.id === now;
      if (one.presenting === presenting) continue;
      one.presenting = presenting;
      one.shared = false;
      this.host.guarded(() => one.leg.tell({ presenting }));
    }
  }

  private tell(): void {
    const floor = this.describe();
    const told = JSON.stringify(floor);
    if (told === this.told) return;
    this.told = told;
    this.host.tell(floor);
  }
}
