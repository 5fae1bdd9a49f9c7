import { readFileSync } from 'node:fs';

const schedule = `/proc/self/task/${process.pid}/schedstat`;

/**
 * Milliseconds on a clock that stands while this thread, which has the gateway's decisions and the far ends of a test, waits
 * for a core that others use (Linux `schedstat`; elsewhere it goes on). What we compute or wait for ourselves counts.
 */
export function servedTime(): number {
  return performance.now() - waitedForCore();
}

/** Milliseconds that this thread could have run and did not, since it began. */
export function waitedForCore(): number {
  try {
    return Number(readFileSync(schedule, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
