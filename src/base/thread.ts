import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Starts a worker from a module next to the caller, from source under a loader or from the build. */
export function startThread(caller: string, module: string, workerData: unknown): Worker {
  if (!caller.endsWith('.ts')) return new Worker(new URL(`${module}.js`, caller), { workerData });
  // The loader of the main thread does not reach into workers: its ESM half is registered there first.
  const tsx = createRequire(caller)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const imports = [pathToFileURL(tsx).href, new URL(`${module}.ts`, caller).href].map((url) => JSON.stringify(url));
  const boot = `import { register } from ${imports[0]}; register(); await import(${imports[1]});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(boot)}`), { workerData });
}
