import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/** Starts a worker from a module next to the caller, from source under a loader or from the build. */
export function startThread(caller: string, module: string, workerData: unknown): Worker {
  // what a thread of ours makes is gone at once; its limits in `Worker` do not count beside the flag of the process
  setFlagsFromString('--max-semi-space-size=2');
  if (!caller.endsWith('.ts')) return new Worker(new URL(`${module}.js`, caller), { workerData });
  // The loader of the main thread does not reach into workers: its ESM half is registered there first.
  const tsx = createRequire(caller)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const imports = [pathToFileURL(tsx).href, new URL(`${module}.ts`, caller).href].map((url) => JSON.stringify(url));
  const boot = `import { register } from ${imports[0]}; register(); await import(${imports[1]});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(boot)}`), { workerData });
}
