import type { Clock, Timer } from '../../../base/clock.js';

/** Runs one timer at a time. While `held` says so it begins anew instead of firing: nothing can be answered yet. */
export class Countdown {
  private timer: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly held: () => boolean = () => false,
  ) {}

  get running(): boolean {
    return this.timer !== null;
  }

  /** Stops what runs and runs `fn` after `ms`. */
  start(ms: number, fn: () => void): void {
    this.stop();
    this.timer = this.clock.after(ms, () => {
      this.timer = null;
      if (this.held()) this.start(ms, fn);
      else fn();
    });
  }

  /** Idempotent. */
  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}
