import assert from 'node:assert/strict';
import { ResendCache } from '../../../src/media/switch/resend-cache.js';

describe('resend cache', () => {
  const payload = Uint8Array.of(1);
  const filled = (from: number, count: number): ResendCache => {
    const cache = new ResendCache();
    for (let i = 0; i < count; i++) cache.put((from + i) & 0xffff, Uint8Array.of(i & 255), payload);
    return cache;
  };

  it('holds a second of full packets, over the end of the numbers too', () => {
    const cache = filled(65_000, 1200);
    assert.equal(cache.header(65_000), null);
    assert.equal(cache.take(65_000, 0), false);
    for (const seq of [65_200, 65_535, 0, 663]) assert.equal(cache.header(seq)?.[0], (seq + 536) & 0xffff & 255);
  });

  it('does not send a packet again that is on its way, nor without end', () => {
    const cache = filled(1, 2);
    const at = Array.from({ length: 30 }, (_, i) => i * 5);
    assert.deepEqual(
      at.filter((now) => cache.take(1, now)),
      [0, 10, 20, 30, 40, 50],
    );
    assert.ok(cache.take(2, 5), 'the others are not concerned');
    cache.put(1, Uint8Array.of(9), payload);
    assert.ok(cache.take(1, 200), 'another packet of that number');
  });
});
