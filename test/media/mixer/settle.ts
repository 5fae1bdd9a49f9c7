import { loadLibopus } from 'libopus-wasm';

/** Lets Opus codecs made just now finish setting up. */
export async function settleOpus(): Promise<void> {
  await loadLibopus();
  await new Promise((resolve) => setImmediate(resolve));
}
