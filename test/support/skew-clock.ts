import { systemClock, type Clock, type Timer } from '../../src/base/clock.js';

/** The machine's clock for tests with real sockets, with timers that can be made to fire early and are counted. */
export class SkewClock implements Clock {
  private readonly timers = new Map<Timer, { at: number; fire: () => void }>();

  now(): number {
    return systemClock.now();
  }

  wall(): number {
    return systemClock.wall();
  }

  after(ms: number, fn: () => void): Timer {
    const fire = (): void => {
      timer.cancel();
      fn();
    };
    const real = systemClock.after(ms, fire);
    const timer: Timer = {
      cancel: () => {
        real.cancel();
        this.timers.delete(timer);
      },
    };
    this.timers.set(timer, { at: this.now() + ms, fire });
    return timer;
  }

  every(ms: number, fn: () => void): Timer {
    let current: Timer;
    const again = (): void => {
      current = this.after(ms, again);
      fn();
    };
    current = this.after(ms, again);
    return { cancel: () => current.cancel() };
  }

  get pending(): number {
    return this.timers.size;
  }

  /** Fires now what is due between `fromMs` and `toMs` from now. */
  hurry(fromMs: number, toMs: number): void {
    const now = this.now();
    for (const { at, fire } of [...this.timers.values()]) if (at >= now + fromMs && at <= now + toMs) fire();
  }
}
