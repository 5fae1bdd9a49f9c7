import type { Clock, Timer } from '../base/clock.js';
import type { Emitter } from '../base/events.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../base/metrics.js';
import type { ParticipantId } from './floor-party.js';
import type { Participant } from './participant.js';
import type { AudioRecording, Prompt, RecordingState } from './audio-bridge.js';
import { within } from './deadline.js';
import {
  NotRecordable,
  WrongRecordingState,
  type RecordingDescription,
  type RecordingPlace,
  type RecordingShelf,
} from './recordings.js';
import type { RoomAudio } from './room-audio.js';

/** Raised by the recording of a room. */
export interface RoomRecordingEvents {
  /** It began, pauses, goes on, or (null) is over; `by` is whose doing that was, null where it came by itself. */
  recording: { recording: RecordingDescription | null; by: string | null };
}

/** What is said to those whose sound is recorded: the first that the audio bridge can play. */
export interface RecordingWords {
  begins: readonly Prompt[];
  ends: readonly Prompt[];
}

/** How rooms are recorded. */
export interface RecordingSettings {
  shelf: RecordingShelf;
  words: RecordingWords;
}

/** What the recording of a room works with. */
export interface RecordingTools {
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** How long the audio bridge may take to confirm, milliseconds. */
  confirmMs: number;
  /** Absent where nothing is recorded. */
  recordings?: RecordingSettings;
}

interface Live extends RecordingDescription {
  made: AudioRecording;
  place: RecordingPlace;
  settings: RecordingSettings;
  longest: Timer;
}

/**
 * The recording of a room's sound, one at a time.
 *
 *   none --start--> starting --the bridge has begun--> running <--pause--> paused
 *   running, paused --stop, too long, nobody is here any more, disk full--> none;  starting --refused--> none
 */
export class RoomRecording {
  private live: Live | null = null;
  private starting = false;
  /** Who asked for the change that the bridge has not told of yet. */
  private asked: string | null = null;

  constructor(
    private readonly room: { name: string; mode: 'conference' | 'echo' },
    private readonly tools: RecordingTools,
    private readonly events: Pick<
      Emitter<RoomRecordingEvents & { participantJoined: { id: ParticipantId } }>,
      'emit' | 'on'
    >,
    private readonly audio: () => RoomAudio,
    private readonly seats: ReadonlyMap<ParticipantId, Participant>,
  ) {
    // both live as long as the room
    events.on('participantJoined', ({ id }) => {
      if (this.live?.state === 'running') this.tellLeg(id, true);
    });
  }

  describe(): RecordingDescription | null {
    if (!this.live) return null;
    const { id, state, by, startedAt } = this.live;
    return { id, state, by, startedAt };
  }

  /**
   * Resolves when the bridge records. Rejects with NotRecordable, WrongRecordingState, RecordingsFull, NotConfirmed, or what
   * the bridge refused with.
   */
  async start(by: string): Promise<void> {
    const settings = this.tools.recordings;
    if (!settings || this.room.mode === 'echo') throw new NotRecordable('nothing is recorded in this room');
    if (this.live || this.starting) throw new WrongRecordingState('the room is recorded already');
    this.starting = true;
    try {
      const place = await settings.shelf.begin(this.room.name, by);
      const made = await this.made(place);
      this.began({ place, made, by, settings });
    } finally {
      this.starting = false;
    }
  }

  /** Resolves when the last file is whole. Rejects with WrongRecordingState, NotConfirmed. */
  async stop(by: string | null): Promise<void> {
    const { made } = this.require();
    this.asked = by;
    await this.confirmed('ending a recording', made.stop());
  }

  /** Leaves out what is said from now on, or goes on. Rejects with WrongRecordingState, NotConfirmed. */
  async pause(on: boolean, by: string): Promise<void> {
    const { made } = this.require();
    this.asked = by;
    await this.confirmed(on ? 'pausing a recording' : 'going on with a recording', made.pause(on));
  }

  /** The bridge tells how it stands; null: it is closed. */
  changed(told: RecordingState | null): void {
    const { live } = this;
    if (!live) return;
    const { state, files } = told ?? { state: 'over', files: live.made.files };
    const by = this.asked;
    this.keep(live, files, state === 'over');
    if (state === 'over') return this.over(live, by);
    if (state === live.state) return;
    this.asked = null;
    live.state = state;
    for (const id of this.seats.keys()) this.tellLeg(id, state === 'running');
    this.tell(by);
  }

  private async made(place: RecordingPlace): Promise<AudioRecording> {
    try {
      return await this.audio().record(place.path);
    } catch (error) {
      await place.abandon().catch((problem: unknown) => this.failed(problem));
      throw error;
    }
  }

  private began({ place, made, by, settings }: Pick<Live, 'place' | 'made' | 'by' | 'settings'>): void {
    const { clock } = this.tools;
    const longest = clock.after(place.longestMs, () => {
      this.tools.log.warn({ room: this.room.name, recording: place.id }, 'A recording is as long as it may become');
      this.stop(null).catch((error: unknown) => this.failed(error));
    });
    const startedAt = new Date(clock.wall()).toISOString();
    const live: Live = { id: place.id, state: 'running', ...{ by, startedAt, made, place, settings, longest } };
    this.live = live;
    this.asked = null;
    this.audio().greet(settings.words.begins);
    this.tools.metrics.count('dualstream_recordings_total');
    this.tools.log.info({ room: this.room.name, recording: live.id, by }, 'The room is recorded');
    this.tell(by);
    for (const id of this.seats.keys()) this.tellLeg(id, true);
    // what it has become while nobody listened
    this.changed(made);
  }

  private over(live: Live, by: string | null): void {
    live.longest.cancel();
    this.live = null;
    this.asked = null;
    this.audio().greet(null, live.settings.words.ends);
    this.tools.log.info({ room: this.room.name, recording: live.id, by }, 'The recording of the room is over');
    for (const id of this.seats.keys()) this.tellLeg(id, false);
    this.tell(by);
  }

  /** A leg that throws must not disturb the others. */
  private tellLeg(id: ParticipantId, recorded: boolean): void {
    try {
      this.seats.get(id)?.leg.tell({ recorded });
    } catch (error) {
      this.failed(error);
    }
  }

  private keep({ place }: Live, files: RecordingState['files'], over: boolean): void {
    place.keep(files, over).catch((error: unknown) => this.failed(error));
  }

  private tell(by: string | null): void {
    this.events.emit('recording', { recording: this.describe(), by });
  }

  private confirmed(what: string, work: Promise<void>): Promise<void> {
    return within(this.tools.clock, this.tools.confirmMs, what, work);
  }

  private require(): Live {
    if (!this.live) throw new WrongRecordingState('the room is not recorded');
    return this.live;
  }

  private failed(error: unknown): void {
    this.tools.metrics.count('dualstream_room_failures_total', { what: 'recording' });
    this.tools.log.warn({ room: this.room.name, reason: messageOf(error) }, 'A recording failed');
  }
}
