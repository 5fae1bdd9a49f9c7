import { systemClock, type Clock, type Timer } from '../../src/base/clock.js';

interface Running {
  at: number;
  fn: () => void;
  real: Timer;
}

/** The machine's clock for tests with real sockets; it can be put forward, and its timers are counted. */
export class SkewClock implements Clock {
  private readonly timers = new Map<Timer, Running>();
  private ahead = 0;
  private wallAhead = 0;
  private stoodAt: number | null = null;

  now(): number {
    return this.stoodAt ?? systemClock.now() + this.ahead;
  }

  wall(): number {
    return systemClock.wall() - systemClock.now() + this.now() + this.wallAhead;
  }

  /** Stands still, but for being put forward, until it is to go on: nothing becomes due because a machine is slow. */
  stand(): void {
    this.stoodAt ??= this.now();
    for (const { real } of this.timers.values()) real.cancel();
  }

  /** Goes on where it stands. */
  go(): void {
    if (this.stoodAt === null) return;
    this.ahead = this.stoodAt - systemClock.now();
    this.stoodAt = null;
    for (const [timer, entry] of this.timers) entry.real = this.start(timer, entry.at - this.now());
  }

  /** Somebody sets the machine's clock: no timer notices. */
  stepWall(ms: number): void {
    this.wallAhead += ms;
  }

  after(ms: number, fn: () => void): Timer {
    const timer: Timer = {
      cancel: () => {
        this.timers.get(timer)?.real.cancel();
        this.timers.delete(timer);
      },
    };
    this.timers.set(timer, { at: this.now() + ms, fn, real: this.start(timer, ms) });
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

  /** How long each pending timer still waits, ms. */
  get waits(): number[] {
    return [...this.timers.values()].map(({ at }) => at - this.now());
  }

  /** Puts the clock forward; what became due runs before this returns, in order. */
  skip(ms: number): void {
    if (this.stoodAt === null) this.ahead += ms;
    else this.stoodAt += ms;
    const running = [...this.timers].sort(([, a], [, b]) => a.at - b.at);
    for (const [timer, entry] of running) {
      entry.real.cancel();
      const left = entry.at - this.now();
      if (left > 0) entry.real = this.start(timer, left);
      else this.fire(timer);
    }
  }

  private start(timer: Timer, ms: number): Timer {
    if (this.stoodAt !== null) return { cancel: () => undefined };
    return systemClock.after(ms, () => this.fire(timer));
  }

  private fire(timer: Timer): void {
    const entry = this.timers.get(timer);
    this.timers.delete(timer);
    entry?.fn();
  }
}
