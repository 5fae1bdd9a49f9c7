import type { Clock } from '../base/clock.js';
import { NotConfirmed } from './errors.js';

/** Settles like `work`, or rejects with NotConfirmed after `ms` milliseconds. `work` itself goes on. */
export function within<T>(clock: Clock, ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new NotConfirmed(what, ms)));
    void work.then(resolve, reject).finally(() => timer.cancel());
  });
}
