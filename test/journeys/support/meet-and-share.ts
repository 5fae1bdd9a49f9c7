import assert from 'node:assert/strict';
import { holdsTone } from '../../../scripts/endpoint/audio/spectrum.js';
import type { Endpoint } from '../../../scripts/endpoint/endpoint.js';

export const patience = 15_000;
/** What the two ends sound like, Hz. */
export const tones = { near: 1000, far: 400 };

/**
 * Both hear and see each other, then one shares to the other and back. `farName` is what the near end is told of who presents;
 * by H.239 nobody's name is told.
 */
export async function meetAndShare(
  near: Endpoint,
  far: Endpoint,
  farName: string | null = 'FAR',
  nearName: string | null = 'NEAR',
): Promise<void> {
  await near.waitFor(({ heard }) => holdsTone(heard.tones, tones.far), patience, 'the near end to hear the far one');
  await far.waitFor(({ heard }) => holdsTone(heard.tones, tones.near), patience, 'the far end to hear the near one');
  await near.waitFor(({ main }) => main.from === 'FAR', patience, 'the near end to see the far one');
  await far.waitFor(({ main }) => main.from === 'NEAR', patience, 'the far end to see the near one');
  for (const [from, to] of [
    [far, near],
    [near, far],
    [far, near],
  ] as const) {
    const { received } = to.state.content;
    const holds = from === far ? farName : nearName;
    assert.equal(await from.share(), 'granted');
    const sees = ({ content, holder }: Endpoint['state']): boolean =>
      content.from === from.name &&
      content.kind === 'slides' &&
      content.received > received &&
      (holds === null || holder === holds);
    await to.waitFor(sees, patience, `${to.name} to see the slides of ${from.name}`);
    assert.equal(to.state.main.from, from.name);
    assert.notEqual(to.state.floor, 'granted');
  }
  assert.equal(await far.release(), 'released');
  await near.waitFor(({ holder }) => holder === null, patience, 'the floor to be free');
}
