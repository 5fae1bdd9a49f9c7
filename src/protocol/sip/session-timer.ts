import type { Clock, Timer } from '../../base/clock.js';

/** Smallest session interval, seconds (RFC 4028 §4). */
export const minimumSession = 90;

/** What the session timer asks of its surroundings. */
export interface SessionTimerEffects {
  /** Our turn: send a refresh. */
  refresh(): void;
  /** The peer did not refresh in time: end the session. */
  expired(): void;
}

/**
 * Session timer of one dialog (RFC 4028). `arm` starts the interval anew after every accepted INVITE or UPDATE.
 *
 * ```
 * off ──arm(ours)──> refreshing ──half the interval: refresh──> refreshing (the answer arms again)
 *                      │ retry: refresh once more, as long as the interval is not over
 *                      └──retry beyond the interval: expired──> off
 * off ──arm(theirs)─> watching ──whole interval: expired──> off
 * any ──stop──> off
 * ```
 */
export class SessionTimer {
  private timer: Timer | null = null;
  private interval = 0;
  private ours = false;
  private endsAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly effects: SessionTimerEffects,
  ) {}

  /** `seconds` below the minimum counts as the minimum. */
  arm(seconds: number, weRefresh: boolean): void {
    this.stop();
    this.interval = Math.max(seconds, minimumSession);
    this.ours = weRefresh;
    this.endsAt = this.clock.now() + this.interval * 1000;
    const after = weRefresh ? this.interval * 500 : this.interval * 1000;
    this.timer = this.clock.after(after, () => {
      if (weRefresh) this.effects.refresh();
      else this.effects.expired();
    });
  }

  /** A refresh failed for the time being: another after `ms`, or the end when the interval is over by then (§10). */
  retry(ms: number): void {
    if (this.interval === 0) return;
    this.timer?.cancel();
    const left = this.endsAt - this.clock.now();
    this.timer = this.clock.after(Math.max(0, Math.min(ms, left)), () => {
      if (ms < left) this.effects.refresh();
      else this.effects.expired();
    });
  }

  /** The peer takes no interval below this one, seconds; false when that is nothing new. */
  raise(least: number): boolean {
    if (least <= this.interval) return false;
    this.interval = least;
    return true;
  }

  /** Waits the same interval once more. */
  rearm(): void {
    if (this.interval > 0) this.arm(this.interval, this.ours);
  }

  /** Off until armed again. */
  stop(): void {
    this.timer?.cancel();
    this.timer = null;
    this.interval = 0;
  }

  /** Interval in seconds and who refreshes, or null when off. */
  get session(): { seconds: number; weRefresh: boolean } | null {
    return this.interval > 0 ? { seconds: this.interval, weRefresh: this.ours } : null;
  }

  describe(): string {
    return this.timer ? `session ${this.interval}s ${this.ours ? 'ours' : 'theirs'}` : 'session off';
  }
}
