import { untilFound } from '../../support/wait.js';

/** Asks again every 20 ms until `probe` gives something; fails after `timeoutMs` with `what` and the last words. */
export function until<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | null | Promise<T | null>,
  lastWords: () => string = () => '',
): Promise<T> {
  return untilFound(timeoutMs, probe, () => `waited ${timeoutMs} ms in vain for ${what} ${lastWords()}`);
}
