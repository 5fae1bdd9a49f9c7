import { systemClock, type Timer } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import type { Channel } from './channel.js';
import type { Core } from './core.js';
import { Prompts } from './prompts.js';
import { Recordings } from './recordings.js';
import { decibelsOf, type Sound } from './sound.js';

/** From the last member's leaving to the room's end, and from an empty floor to its next holder, ms. */
const lingerMs = 15;
const floorMs = 20;

/** A channel in a conference. */
export interface Member {
  readonly id: number;
  readonly channel: Channel;
  readonly moderator: boolean;
  readonly muteDetect: boolean;
  readonly joinedAt: number;
  speak: boolean;
  hear: boolean;
  hold: boolean;
  talking: boolean;
  volumeIn: number;
  energy: number;
}

/** What members can be switched to. */
export type Switch = 'mute' | 'unmute' | 'deaf' | 'undeaf' | 'hold' | 'unhold';

const switches: Record<Switch, Partial<Pick<Member, 'speak' | 'hear' | 'hold'>>> = {
  ...{ mute: { speak: false }, unmute: { speak: true }, deaf: { hear: false }, undeaf: { hear: true } },
  ...{ hold: { hold: true }, unhold: { hold: false } },
};

/** One conference, from its first member to a moment after its last. */
export class Conference {
  readonly uuid = systemChance.uuid();
  readonly startedAt = systemClock.now();
  /** The newest first, as lists have them. */
  members: Member[] = [];
  locked = false;
  floor: Member | null = null;
  readonly prompts: Prompts;
  readonly recordings: Recordings;
  private readonly opened: Promise<void>;
  private ending: Timer | null = null;
  private floorTimer: Timer | null = null;

  constructor(
    readonly name: string,
    readonly profile: string,
    private readonly core: Core,
    readonly sound: Sound,
    private readonly destroyed: () => void,
  ) {
    this.prompts = new Prompts(this, core);
    this.recordings = new Recordings(this, core);
    this.opened = sound.mixer.open(this.uuid);
    core.raise('conference-create', this.values());
  }

  /** Lets a channel in; a locked room takes nobody, though a number is spent. */
  async enter(channel: Channel): Promise<Member | null> {
    const id = this.core.nextMember();
    if (this.locked) return null;
    this.ending?.cancel();
    const { flags } = channel.entry;
    const is = (flag: string): boolean => flags.includes(flag);
    const member: Member = {
      ...{ id, channel, moderator: is('moderator'), muteDetect: is('mute-detect'), joinedAt: systemClock.now() },
      ...{ speak: !is('mute'), hear: !is('deaf'), hold: false, talking: false, volumeIn: 0, energy: 200 },
    };
    await this.opened;
    await this.sound.join(this.uuid, String(id), channel.line);
    await this.apply(member);
    this.sound.follow(this.uuid, String(id), channel.line);
    this.members.unshift(member);
    this.tell('add-member', member);
    this.seekHolder();
    return member;
  }

  /** `cause` where the leg ended by itself; null where the conference put it out. */
  leave(member: Member, cause: string | null): void {
    if (!this.members.includes(member)) return;
    if (this.floor === member) {
      this.floor = null;
      this.core.raise('floor-change:none', this.values());
    }
    this.members = this.members.filter((each) => each !== member);
    void this.sound.mixer.leave(this.uuid, String(member.id)).catch(() => undefined);
    this.prompts.forget(member);
    const ended = cause === null ? {} : { 'Hangup-Cause': cause };
    this.tell(cause === null ? 'del-member' : 'del-member:ended', member, ended);
    this.seekHolder();
    if (this.members.length > 0) return;
    void this.recordings.stopAll();
    this.ending = systemClock.after(lingerMs, () => this.end());
  }

  /** Ends without a word: the process is gone. */
  vanish(): void {
    this.ending?.cancel();
    this.floorTimer?.cancel();
    this.prompts.clear();
    this.recordings.drop();
    void this.sound.mixer.closeRoom(this.uuid).catch(() => undefined);
  }

  async switch(member: Member, how: Switch): Promise<void> {
    Object.assign(member, switches[how]);
    // who talks and is muted is not told to have stopped
    if (how === 'mute') member.talking = false;
    await this.apply(member);
    if (this.members.includes(member)) this.tell(`${how}-member`, member);
  }

  async volume(member: Member, level: number): Promise<void> {
    member.volumeIn = Math.max(-4, Math.min(4, level));
    await this.loudness(member);
    this.tell('volume-in-member', member, { 'Volume-Level': String(member.volumeIn) });
  }

  /** What is heard of a member, by the steps of its channel and its own. */
  async loudness({ id, channel, volumeIn }: Member): Promise<void> {
    await this.sound.mixer.gain(this.uuid, String(id), decibelsOf(channel.level) + decibelsOf(volumeIn));
  }

  lock(on: boolean): void {
    this.locked = on;
    this.core.raise(on ? 'lock' : 'unlock', this.values());
  }

  /** The mixer's ears: who talks now. */
  heard(ids: readonly string[]): void {
    for (const member of this.members) {
      const talking = ids.includes(String(member.id)) && member.speak && !member.hold;
      if (talking === member.talking) continue;
      member.talking = talking;
      this.tell(talking ? 'start-talking' : 'stop-talking', member);
    }
  }

  /** Somebody else holds the floor; one who is silent keeps it. */
  takeFloor(member: Member | undefined): void {
    if (!member || member === this.floor) return;
    const before = this.floor;
    this.floor = member;
    this.tell('floor-change', member, { 'Old-ID': before ? String(before.id) : 'none', 'New-ID': String(member.id) });
  }

  tell(kind: string, member: Member, more: Record<string, string> = {}): void {
    this.core.raise(kind, { ...this.values(), ...this.memberValues(member), ...more });
  }

  values(): Record<string, string> {
    const { name, uuid, profile, members } = this;
    const size = String(members.length);
    const unique = { 'Conference-Unique-ID': uuid, 'Conference-Profile-Name': profile };
    return { 'Conference-Name': name, 'Conference-Size': size, ...unique };
  }

  private memberValues(member: Member): Record<string, string> {
    const { channel, id, moderator, muteDetect, energy } = member;
    return {
      ...channel.values(),
      ...{ Floor: String(this.floor === member), Hear: String(member.hear), Speak: String(member.speak) },
      ...{ Talking: String(member.talking), 'Mute-Detect': String(muteDetect), Hold: String(member.hold) },
      ...{ 'Member-ID': String(id), 'Member-Type': moderator ? 'moderator' : 'member' },
      ...{ 'Energy-Level': String(energy), 'Current-Energy': member.talking ? '3430' : '0' },
    };
  }

  /** What it hears and who hears it; one who left meanwhile is let go. */
  private async apply(member: Member): Promise<void> {
    const { mixer } = this.sound;
    const id = String(member.id);
    const gone = (error: unknown): void => {
      if (this.members.includes(member)) throw error;
    };
    await mixer.mute(this.uuid, id, !member.speak || member.hold).catch(gone);
    await mixer.deafen(this.uuid, id, !member.hear || member.hold).catch(gone);
  }

  /** A room without a holder of the floor gives it to the first who may speak. */
  private seekHolder(): void {
    this.floorTimer?.cancel();
    this.floorTimer = systemClock.after(floorMs, () => {
      if (this.floor === null) this.takeFloor(this.members.findLast(({ speak }) => speak));
    });
  }

  private end(): void {
    this.vanish();
    this.core.raise('conference-destroy', this.values());
    this.destroyed();
  }
}
