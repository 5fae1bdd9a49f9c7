import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const megabyte = 1 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What this thread's objects take once nothing unreachable is left, megabytes. */
export async function heapMegabytes(): Promise<number> {
  // What a first collection frees may hold more through finalizers, which run between turns.
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed / megabyte;
}

/** What the system holds for this process, megabytes. */
export function residentMegabytes(): number {
  return process.memoryUsage().rss / megabyte;
}
