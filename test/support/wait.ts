import { systemClock } from '../../src/base/clock.js';

/** Resolves as soon as `test` holds, looking every 20 ms; rejects after `timeoutMs` with what `describe` says then. */
export function waitUntil(test: () => boolean, timeoutMs: number, describe: () => string = () => ''): Promise<void> {
  const deadline = systemClock.now() + timeoutMs;
  return new Promise((resolve, reject) => {
    if (test()) return resolve();
    const timer = systemClock.every(20, () => {
      if (test()) {
        timer.cancel();
        resolve();
      } else if (systemClock.now() >= deadline) {
        timer.cancel();
        reject(new Error(`not within ${timeoutMs} ms: ${describe()}`));
      }
    });
  });
}
