import type { Timer } from '../../base/clock.js';
import type { Disposable } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { Chance } from '../../base/ids.js';
import { Serial } from '../../base/serial.js';
import type { Line } from '../../media/plane.js';
import type { MemberSnapshot } from '../../protocol/esl/snapshot.js';
import {
  atConsole,
  type Actor,
  type AudioMember,
  type JoinOptions,
  type MemberId,
  type MemberState,
} from '../../rooms/audio-bridge.js';
import type { SoundStay } from '../../rooms/call-diagnosis.js';
import { NotInConference, NotPossible } from './errors.js';
import { Stay, type Entry, type StayTools } from './stay.js';
import { termsOf } from './terms.js';
import { dbOf, mostGainDb, stepsOf, type Steps } from './volume.js';

/** A change that comes this soon after a key of the member was made by it, milliseconds. */
const keyMs = 2000;
/** Pauses between calls to a conference that the member fell out of, milliseconds; the last one goes on. */
const pauses = [0, 200, 500, 1000, 2000];

/** What a member works with. */
export interface MemberTools extends StayTools {
  chance: Chance;
  /** How it is with the call of a member, for operators. */
  told(member: MemberId, stay: SoundStay): void;
}

/** The conference as its members see it. */
export interface MemberOwner {
  entry(options: JoinOptions): Entry;
  /** Lets it in where the conference is not locked, or it may `pass`. */
  through(pass: boolean, join: () => Promise<void>): Promise<void>;
  /** Runs a command about a member; resolves when `met`. */
  ask(words: readonly string[], met: () => boolean): Promise<void>;
  /** Changes what comes from a channel by a step, -4 to 4. Rejects with EslRefused, EslLost, EslTimeout. */
  level(uuid: string, step: number): Promise<void>;
  changed(state: MemberState, by: Actor): void;
  /** Resolves when the server says that this channel is out, or soon. */
  absent(uuid: string): Promise<void>;
  /** The server does not hear it any more, for now or for good. */
  out(member: FreeSwitchMember): void;
  left(member: FreeSwitchMember): void;
}

/**
 * One member: what is wanted of it, and what the server has confirmed. Who falls out without having left is called in again,
 * as it was.
 *
 *   entering --in--> in --call lost, server lost--> out --pause over--> entering again
 *       any --leave, removed, close--> gone
 */
export class FreeSwitchMember implements AudioMember {
  stay: Stay | null = null;
  /** Channel of the stay before. */
  private lastUuid = '';
  private current: MemberState;
  private wanted: Omit<MemberState, 'id'>;
  private asked: { muted: boolean; by: Actor } | null = null;
  private keyAt = Number.NEGATIVE_INFINITY;
  private isGone = false;
  private leaving: Promise<void> | null = null;
  private again: Timer | null = null;
  private tries = 0;
  private restoring = false;
  /** It was let in, and comes back as who it was. */
  private wasIn = false;
  private following: Disposable | null = null;
  private volume = freshVolume();

  constructor(
    readonly id: MemberId,
    private readonly line: Line,
    private readonly options: JoinOptions,
    private readonly tools: MemberTools,
    private readonly owner: MemberOwner,
  ) {
    this.wanted = { muted: options.muted === true, deaf: false, gainDb: 0 };
    this.current = { id, ...this.wanted };
  }

  get state(): MemberState {
    return this.current;
  }

  get gone(): boolean {
    return this.isGone;
  }

  /**
   * The first way in; as soon as something is agreed on with the member. Rejects when it leads nowhere; the member is gone
   * then.
   */
  async enter(): Promise<void> {
    if (!termsOf(this.line.params)) {
      this.following = this.line.on.on('params', () => {
        if (!this.stay && !this.again && termsOf(this.line.params)) this.comeBack();
      });
      return;
    }
    try {
      await this.begin();
    } catch (error) {
      this.finish(messageOf(error));
      throw error;
    }
  }

  async mute(on: boolean, by: Actor = null): Promise<void> {
    this.here();
    this.wanted.muted = on;
    if (this.current.muted === on) return;
    this.asked = { muted: on, by };
    await this.ask(on ? 'mute' : 'unmute', ['quiet'], () => this.current.muted === on);
  }

  async deafen(on: boolean): Promise<void> {
    this.here();
    this.wanted.deaf = on;
    if (this.current.deaf === on) return;
    await this.ask(on ? 'deaf' : 'undeaf', ['quiet'], () => this.current.deaf === on);
  }

  async gain(db: number): Promise<void> {
    this.here();
    if (!Number.isFinite(db) || Math.abs(db) > mostGainDb) throw new NotPossible(`a gain is within ${mostGainDb} dB`);
    this.wanted.gainDb = db;
    const { stay } = this;
    if (stay?.member) await this.volume.turns.run(() => this.adjust(stay));
    // who is out comes back as it is wanted
    else await this.owner.ask([], () => this.current.gainDb === this.wanted.gainDb || this.isGone);
    this.here();
  }

  press(digit: string): void {
    this.keyAt = this.tools.clock.now();
    this.stay?.press(digit);
  }

  leave(): Promise<void> {
    return (this.leaving ??= this.end());
  }

  /** The server tells of its channel. */
  confirmed(member: MemberSnapshot): void {
    const { stay } = this;
    if (!stay || this.isGone) return;
    const first = stay.member === null;
    stay.isIn(member);
    // until what was wanted is asked for anew, a new stay is behind
    const told = { id: this.id, muted: !member.speak, deaf: !member.hear, gainDb: this.gainOf(member) };
    if (first) void this.restore(told);
    else this.become(told, this.actorOf(told.muted));
  }

  /** The stay is over. */
  private fellOut(stay: Stay): void {
    if (this.stay !== stay) return;
    this.stay = null;
    this.lastUuid = stay.uuid;
    this.owner.out(this);
    if (!this.isGone && stay.member) this.comeBack();
  }

  /** Whether this channel is its own, or was its last one. */
  isOrWas(uuid: string): boolean {
    return this.stay?.uuid === uuid || this.lastUuid === uuid;
  }

  /** Goes to where the conference is now, or comes back to where it was. */
  move(): void {
    this.tries = 0;
    const { stay } = this;
    if (stay) stay.finish('the conference goes on elsewhere');
    else if (this.again) this.comeBack();
  }

  /** Ends it; idempotent. */
  finish(why: string): void {
    if (this.isGone) return;
    this.isGone = true;
    this.again?.cancel();
    this.following?.dispose();
    this.stay?.finish(why);
    this.owner.left(this);
  }

  private async end(): Promise<void> {
    const uuid = this.stay?.uuid;
    this.finish('the member left');
    if (uuid !== undefined) await this.owner.absent(uuid);
  }

  private comeBack(): void {
    this.again?.cancel();
    const pause = pauses[Math.min(this.tries, pauses.length - 1)] ?? 0;
    this.tries += 1;
    this.again = this.tools.clock.after(pause, () => {
      this.again = null;
      this.begin().then(
        () => (this.tries = 0),
        (error: unknown) => {
          this.tools.log.info({ member: this.id, why: messageOf(error) }, 'A member does not come back yet');
          if (!this.isGone && !this.stay && !this.again) this.comeBack();
        },
      );
    });
  }

  private async begin(): Promise<void> {
    const { tools, line } = this;
    const told = (story: SoundStay): void => tools.told(this.id, story);
    const stay: Stay = new Stay(tools.chance.uuid(), line, tools, () => this.fellOut(stay), told);
    this.stay = stay;
    this.volume = freshVolume();
    try {
      const { muted, deaf } = this.wanted;
      const flags = [muted && 'mute', deaf && 'deaf'].filter((flag) => flag !== false);
      const { headers, ...entry } = this.owner.entry(this.options);
      const all = flags.length === 0 ? headers : { ...headers, 'X-Conference-Flags': flags.join('|') };
      const pass = this.options.pass === true || this.wasIn;
      await this.owner.through(pass, () => stay.begin({ ...entry, headers: all }));
      this.wasIn = true;
    } catch (error) {
      if (this.stay === stay) this.stay = null;
      throw error;
    }
    if (this.isGone) throw new NotInConference('it has left');
  }

  /** Makes a new stay what the member was; only what cannot be had again is told. */
  private async restore(told: MemberState): Promise<void> {
    const { muted, deaf, gainDb } = this.wanted;
    const differs = told.muted !== muted || told.deaf !== deaf || !this.does(gainDb);
    // what was asked for while it was out counts as well
    const by = this.asked?.muted === muted && this.current.muted !== muted ? this.asked.by : null;
    if (!differs) return this.become({ ...told, gainDb }, by);
    const before = this.current;
    this.current = told;
    this.restoring = true;
    for (const step of await Promise.allSettled([this.mute(muted, by), this.deafen(deaf), this.gain(gainDb)])) {
      if (step.status === 'fulfilled' || this.isGone) continue;
      this.tools.log.warn({ member: this.id, why: messageOf(step.reason) }, 'A member is not what it was before');
    }
    this.restoring = false;
    if (!same(before, this.current) && !this.isGone) this.owner.changed(this.current, by);
  }

  private async ask(verb: string, more: string[], met: () => boolean): Promise<void> {
    const member = this.stay?.member;
    await this.owner.ask(member ? [verb, String(member.memberId), ...more] : [], () => met() || this.isGone);
    this.here();
  }

  /** Makes the steps of a stay those of the gain that is wanted; what lowers it goes first. */
  private async adjust(stay: Stay): Promise<void> {
    const { volume } = this;
    const steps = stepsOf(this.wanted.gainDb);
    const lowers = steps.channel < (volume.level ?? 0);
    volume.changing = true;
    try {
      if (lowers) await this.setLevel(stay, steps);
      const met = (): boolean => this.stay?.member?.volumeIn === steps.conference;
      if (!met()) await this.ask('volume_in', [String(steps.conference)], met);
      if (!lowers) await this.setLevel(stay, steps);
    } finally {
      volume.changing = false;
    }
    const { member } = stay;
    if (this.stay === stay && member) this.become({ ...this.current, gainDb: this.gainOf(member) }, null);
  }

  private async setLevel(stay: Stay, { channel }: Steps): Promise<void> {
    const { volume } = this;
    if (volume.level === channel || this.stay !== stay) return;
    volume.level = null;
    await this.owner.level(stay.uuid, channel);
    volume.level = channel;
  }

  /** What was asked for, where that is what the server does. */
  private gainOf({ volumeIn }: MemberSnapshot): number {
    // on the way there nothing is to be told
    if (this.volume.changing) return this.current.gainDb;
    if (this.does(this.wanted.gainDb)) return this.wanted.gainDb;
    return dbOf({ channel: this.volume.level ?? 0, conference: volumeIn });
  }

  /** Whether the server does what a gain takes. */
  private does(gainDb: number): boolean {
    const { channel, conference } = stepsOf(gainDb);
    return this.volume.level === channel && this.stay?.member?.volumeIn === conference;
  }

  /** Who brought a change about. */
  private actorOf(muted: boolean): Actor {
    if (muted === this.current.muted) return null;
    const { asked } = this;
    this.asked = null;
    if (asked?.muted === muted) return asked.by;
    return this.tools.clock.now() - this.keyAt <= keyMs ? this.id : atConsole;
  }

  private become(state: MemberState, by: Actor): void {
    const { current } = this;
    this.current = state;
    // what somebody else brought about is what is wanted from now on
    if (state.muted !== current.muted) this.wanted.muted = state.muted;
    if (state.deaf !== current.deaf) this.wanted.deaf = state.deaf;
    if (state.gainDb !== current.gainDb) this.wanted.gainDb = state.gainDb;
    if (!this.restoring && !same(current, state) && !this.isGone) this.owner.changed(state, by);
  }

  private here(): void {
    if (this.isGone) throw new NotInConference('the member is not in the conference');
  }
}

/** How loud the channel of one stay is taken. */
function freshVolume(): { level: number | null; changing: boolean; turns: Serial } {
  // no event tells the step of the channel: null where it is not known
  return { level: 0, changing: false, turns: new Serial() };
}

function same(a: MemberState, b: MemberState): boolean {
  return a.muted === b.muted && a.deaf === b.deaf && a.gainDb === b.gainDb;
}
