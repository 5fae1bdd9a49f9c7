import { tsAdd, tsDelta } from '../../protocol/rtp/sequence.js';

/** Weight of a new packet in the mean transit time. */
const GAIN = 1 / 32;
/** A larger step of the transit time is a new timeline of the source, ms. */
const JUMP = 500;

/**
 * One sender's clock as we see it: which of its instants a timestamp stands for (by its sender reports, RFC 3550
 * §6.4.1, else by the first arrival) and how far our clock is from it.
 */
export class SourceClock {
  private baseMs: number | null = null;
  private baseTimestamp = 0;
  private mean: number | null = null;
  /** Whether the base is the source's own and so comparable among its streams. */
  reported = false;

  /** `clock`: timestamp ticks per second. */
  constructor(private readonly clock: number) {}

  /** A sender report: `sourceMs` is its NTP time in ms. */
  senderReport(sourceMs: number, timestamp: number): void {
    if (!this.reported) this.mean = null;
    this.reported = true;
    this.baseMs = sourceMs;
    this.baseTimestamp = timestamp;
  }

  /** A packet with this timestamp arrived at `now`, our clock. */
  packet(timestamp: number, now: number): void {
    if (this.baseMs === null) {
      this.baseMs = now;
      this.baseTimestamp = timestamp;
    }
    const transit = now - this.sourceMs(timestamp);
    if (this.mean === null || Math.abs(transit - this.mean) > JUMP) this.mean = transit;
    else this.mean += (transit - this.mean) * GAIN;
  }

  /** Our clock minus the source's, network included, on average; null before the first packet. */
  get transit(): number | null {
    return this.mean;
  }

  /** The source's timestamp at its instant `sourceMs`. */
  timestampAt(sourceMs: number): number {
    const ticks = Math.round(((sourceMs - (this.baseMs ?? sourceMs)) * this.clock) / 1000);
    return tsAdd(this.baseTimestamp, ticks);
  }

  private sourceMs(timestamp: number): number {
    return (this.baseMs ?? 0) + (tsDelta(timestamp, this.baseTimestamp) * 1000) / this.clock;
  }
}

/**
 * What to take off our clock to get the instant at which `video` was captured, so that its sender reports agree with
 * those of the mixer, which delivers the same person's sound `mixerDelay` ms after its arrival. Without comparable
 * reports of both, the picture's own transit time.
 */
export function captureDelay(video: SourceClock, audio: SourceClock | null, mixerDelay: number): number {
  const own = video.transit ?? 0;
  const heard = audio?.transit ?? null;
  if (!audio || heard === null || !audio.reported || !video.reported) return own;
  return Math.abs(heard - own) > 2000 ? own : heard + mixerDelay;
}
