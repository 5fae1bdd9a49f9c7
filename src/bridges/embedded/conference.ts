import type { Disposable } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import type { Log } from '../../base/log.js';
import { MixerRefused } from '../../media/mixer/mixer.js';
import type { Mixer } from '../../media/mixer/mixer.js';
import type { PromptPcm } from '../../media/mixer/prompts.js';
import type { Line } from '../../media/plane.js';
import type {
  AudioConference,
  AudioMember,
  ConferenceEvents,
  MemberId,
  MemberState,
  Prompt,
} from '../../rooms/audio-bridge.js';
import { formatsOf } from './formats.js';

/** What a conference needs of its bridge. */
export interface ConferenceContext {
  mixer: Mixer;
  log: Log;
  sound(prompt: Prompt): Promise<PromptPcm>;
  closed(): void;
}

/** One room of the mixer. `key` is its name there. */
export class EmbeddedConference implements AudioConference {
  readonly on = new Emitter<ConferenceEvents>();
  private readonly members = new Map<MemberId, EmbeddedMember>();
  private closing: Promise<void> | null = null;

  constructor(
    readonly key: string,
    private readonly context: ConferenceContext,
  ) {}

  async join(id: MemberId, line: Line): Promise<AudioMember> {
    if (this.closing) throw new MixerRefused('the conference is closed');
    if (this.members.has(id)) throw new MixerRefused('member exists');
    const member = new EmbeddedMember(this.key, id, line, this.context, {
      changed: (state) => this.on.emit('member', { ...state, by: null }),
      left: () => this.members.delete(id),
    });
    this.members.set(id, member);
    await member.enter();
    return member;
  }

  async play(prompt: Prompt, to?: MemberId): Promise<void> {
    const sound = await this.context.sound(prompt);
    await this.context.mixer.play(this.key, to ?? null, sound);
  }

  async hush(to?: MemberId): Promise<void> {
    await this.context.mixer.hush(this.key, to ?? null);
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** The mixer says so. */
  speakingChanged(members: MemberId[]): void {
    this.on.emit('speaking', { members });
  }

  activeChanged(member: MemberId | null): void {
    this.on.emit('active', { member });
  }

  private async end(): Promise<void> {
    for (const member of [...this.members.values()]) member.conferenceClosed();
    this.members.clear();
    this.context.closed();
    await this.context.mixer.closeRoom(this.key);
  }
}

interface MemberOwner {
  changed(state: MemberState): void;
  left(): void;
}

/** One member: follows its line's parameters and keeps the state that the mixer confirmed. */
class EmbeddedMember implements AudioMember {
  private current: MemberState;
  private readonly following: Disposable;
  private leaving: Promise<void> | null = null;

  constructor(
    private readonly room: string,
    private readonly id: MemberId,
    private readonly line: Line,
    private readonly context: ConferenceContext,
    private readonly owner: MemberOwner,
  ) {
    this.current = { id, muted: false, deaf: false, gainDb: 0 };
    this.following = line.on.on('params', () => this.follow());
  }

  get state(): MemberState {
    return this.current;
  }

  async enter(): Promise<void> {
    try {
      await this.context.mixer.join(this.room, this.id, this.line.slot, formatsOf(this.line.params));
    } catch (error) {
      this.conferenceClosed();
      this.owner.left();
      throw error;
    }
  }

  async mute(on: boolean): Promise<void> {
    await this.context.mixer.mute(this.room, this.id, on);
    this.confirm({ muted: on });
  }

  async deafen(on: boolean): Promise<void> {
    await this.context.mixer.deafen(this.room, this.id, on);
    this.confirm({ deaf: on });
  }

  async gain(db: number): Promise<void> {
    await this.context.mixer.gain(this.room, this.id, db);
    this.confirm({ gainDb: db });
  }

  leave(): Promise<void> {
    this.leaving ??= this.end();
    return this.leaving;
  }

  /** The conference has gone, and the mixer's member with it. */
  conferenceClosed(): void {
    this.following.dispose();
    this.leaving ??= Promise.resolve();
  }

  private async end(): Promise<void> {
    this.following.dispose();
    this.owner.left();
    await this.context.mixer.leave(this.room, this.id);
  }

  private confirm(change: Partial<MemberState>): void {
    const before = this.current;
    this.current = { ...before, ...change };
    const same = before.muted === this.current.muted && before.deaf === this.current.deaf;
    if (this.leaving || (same && before.gainDb === this.current.gainDb)) return;
    this.owner.changed(this.current);
  }

  private follow(): void {
    this.context.mixer.update(this.room, this.id, formatsOf(this.line.params)).catch((error: unknown) => {
      // The member may have left in the meantime; anything else is worth knowing.
      if (!this.leaving) this.context.log.warn({ member: this.id, why: messageOf(error) }, 'audio update refused');
    });
  }
}
