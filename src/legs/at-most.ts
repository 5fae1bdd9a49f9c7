import type { Clock } from '../base/clock.js';

/** Resolves when `job` does or `ms` milliseconds have passed; the job itself goes on. It must not reject. */
export async function atMost(clock: Clock, ms: number, job: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.after(ms, resolve);
    void job.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
