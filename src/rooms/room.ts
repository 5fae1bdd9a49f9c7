import { messageOf } from '../base/errors.js';
import { Emitter, type Events } from '../base/events.js';
import type { Line } from '../media/plane.js';
import { describeEnd, type RoomDescription } from './describe.js';
import { checkEntry } from './entry.js';
import { NoSuchParticipant, RoomClosed } from './errors.js';
import type { FloorPolicy } from './floor.js';
import type { FloorDecision, FloorTicket, ParticipantId } from './floor-party.js';
import type { EndReason, Leg, LegId } from './leg.js';
import { wayOf } from './kept-floor.js';
import { PairSound } from './pair-sound.js';
import { Participant, type JoinOptions } from './participant.js';
import { Presenting } from './presenting.js';
import type { Role } from './rights.js';
import { RoomAudios } from './room-audios.js';
import { RoomCalls, type RoomCall } from './room-calls.js';
import { RoomRecording } from './room-recording.js';
import type { RoomEvents, RoomSettings, RoomTools } from './room-settings.js';
import { RoomPictures } from './room-pictures.js';

export type { RoomEvents, RoomSettings, RoomTools } from './room-settings.js';

/**
 * One conference. Every input (a leg's event, a floor request, an API call, the outcome of something asked) changes the
 * state without waiting and then calls `settle`, which brings pictures and listeners up to it.
 */
export class Room {
  readonly name: string;
  readonly on: Events<RoomEvents>;
  private readonly events = new Emitter<RoomEvents>();
  private readonly seats = new Map<ParticipantId, Participant>();
  private readonly byLeg = new Map<LegId, Participant>();
  /** Those it calls, who have not answered yet. */
  readonly calls = new RoomCalls(this.events);
  readonly recording: RoomRecording;
  private readonly presenting: Presenting;
  private readonly pictures: RoomPictures;
  /** Of a call of two. */
  private readonly pair: PairSound | null;
  private readonly audios: RoomAudios;
  private spoke: ParticipantId[] = [];
  private isLocked = false;
  private isClosed = false;
  private lastId = 0;
  private settling = false;
  private unsettled = false;

  constructor(
    readonly settings: RoomSettings,
    private readonly tools: RoomTools,
  ) {
    this.name = settings.name;
    this.on = this.events;
    this.pair = settings.relays === true ? new PairSound(tools.plane) : null;
    this.pictures = new RoomPictures(
      tools,
      settings,
      () => this.settle(),
      (one) => this.cannotShow(one),
    );
    this.audios = new RoomAudios(this.name, settings.mode === 'echo', tools, (only) => ({
      muted: (leg, on, by) => this.patch(leg, (who) => who.mute(on, this.actorOf(by))),
      removed: (leg, by) => this.putOut(leg, by),
      speaking: (legs) => this.speaking(new Set(legs), only),
      active: (leg) => this.active(leg),
      recording: (state) => this.recording.changed(state),
    }));
    this.recording = new RoomRecording(settings, tools, this.events, () => this.audios.of(null), this.seats);
    this.presenting = new Presenting(settings.policy, tools.clock, {
      seats: this.seats,
      require: (id) => this.require(id),
      guarded: (call) => this.guarded(call),
      settle: () => this.settle(),
      tell: (floor) => this.events.emit('floor', floor),
    });
  }

  get size(): number {
    return this.seats.size;
  }

  /** Neither is anybody here nor being called. */
  get idle(): boolean {
    return this.seats.size === 0 && this.calls.size === 0;
  }

  get locked(): boolean {
    return this.isLocked;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /**
   * Seats a leg. It leaves when the leg raises `ended`. Throws RoomFull, RoomLocked, RoomClosed. Whatever the leg's
   * FloorParty is told comes after this returned.
   */
  join(leg: Leg, options: JoinOptions = {}): Participant {
    const role = options.role ?? 'participant';
    checkEntry(this, role);
    const kept = this.presenting.claim(options.identity ?? null);
    const one = this.seat(leg, role, kept === null ? options : { ...options, id: kept });
    if (kept !== null) this.presenting.giveBack(one);
    return one;
  }

  /**
   * Seats a leg in the place of another, which leaves: same id, name, role and rights, muted as before, and it asks for the
   * floor that the other held. Throws RoomClosed.
   */
  replace(old: Participant, leg: Leg): Participant {
    if (this.isClosed) throw new RoomClosed(this.name);
    const { id, name, role, session, muted, identity, presenter } = old;
    const presented = this.presenting.concerns(id);
    this.leave(old, { kind: 'left' });
    const one = this.seat(leg, role, { id, name, session, identity });
    one.presenter = presenter;
    if (presented) this.guarded(() => one.leg.floor?.changed(one.desk.request()));
    if (muted) this.mute(one.id, true).catch((error: unknown) => this.failed('muting', error));
    return one;
  }

  /** In a call of two: a leg that has no seat before the call is answered is heard already; null ends that. */
  hear(leg: LegId, line: Line | null): void {
    if (this.isClosed) return;
    this.pair?.hear(leg, line);
    this.settle();
  }

  /** The seat of a leg, if it has one here. */
  seatOf(leg: LegId): Participant | null {
    return this.byLeg.get(leg) ?? null;
  }

  private seat(leg: Leg, role: Role, options: JoinOptions): Participant {
    const id = this.freshId(options.id);
    const name = (options.name ?? leg.who.name) || leg.who.uri;
    const desk = this.presenting.desk(id, name);
    const { session = null, identity = null } = options;
    const one = new Participant(id, leg, name, role, session, this.tools.clock.wall(), desk, identity);
    this.seats.set(id, one);
    this.byLeg.set(leg.id, one);
    this.follow(one);
    const description = one.describe();
    one.told = JSON.stringify(description);
    this.events.emit('participantJoined', { ...description, session: one.session });
    this.tools.log.info({ room: this.name, participant: id, leg: leg.id }, 'participant joined');
    this.linesChanged(one);
    if (this.presenting.holder) queueMicrotask(() => this.tellHolder(one));
    return one;
  }

  /** Notes that somebody is called; `cancel` gives up. */
  beginCall(who: { name: string; role: Role }, cancel: (why: EndReason) => void): RoomCall {
    return this.calls.begin(this.freshId(undefined), who, cancel);
  }

  participant(id: ParticipantId): Participant | null {
    return this.seats.get(id) ?? null;
  }

  /** Lets a participant go whose call goes on. Throws NoSuchParticipant. */
  release(id: ParticipantId, why: EndReason = { kind: 'left' }): Participant {
    const one = this.require(id);
    this.leave(one, why);
    return one;
  }

  /** The participant that joined with this grant, if it is here. */
  participantOf(session: string): Participant | null {
    return [...this.seats.values()].find((one) => one.session === session) ?? null;
  }

  /** Resolves when the audio bridge confirmed; `by` names who wants it. Throws NoSuchParticipant, NoAudio, NotConfirmed. */
  async mute(id: ParticipantId, on: boolean, by: string | null = null): Promise<void> {
    const one = this.require(id);
    await this.audios.of(one).mute(one.leg.id, id, on, by);
  }

  /** Frees seat and floor at once, then ends the call; gives up on one who is being called. Throws NoSuchParticipant. */
  async remove(id: ParticipantId, by: string, why: EndReason = { kind: 'removed', by }): Promise<void> {
    if (!this.calls.cancel(id, why)) await this.release(id, why).leg.end(why);
  }

  lock(on: boolean): void {
    if (this.isLocked === on) return;
    this.isLocked = on;
    for (const one of this.seats.values()) this.guarded(() => one.leg.tell({ locked: on }));
    this.audios.lock(on);
    this.events.emit('locked', { locked: on });
  }

  /** Asks for the floor in a participant's name. Throws NoSuchParticipant, NotAllowed when it is denied. */
  requestFloor(id: ParticipantId): FloorTicket {
    return this.presenting.request(id);
  }

  /** Gives up whatever the participant holds or waits for. Throws NoSuchParticipant, NoSuchTicket. */
  releaseFloor(id: ParticipantId): FloorTicket {
    return this.presenting.release(id);
  }

  /** A presenter that takes no line to present on would only keep the floor from the others. */
  private cannotShow(one: Participant): void {
    if (this.seats.get(one.id) === one && this.presenting.holder?.who === one.id) this.releaseFloor(one.id);
  }

  /**
   * Decides on a request: by default the first one that waits (for `accept` the first one nobody decided on), or the
   * holder's for `revoke`; `place` is that in the queue for `accept`, 0 its end. Throws NoSuchTicket.
   */
  moderateFloor(kind: FloorDecision, by: string, id?: number, place = 0): FloorTicket {
    return this.presenting.decide(kind, by, id, place);
  }

  /** Who may present from now on. */
  setPolicy(policy: FloorPolicy): void {
    this.presenting.govern(policy);
  }

  /** Lets somebody present where only presenters may, or not any more. Throws NoSuchParticipant. */
  setPresenter(id: ParticipantId, on: boolean): void {
    this.presenting.appoint(id, on);
  }

  describe(): RoomDescription {
    return {
      name: this.name,
      permanent: this.settings.permanent,
      locked: this.isLocked,
      recording: this.recording.describe(),
      capacity: this.settings.capacity,
      participants: [...this.seats.values()].map((one) => one.describe()),
      calls: this.calls.describe(),
      floor: this.presenting.describe(),
      transcodes: this.pictures.transcodes([...this.seats.values()]),
      speaker: this.spoke[0] ?? null,
    };
  }

  /** Ends every call and the conference; idempotent. */
  async close(why: EndReason): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.presenting.close();
    this.pictures.close();
    this.calls.cancelAll(why);
    const ending = [...this.seats.values()].map((one) => {
      this.leave(one, why);
      return one.leg.end(why);
    });
    for (const result of await Promise.allSettled(ending))
      if (result.status === 'rejected') this.failed('ending a call', result.reason);
    await this.audios.close();
    this.events.emit('closed', { reason: describeEnd(why) });
  }

  private follow(one: Participant): void {
    const { leg, bag } = one;
    bag.add(leg.on.on('ended', ({ reason }) => this.leave(one, reason)));
    bag.add(leg.on.on('lines', () => this.linesChanged(one)));
    bag.add(leg.on.on('digits', ({ digit }) => this.audios.of(one).press(leg.id, digit)));
    bag.add(
      leg.on.on('refresh', ({ line }) => {
        const sink = leg.lines[line];
        if (sink) this.pictures.refresh(sink);
      }),
    );
  }

  private linesChanged(one: Participant): void {
    one.watchLines({
      keyframeWanted: (line) => this.guarded(() => one.leg.refresh(line)),
      // a new offer for each change of a camera's receivers would disturb more than it helps
      rateWanted: (line, kbps) =>
        this.guarded(() => (line === 'content' || one.leg.can.paces) && one.leg.limit(line, kbps)),
      tier: (low) => {
        this.tools.metrics.count('dualstream_low_pictures_total', { to: low ? 'low' : 'full' });
        this.settle();
      },
      changed: () => this.settle(),
    });
    if (!this.pair) this.audios.of(one).sync(one.leg.id, one.leg.lines.audio, one.role === 'moderator');
    this.settle();
  }

  private leave(one: Participant, why: EndReason): void {
    if (this.seats.get(one.id) !== one) return;
    this.seats.delete(one.id);
    this.byLeg.delete(one.leg.id);
    one.bag.dispose();
    const spoke = this.spoke[0];
    this.spoke = this.spoke.filter((id) => id !== one.id);
    this.presenting.leave(one, this.isClosed ? 'left' : wayOf(why));
    this.audios.leave(one);
    this.settle();
    const reason = describeEnd(why);
    this.tools.log.info({ room: this.name, participant: one.id, leg: one.leg.id, reason }, 'participant left');
    if (spoke === one.id) this.events.emit('activeSpeaker', { speaker: this.spoke[0] ?? null });
    this.events.emit('participantLeft', { id: one.id, session: one.session, reason });
  }

  private tellHolder(one: Participant): void {
    if (this.seats.get(one.id) === one) this.guarded(() => one.leg.floor?.holderChanged(this.presenting.holder));
  }

  /** Members are named like participants. */
  private actorOf(by: string | null): string | null {
    return by === null ? null : (this.byLeg.get(by)?.name ?? by);
  }

  private putOut(leg: LegId, by: string | null): void {
    const one = this.byLeg.get(leg);
    if (!one) return;
    this.remove(one.id, by ?? 'the audio bridge').catch((error: unknown) => this.failed('ending a call', error));
  }

  private patch(leg: LegId, change: (one: Participant) => void): void {
    const one = this.byLeg.get(leg);
    if (!one) return;
    const muted = one.muted;
    change(one);
    const by = one.mutedBy === one.name ? null : one.mutedBy;
    if (one.muted !== muted) this.guarded(() => one.leg.tell({ muted: one.muted, mutedBy: by }));
    this.publish(one);
  }

  private speaking(legs: ReadonlySet<LegId>, only: Participant | null): void {
    for (const one of only ? [only] : this.seats.values()) {
      const speaking = legs.has(one.leg.id);
      if (one.speaking === speaking) continue;
      one.speaking = speaking;
      this.publish(one);
    }
  }

  private active(leg: LegId | null): void {
    const id = leg === null ? undefined : this.byLeg.get(leg)?.id;
    if (id === undefined || this.spoke[0] === id) return;
    this.spoke = [id, ...this.spoke.filter((other) => other !== id)];
    this.settle();
    this.events.emit('activeSpeaker', { speaker: id });
  }

  /** Brings routes, content lines and listeners up to the state; an input in the middle of it runs it once more. */
  private settle(): void {
    this.unsettled = true;
    if (this.settling) return;
    this.settling = true;
    while (this.unsettled) {
      this.unsettled = false;
      const scene = { presenter: this.presenting.holder?.who ?? null, spoke: this.spoke };
      this.guarded(() => this.pictures.apply([...this.seats.values()], scene));
      this.guarded(() =>
        this.pair?.apply([...this.seats.values()], (leg, line) => this.audios.of(null).sync(leg, line)),
      );
    }
    this.settling = false;
    this.presenting.settled();
    for (const one of this.seats.values()) this.publish(one);
  }

  private publish(one: Participant): void {
    const description = one.describe();
    const told = JSON.stringify(description);
    if (told === one.told) return;
    one.told = told;
    this.events.emit('participantChanged', description);
  }

  private require(id: ParticipantId): Participant {
    const one = this.seats.get(id);
    if (!one) throw new NoSuchParticipant(this.name, id);
    return one;
  }

  private freshId(wished: ParticipantId | undefined): ParticipantId {
    const taken = (id: ParticipantId): boolean =>
      this.seats.has(id) || this.calls.has(id) || this.presenting.awaited === id;
    if (wished !== undefined && wished >= 1 && wished <= 65535 && !taken(wished)) return wished;
    do this.lastId = (this.lastId % 65535) + 1;
    while (taken(this.lastId));
    return this.lastId;
  }

  /** A leg that throws must not disturb the others. */
  private guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.failed('telling a leg', error);
    }
  }

  private failed(what: string, error: unknown): void {
    this.tools.metrics.count('dualstream_room_failures_total', { what: what.replaceAll(' ', '_') });
    this.tools.log.error({ room: this.name, what, reason: messageOf(error) }, 'a leg failed');
  }
}
