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
  it('asks once for many wishes', () => assert.deepEqual(requests(400, [0, 100, 200]), [0]));
  it('repeats soon, then each second, until the keyframe comes', () =>
    assert.deepEqual(requests(5000, [0], [2000]), [0, 500, 1500]));
  it('keeps requests half a second apart', () => assert.deepEqual(requests(2000, [0, 200], [100, 800]), [0, 500]));
  it('keeps them less far apart for who has no picture yet, asked for by others before or not', () => {
    for (const beforehand of [[], [100]]) {
      const asker = new KeyframeAsker();
      const asked: number[] = [];
      for (let now = 0; now <= 1000; now += 50) {
        if (now === 0 || beforehand.includes(now)) asker.want();
        if (now === 50) asker.received();
        if (now === 150) asker.want(true);
        if (asker.due(now)) asked.push(now);
        if (now === 400) {
          asker.received();
          asker.want();
        }
      }
      assert.deepEqual(asked, [0, 350, 850]);
    }
  });
  it('asks at once when the last request is long ago', () =>
    assert.deepEqual(requests(1000, [0, 700], [100, 900]), [0, 700]));
  it('slows down when ignored', () =>
    assert.deepEqual(requests(16_000, [0]), [0, 500, 1500, 2500, 3500, 4500, 5500, 6500, 7500, 8500, 13_500]));
  it('gives way to a few in a row, and holds who loses all the time to one a second', () => {
    const all = Array.from({ length: 100 }, (_, i) => i * 100);
    const asked = requests(9900, all, all);
    assert.deepEqual(asked.slice(0, 5), [0, 500, 1000, 1500, 2000]);
    assert.ok(asked.length <= 14, asked.join());
  });
  it('forgets a cancelled wish', () => {
    const asker = new KeyframeAsker();
    asker.want();
    asker.cancel();
    assert.equal(asker.due(0), false);
    assert.equal(asker.pending, false);
  });
});
