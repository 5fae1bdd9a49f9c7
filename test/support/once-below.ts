import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.js';

/** How long it takes, milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = systemClock.now();
  await work();
  return systemClock.now() - begun;
}

/**
 * Resolves once one of a few attempts tells less than `limit`, such as the milliseconds it took: on a busy machine
 * anything may be late once, but what is late for a reason of its own is so each time.
 */
export async function onceBelow(limit: number, attempt: () => number | Promise<number>, tries = 5): Promise<void> {
  const told: number[] = [];
  while (told.length < tries) {
    const value = await attempt();
    if (value < limit) return;
    told.push(Math.round(value));
  }
  assert.fail(`${told.join(', ')}: never below ${limit}`);
}
