import type { Clock, Timer } from '../../src/base/clock.js';

/** Calls `step` so often that on average one call falls on every `interval` ms, catching up at most five. */
export function pace(clock: Clock, interval: number, step: () => void): Timer {
  const start = clock.now();
  let done = 0;
  return clock.every(interval, () => {
    const due = Math.floor((clock.now() - start) / interval);
    if (due - done > 5) done = due - 5;
    while (done < due) {
      done++;
      step();
    }
  });
}
