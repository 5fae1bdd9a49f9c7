import type { Disposable } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import type { Log } from '../../base/log.js';
import { MixerRefused } from '../../media/mixer/mixer.js';
import type { Mixer } from '../../media/mixer/mixer.js';
import type { PromptPcm } from '../../media/mixer/prompts.js';
import type { Line } from '../../media/plane.js';
import type {
  Actor,
  AudioConference,
  AudioMember,
  AudioRecording,
  ConferenceEvents,
  JoinOptions,
  MemberId,
  MemberState,
  Prompt,
} from '../../rooms/audio-bridge.js';
import { formatsOf } from './formats.js';
import { LossWatch } from './loss.js';
import { EmbeddedRecording } from './recording.js';

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
  private locked = false;
  private recording: EmbeddedRecording | null = null;

  constructor(
    readonly key: string,
    private readonly context: ConferenceContext,
  ) {}

  async join(id: MemberId, line: Line, options: JoinOptions = {}): Promise<AudioMember> {
    this.open();
    if (this.locked && options.pass !== true) throw new MixerRefused('the conference is locked');
    if (this.members.has(id)) throw new MixerRefused('member exists');
    const member = new EmbeddedMember(this.key, id, line, this.context, {
      changed: (state, by) => this.on.emit('member', { ...state, by }),
      left: () => this.members.delete(id),
    });
    this.members.set(id, member);
    await member.enter(options.muted === true);
    return member;
  }

  lock(on: boolean): Promise<void> {
    if (this.closing) return Promise.reject(new MixerRefused('the conference is closed'));
    if (this.locked !== on) {
      this.locked = on;
      this.on.emit('locked', { on });
    }
    return Promise.resolve();
  }

  async record(path: string): Promise<AudioRecording> {
    this.open();
    if (this.recording && this.recording.state !== 'over') throw new MixerRefused('it is recorded already');
    const { mixer, log } = this.context;
    const changed: (state: ConferenceEvents['recording']) => void = (state) => this.on.emit('recording', state);
    this.recording = await EmbeddedRecording.start(path, { mixer, log, room: this.key, changed });
    return this.recording;
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

  /** Time to look at what is lost of what its members are sent. */
  watchLoss(): void {
    for (const member of this.members.values()) void member.watchLoss();
  }

  /** The mixer says so. */
  speakingChanged(members: MemberId[]): void {
    this.on.emit('speaking', { members });
  }

  activeChanged(member: MemberId | null): void {
    this.on.emit('active', { member });
  }

  private open(): void {
    if (this.closing) throw new MixerRefused('the conference is closed');
  }

  private async end(): Promise<void> {
    await this.recording?.stop();
    for (const member of [...this.members.values()]) member.conferenceClosed();
    this.members.clear();
    this.context.closed();
    await this.context.mixer.closeRoom(this.key);
  }
}

interface MemberOwner {
  changed(state: MemberState, by: Actor): void;
  left(): void;
}

/** One member: follows its line's parameters and keeps the state that the mixer confirmed. */
class EmbeddedMember implements AudioMember {
  private current: MemberState;
  private readonly following: Disposable;
  private leaving: Promise<void> | null = null;
  private readonly loss = new LossWatch();

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

  /** Who comes in muted is not heard before it is. */
  async enter(muted: boolean): Promise<void> {
    const { mixer } = this.context;
    const formats = formatsOf(this.line.params);
    try {
      await mixer.join(this.room, this.id, this.line.slot, muted ? { ...formats, receive: [] } : formats);
      if (!muted) return;
      await mixer.mute(this.room, this.id, true);
      await mixer.update(this.room, this.id, formatsOf(this.line.params));
      this.current = { ...this.current, muted };
    } catch (error) {
      this.conferenceClosed();
      this.owner.left();
      throw error;
    }
  }

  async mute(on: boolean, by: Actor = null): Promise<void> {
    await this.context.mixer.mute(this.room, this.id, on);
    this.confirm({ muted: on }, by);
  }

  async deafen(on: boolean): Promise<void> {
    await this.context.mixer.deafen(this.room, this.id, on);
    this.confirm({ deaf: on });
  }

  async gain(db: number): Promise<void> {
    await this.context.mixer.gain(this.room, this.id, db);
    this.confirm({ gainDb: db });
  }

  /** Opus alone can do something about loss. */
  async watchLoss(): Promise<void> {
    if (formatsOf(this.line.params).send?.name !== 'opus') return;
    try {
      if (!this.loss.look(await this.line.stats()) || this.leaving) return;
      await this.context.mixer.expectLoss(this.room, this.id, this.loss.lossy);
    } catch {
      return; // It has left meanwhile, or the mixer is gone, which others say.
    }
  }

  press(): void {
    // nothing is done by keys here
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

  private confirm(change: Partial<MemberState>, by: Actor = null): void {
    const before = this.current;
    this.current = { ...before, ...change };
    const same = before.muted === this.current.muted && before.deaf === this.current.deaf;
    if (this.leaving || (same && before.gainDb === this.current.gainDb)) return;
    this.owner.changed(this.current, by);
  }

  private follow(): void {
    this.context.mixer.update(this.room, this.id, formatsOf(this.line.params)).catch((error: unknown) => {
      // The member may have left in the meantime; anything else is worth knowing.
      if (!this.leaving) this.context.log.warn({ member: this.id, why: messageOf(error) }, 'audio update refused');
    });
  }
}
