import { Worker } from 'node:worker_threads';

/** Starts a worker from a module next to the caller, from source under a loader or from the build. */
export function startThread(caller: string, module: string, workerData: unknown): Worker {
  const extension = caller.endsWith('.ts') ? '.ts' : '.js';
  return new Worker(new URL(`${module}${extension}`, caller), { workerData });
}
