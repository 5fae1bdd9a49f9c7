import assert from 'node:assert/strict';
import { waitUntil } from '../../support/wait.js';
import type { FreeSwitchHarness } from './harness.js';

/**
 * A member that may send any of several codecs (RFC 3264 §6.1) goes over to another one, back, and to a third, and is heard
 * all the time by one channel of the server.
 */
export async function speaksOtherCodecs(harness: FreeSwitchHarness, calls: () => Promise<string>): Promise<void> {
  const conference = await harness.bridge.open('codecs');
  const [a, b] = [await harness.endpoint('m400', 400), await harness.endpoint('m700', 700)];
  a.offers(['PCMU', 'G722', 'opus']);
  for (const end of [a, b]) await conference.join(end.id, end.line);
  const heard = (): boolean => b.hears(400) > 0.04 && a.hears(700) > 0.04;
  await waitUntil(heard, 5000);
  const before = await calls();
  for (const codec of ['G722', 'PCMU', 'opus'] as const) {
    a.talk(false);
    await waitUntil(() => b.hears(400) < 0.02, 3000);
    a.speak(codec);
    a.talk(true);
    await waitUntil(heard, 3000, () => `${codec}: ${b.hears(400)} ${a.hears(700)}`);
  }
  assert.equal(await calls(), before);
  await conference.close();
}
