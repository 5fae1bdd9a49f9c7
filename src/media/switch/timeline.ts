import { tsAdd, tsDelta } from '../../protocol/rtp/sequence.js';

/**
 * Timestamps of one outgoing stream made from changing sources. A new source goes on where the last one was, moved by
 * the time that has passed.
 */
export class Timeline {
  private offset = 0;
  private lastAt: number | null = null;
  private joined = false;

  /** `last`: random start; `clock`: ticks per second; `step`: least distance between two sources, ticks. */
  constructor(
    private last: number,
    private readonly clock: number,
    private readonly step: number,
  ) {}

  /** The next input, whatever its timestamp, follows the last output. */
  sync(): void {
    this.joined = false;
  }

  /** What was added to the source's timestamps. */
  get shift(): number {
    return this.offset;
  }

  input(timestamp: number, now: number): number {
    if (!this.joined) {
      this.joined = true;
      const passed = this.lastAt === null ? 0 : Math.round(((now - this.lastAt) * this.clock) / 1000);
      this.last = tsAdd(this.last, Math.max(this.step, passed));
      this.offset = tsDelta(this.last, timestamp);
    }
    const out = tsAdd(timestamp, this.offset);
    if (tsDelta(out, this.last) > 0) this.last = out;
    this.lastAt = now;
    return out;
  }
}
