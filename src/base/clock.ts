import { performance } from 'node:perf_hooks';

/** A running timer. `cancel` is idempotent and safe after it fired. */
export interface Timer {
  cancel(): void;
}

/** The only source of time in the product; handed down so that tests can drive it. */
export interface Clock {
  /** Monotonic milliseconds, with fractions; the origin means nothing. */
  now(): number;
  /** Wall-clock milliseconds since 1970 (for logs, NTP stamps and expiry dates). */
  wall(): number;
  /** Runs `fn` once after `ms` milliseconds. */
  after(ms: number, fn: () => void): Timer;
  /** Runs `fn` every `ms` milliseconds until cancelled. */
  every(ms: number, fn: () => void): Timer;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fn) {
    const handle = setTimeout(fn, ms);
    return { cancel: () => clearTimeout(handle) };
  },
  every(ms, fn) {
    const handle = setInterval(fn, ms);
    return { cancel: () => clearInterval(handle) };
  },
};

/** The wall clock may be set; a difference as small as this is its coarseness, milliseconds. */
const coarse = 2;

/** Wall-clock milliseconds with the fractions of the monotonic clock, for putting close events in order. */
export function fineWall(clock: Clock): () => number {
  let origin = clock.wall() - clock.now();
  return () => {
    const at = origin + clock.now();
    const told = clock.wall();
    if (Math.abs(told - at) <= coarse) return at;
    origin += told - at;
    return told;
  };
}
