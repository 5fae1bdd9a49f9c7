import { systemClock } from '../../src/base/clock.js';

/** Between two looks, milliseconds. */
const LOOK_MS = 20;

/**
 * Resolves as soon as `test` holds, looking every 20 ms; rejects after `timeoutMs` with what `describe` says then. Looks
 * are counted, not the time: where this process is kept from running, what it waits for does not run either.
 */
export function waitUntil(test: () => boolean, timeoutMs: number, describe: () => string = () => ''): Promise<void> {
  let left = timeoutMs;
  return new Promise((resolve, reject) => {
    if (test()) return resolve();
    const timer = systemClock.every(LOOK_MS, () => {
      left -= LOOK_MS;
      if (test()) {
        timer.cancel();
        resolve();
      } else if (left <= 0) {
        timer.cancel();
        reject(new Error(`not within ${timeoutMs} ms: ${describe()}`));
      }
    });
  });
}

/** The same for what is asked for; how long the answer takes counts. */
export async function untilFound<T>(
  timeoutMs: number,
  probe: () => T | null | Promise<T | null>,
  describe: () => string,
  lookMs = LOOK_MS,
): Promise<T> {
  for (let left = timeoutMs; ; left -= lookMs) {
    const asked = systemClock.now();
    const found = await probe();
    if (found !== null && found !== false) return found;
    left -= systemClock.now() - asked;
    if (left <= 0) throw new Error(describe());
    await new Promise<void>((resolve) => systemClock.after(lookMs, resolve));
  }
}
