import type { Clock } from '../../base/clock.js';

/** How much a gateway takes on. */
export interface OverloadLimits {
  /** Calls at one time, those being answered included. */
  calls: number;
  /** New calls: so many at once, and then so many a second. */
  starts: { burst: number; perSecond: number };
  /** Share of the time (0..1) in which the signalling thread was busy, above which no more calls are taken. */
  busy: number;
}

export interface OverloadOptions {
  limits: OverloadLimits;
  clock: Pick<Clock, 'now'>;
  /** Share of the time (0..1) in which the thread was busy since the last time it was asked. */
  busy(): number;
}

export type Shed = 'calls' | 'starts' | 'busy';

const sampleMs = 500;
/** A thread must be too busy for so many samples, and is trusted again after as many. */
const samples = 2;

/**
 * Whether one more call is taken on. What is measured decides as much as what is configured, so that running calls keep
 * their quality on a machine that is smaller than its configuration says.
 */
export class Overload {
  private left: number;
  private at: number;
  private sampledAt: number;
  private over = 0;
  private exhausted = false;

  constructor(private readonly options: OverloadOptions) {
    this.left = options.limits.starts.burst;
    this.at = this.sampledAt = options.clock.now();
  }

  /** Null: take it. Else why not. `calls` are those that live or are being answered. */
  admit(calls: number): Shed | null {
    const { limits } = this.options;
    this.sample();
    if (calls >= limits.calls) return 'calls';
    if (this.exhausted) return 'busy';
    const now = this.options.clock.now();
    const { burst, perSecond } = limits.starts;
    this.left = Math.min(burst, this.left + ((now - this.at) / 1000) * perSecond);
    this.at = now;
    if (this.left < 1) return 'starts';
    this.left -= 1;
    return null;
  }

  /** Calls come in without a pause when it matters, so they drive the measuring. */
  private sample(): void {
    const now = this.options.clock.now();
    if (now - this.sampledAt < sampleMs) return;
    // after a quiet while the mean of it says nothing about now
    const stale = now - this.sampledAt > 4 * sampleMs;
    this.sampledAt = now;
    const busy = this.options.busy();
    if (stale) this.over = 0;
    else if (busy > this.options.limits.busy) this.over = Math.min(samples, this.over + 1);
    else this.over = Math.max(0, this.over - 1);
    if (this.over === samples) this.exhausted = true;
    else if (this.over === 0) this.exhausted = false;
  }
}
