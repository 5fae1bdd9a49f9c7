import { SILENCE_DB } from './levels.js';

/** Margin over the noise floor that counts as voice, dB. */
const MARGIN_DB = 9;
/** Below this nothing is voice, dBFS. */
const QUIET_DB = -48;
/** The floor never rises above this, so a steady loud sound stays a voice, dBFS. */
const FLOOR_MAX_DB = -38;
const FLOOR_MIN_DB = -75;
/** How fast the floor follows a louder background, dB a second; a quieter one is followed at once. */
const FLOOR_RISE_DB_S = 3;
/** Voiced sound needed within the last 100 ms to begin, ms. */
const BEGIN_MS = 60;
/** A pause up to this long does not end speech, ms. */
const HANG_MS = 500;
/** Time constant of the smoothed level, ms. */
const SMOOTH_MS = 240;
/** How fast the loudness falls, dB a second; it rises at once. */
const FALL_DB_S = 30;

/**
 * Speech detection for one member from its frame levels: energy over a tracked noise floor, with a short confirmation
 * at the beginning and a hang-over at the end.
 */
export class SpeechDetector {
  /** Whether the member speaks now. */
  speaking = false;
  /** Smoothed level, dBFS. */
  level = SILENCE_DB;
  /** Peak of the last syllables, dBFS: what one voice is compared with another by. */
  loudness = SILENCE_DB;
  /** Whether the last level was that of a voice. */
  voiced = false;
  private floor = -60;
  private evidence = 0;
  private pause = 0;

  /** Takes the level of the next `ms` milliseconds, dBFS. */
  step(db: number, ms: number): void {
    this.track(db, ms);
    this.smooth(db, ms);
    this.voiced = this.isVoice(db);
    this.evidence = this.voiced ? Math.min(BEGIN_MS, this.evidence + ms) : Math.max(0, this.evidence - ms / 2);
    this.pause = this.voiced ? 0 : this.pause + ms;
    if (!this.speaking) this.speaking = this.evidence >= BEGIN_MS;
    else if (this.pause >= HANG_MS) this.reset();
  }

  /** Takes a level that stands for the last `ms`, of which nothing else is known; whether that is silence stays open. */
  glimpse(db: number, ms: number): void {
    this.smooth(db, ms);
    this.voiced = this.isVoice(db);
  }

  /** Forgets the current speech, e.g. on mute; the noise floor stays. */
  reset(): void {
    this.speaking = this.voiced = false;
    this.evidence = 0;
    this.pause = 0;
    this.level = this.loudness = SILENCE_DB;
  }

  private smooth(db: number, ms: number): void {
    this.level += (db - this.level) * Math.min(1, (ms / SMOOTH_MS) * (db > this.level ? 2 : 1));
    this.loudness = Math.max(db, this.loudness - (FALL_DB_S * ms) / 1000);
  }

  private isVoice(db: number): boolean {
    return db > QUIET_DB && db > this.floor + MARGIN_DB;
  }

  private track(db: number, ms: number): void {
    if (db < this.floor) this.floor += (db - this.floor) * Math.min(1, ms / 60);
    else this.floor += (FLOOR_RISE_DB_S * ms) / 1000;
    this.floor = Math.min(FLOOR_MAX_DB, Math.max(FLOOR_MIN_DB, this.floor));
  }
}
