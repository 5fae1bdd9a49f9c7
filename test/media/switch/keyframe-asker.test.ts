import assert from 'node:assert/strict';
import { KeyframeAsker } from '../../../src/media/switch/keyframe-asker.js';

/** Instants of the requests, from instants of wishes and keyframes, with a tick each 100 ms. */
function requests(until: number, wishes: readonly number[], keyframes: readonly number[] = []): number[] {
  const asker = new KeyframeAsker();
  const asked: number[] = [];
  for (let now = 0; now <= until; now += 100) {
    if (keyframes.includes(now)) asker.received();
    if (wishes.includes(now)) asker.want();
    if (asker.due(now)) asked.push(now);
  }
  return asked;
}

describe('keyframe asker', () => {
  it('asks once for many wishes', () => assert.deepEqual(requests(900, [0, 100, 200]), [0]));
  it('repeats each second until the keyframe comes', () =>
    assert.deepEqual(requests(5000, [0], [2500]), [0, 1000, 2000]));
  it('keeps requests half a second apart', () => assert.deepEqual(requests(2000, [0, 200], [100, 800]), [0, 500]));
  it('asks at once when the last request is long ago', () =>
    assert.deepEqual(requests(1000, [0, 700], [100, 900]), [0, 700]));
  it('slows down when ignored', () =>
    assert.deepEqual(requests(16_000, [0]), [0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 14_000]));
  it('forgets a cancelled wish', () => {
    const asker = new KeyframeAsker();
    asker.want();
    asker.cancel();
    assert.equal(asker.due(0), false);
    assert.equal(asker.pending, false);
  });
});
