/** Asks again every 20 ms until `probe` gives something; fails after `timeoutMs` with `what` and the last words. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | null | Promise<T | null>,
  lastWords: () => string = () => '',
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what} ${lastWords()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
