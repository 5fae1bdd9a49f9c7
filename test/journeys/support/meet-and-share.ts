import assert from 'node:assert/strict';
import { holdsTone } from '../../../scripts/endpoint/audio/spectrum.js';
import type { Endpoint } from '../../../scripts/endpoint/endpoint.js';

export const patience = 15_000;
/** What the two ends sound like, Hz. */
export const tones = { near: 1000, far: 400 };

/** One puts the other on hold while one of them shares, and resumes: then all is as it was. */
export async function holdAndResume(holder: Endpoint, other: Endpoint, shares: Endpoint): Promise<void> {
  const watches = shares === holder ? other : holder;
  const [heard, mine] = holder.name === 'NEAR' ? [tones.far, tones.near] : [tones.near, tones.far];
  const before = watches.state.content.received;
  assert.equal(await shares.share(), 'granted');
  await watches.waitFor(({ content }) => content.received > before, patience, 'slides');
  await holder.hold(true);
  await holder.waitFor(
    ({ heard: { tones: all } }) => !holdsTone(all, heard),
    patience,
    `${holder.name} to hear nothing`,
  );
  await holder.hold(false);
  await holder.waitFor(({ heard: { tones: all } }) => holdsTone(all, heard), patience, `${holder.name} to hear again`);
  await other.waitFor(({ heard: { tones: all } }) => holdsTone(all, mine), patience, `${other.name} to be heard to`);
  for (const [one, line] of [
    [holder, 'main'],
    [other, 'main'],
    [watches, 'content'],
  ] as const) {
    const { received } = one.state[line];
    const lives = (state: Endpoint['state']): boolean =>
      state[line].received > received && (line === 'main' || state.content.from === shares.name);
    await one.waitFor(lives, patience, `${one.name} to see ${line} again`);
  }
  assert.equal(shares.state.floor, 'granted');
  assert.equal(await shares.release(), 'released');
}

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
