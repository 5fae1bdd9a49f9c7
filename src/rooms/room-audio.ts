import type { Clock, Timer } from '../base/clock.js';
import { Disposables } from '../base/disposables.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../base/metrics.js';
import { Serial } from '../base/serial.js';
import type { Line } from '../media/plane.js';
import type {
  Actor,
  AudioBridge,
  AudioConference,
  AudioMember,
  AudioRecording,
  MemberId,
  Prompt,
  RecordingState,
} from './audio-bridge.js';
import { within } from './deadline.js';
import { NoAudio } from './errors.js';
import { WrongRecordingState } from './recordings.js';

/** When a join that failed is tried again, milliseconds. */
const retryMs = 2000;

/** What the conference tells the room. */
export interface AudioHandlers {
  /** `by` is who it was, where that is known. */
  muted(member: MemberId, on: boolean, by: Actor): void;
  /** Somebody at the controls of the bridge put it out. */
  removed(member: MemberId, by: Actor): void;
  speaking(members: readonly MemberId[]): void;
  active(member: MemberId | null): void;
  /** Null: the conference is closed, and its recording with it. */
  recording(state: RecordingState | null): void;
}

/** What a room's audio works with. */
export interface AudioTools {
  bridge: AudioBridge;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** How long the bridge may take to confirm, milliseconds. */
  confirmMs: number;
}

interface Seat {
  readonly id: MemberId;
  readonly line: Line;
  member: AudioMember | null;
  moderator: boolean;
  muted: boolean;
  gone: boolean;
  joined: Promise<void>;
  retry: Timer | null;
}

/**
 * One audio conference, opened with its first member and closed with its last. Everything the bridge is asked runs in
 * one queue, so that it never sees a join overtaken by its own leave.
 */
export class RoomAudio {
  private readonly seats = new Map<MemberId, Seat>();
  private readonly queue = new Serial();
  private conference: AudioConference | null = null;
  private locked = false;
  /** Said to who comes in: the first of these that the bridge can play. */
  private greeting: readonly Prompt[] | null = null;
  private listeners = new Disposables();

  constructor(
    private readonly room: string,
    private readonly echo: boolean,
    private readonly tools: AudioTools,
    private readonly handlers: AudioHandlers,
  ) {}

  /** Seats a member on its audio line, moves it to a new line, or removes it (null). A mute survives the move. */
  sync(id: MemberId, line: Line | null, moderator = false): void {
    const old = this.seats.get(id);
    if (old?.line === line) return;
    if (old) this.drop(old);
    if (line) this.take({ id, line, moderator, muted: old?.muted ?? false });
    else if (old) this.closeIfEmpty();
  }

  /** Resolves when the bridge confirmed. Throws NoAudio, NotConfirmed, or what the bridge refused with. */
  async mute(id: MemberId, participant: number, on: boolean, by: Actor): Promise<void> {
    const seat = this.seats.get(id);
    if (!seat) throw new NoAudio(participant);
    seat.muted = on;
    const work = seat.joined.then(async () => {
      if (!seat.member) throw new NoAudio(participant);
      await seat.member.mute(on, by);
    });
    try {
      await within(this.tools.clock, this.tools.confirmMs, on ? 'mute' : 'unmute', work);
    } catch (error) {
      seat.muted = seat.member?.state.muted ?? !on;
      throw error;
    }
  }

  /** A key that a member pressed. */
  press(id: MemberId, digit: string): void {
    this.seats.get(id)?.member?.press(digit);
  }

  /** Lets nobody in any more but who takes a seat here. */
  lock(on: boolean): void {
    this.locked = on;
    void this.enqueue('audio_lock', async () => {
      if (this.conference) await this.bounded('locking the audio conference', this.conference.lock(this.locked));
    });
  }

  /** Plays a prompt to everybody here, after what plays already. */
  play(prompt: Prompt): void {
    void this.enqueue('audio_play', async () => {
      if (this.conference) await this.bounded('playing a prompt', this.conference.play(prompt));
    });
  }

  /** Ends the prompts that play. */
  hush(): void {
    void this.enqueue('audio_hush', async () => {
      if (this.conference) await this.bounded('ending a prompt', this.conference.hush());
    });
  }

  /** Says the first of these that the bridge can play to everybody here, and to who comes later; null to them nothing. */
  greet(prompts: readonly Prompt[] | null, now: readonly Prompt[] | null = prompts): void {
    this.greeting = prompts;
    if (now) void this.enqueue('audio_play', () => this.say(now));
  }

  /**
   * Records into a new file what everybody hears. Rejects with WrongRecordingState while nobody is heard, NotConfirmed, or
   * what the bridge refused with.
   */
  record(path: string): Promise<AudioRecording> {
    return this.queue.run(async () => {
      if (!this.conference) throw new WrongRecordingState('nobody is heard in the room');
      const work = this.conference.record(path);
      try {
        return await this.bounded('recording', work);
      } catch (error) {
        // one that comes through after its deadline must not go on unseen
        void work.then((late) => late.stop()).catch(() => this.tools.metrics.count('dualstream_audio_ghosts_total'));
        throw error;
      }
    });
  }

  /** Removes everybody and closes the conference. */
  async close(): Promise<void> {
    for (const seat of [...this.seats.values()]) this.drop(seat);
    this.closeIfEmpty();
    await this.queue.run(() => Promise.resolve());
  }

  private take(who: Pick<Seat, 'id' | 'line' | 'moderator' | 'muted'>): void {
    const seat: Seat = { ...who, member: null, gone: false, joined: Promise.resolve(), retry: null };
    this.seats.set(seat.id, seat);
    this.enter(seat);
  }

  private enter(seat: Seat): void {
    seat.joined = this.enqueue('audio_join', () => this.join(seat)).then(() => {
      if (seat.member ?? seat.gone) return;
      seat.retry = this.tools.clock.after(retryMs, () => this.enter(seat));
    });
  }

  private drop(seat: Seat): void {
    seat.gone = true;
    seat.retry?.cancel();
    this.seats.delete(seat.id);
    void this.enqueue('audio_leave', async () => {
      await this.bounded('leaving the audio conference', seat.member?.leave() ?? Promise.resolve());
    });
  }

  private closeIfEmpty(): void {
    void this.enqueue('audio_close', async () => {
      if (this.seats.size > 0 || !this.conference) return;
      const conference = this.conference;
      this.conference = null;
      // it tells of the end of its recording, too
      const { listeners } = this;
      await this.bounded('closing the audio conference', conference.close()).finally(() => {
        listeners.dispose();
        this.handlers.recording(null);
      });
    });
  }

  private async join(seat: Seat): Promise<void> {
    if (seat.gone) return;
    const conference = await this.opened();
    const { moderator, muted } = seat;
    // the room has let it in already
    const work = conference.join(seat.id, seat.line, { moderator, muted, pass: true });
    try {
      seat.member = await this.bounded('joining the audio conference', work);
    } catch (error) {
      // A join that comes through after its deadline must not leave a ghost behind.
      void work.then((member) => member.leave()).catch(() => this.tools.metrics.count('dualstream_audio_ghosts_total'));
      throw error;
    }
    this.handlers.muted(seat.id, seat.member.state.muted, null);
    if (this.greeting) void this.say(this.greeting, seat.id);
  }

  /** To one member, or to all; in order of preference. */
  private async say(prompts: readonly Prompt[], to?: MemberId): Promise<void> {
    let why = '';
    for (const prompt of prompts) {
      if (!this.conference) return;
      try {
        return await this.bounded('playing a prompt', this.conference.play(prompt, to));
      } catch (error) {
        why = messageOf(error);
      }
    }
    this.tools.metrics.count('dualstream_room_failures_total', { what: 'audio_play' });
    this.tools.log.warn({ room: this.room, why }, 'Who is in a recorded room was not told so by its sound');
  }

  private async opened(): Promise<AudioConference> {
    if (this.conference) return this.conference;
    const opening = this.tools.bridge.open(this.room, { echo: this.echo });
    const conference = await this.bounded('opening the audio conference', opening);
    this.conference = conference;
    this.listeners = new Disposables();
    this.listeners.add(conference.on.on('member', ({ id, muted, by }) => this.memberChanged(id, muted, by)));
    this.listeners.add(conference.on.on('removed', ({ member, by }) => this.handlers.removed(member, by)));
    this.listeners.add(conference.on.on('speaking', ({ members }) => this.handlers.speaking(members)));
    this.listeners.add(conference.on.on('active', ({ member }) => this.handlers.active(member)));
    this.listeners.add(conference.on.on('recording', (state) => this.handlers.recording(state)));
    if (this.locked) await this.bounded('locking the audio conference', conference.lock(true));
    return conference;
  }

  private memberChanged(id: MemberId, muted: boolean, by: Actor): void {
    const seat = this.seats.get(id);
    if (!seat) return;
    if (seat.member) seat.muted = muted;
    this.handlers.muted(id, muted, by);
  }

  private bounded<T>(what: string, work: Promise<T>): Promise<T> {
    return within(this.tools.clock, this.tools.confirmMs, what, work);
  }

  private enqueue(label: string, job: () => Promise<void>): Promise<void> {
    return this.queue.run(job).catch((error: unknown) => {
      this.tools.metrics.count('dualstream_room_failures_total', { what: label });
      this.tools.log.warn({ room: this.room, what: label, reason: messageOf(error) }, 'audio bridge failed');
    });
  }
}
