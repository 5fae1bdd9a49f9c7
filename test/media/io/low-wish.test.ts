import assert from 'node:assert/strict';
import { LowWish } from '../../../src/media/io/low-wish.js';

describe('the wish for a low encoding', () => {
  it('is told at once, again when its rate changed enough, and not more than every three seconds', () => {
    const wish = new LowWish();
    assert.equal(wish.due(null, 0), false);
    assert.deepEqual([wish.due(300, 0), wish.told], [true, 300]);
    assert.equal(wish.due(320, 10_000), false, 'a smaller change is none');
    assert.equal(wish.due(200, 2000), false, 'not yet');
    assert.deepEqual([wish.due(200, 3000), wish.told], [true, 200]);
  });

  it('ends ten seconds after the last who needed it', () => {
    const wish = new LowWish();
    wish.due(300, 0);
    assert.equal(wish.due(null, 1000), false);
    assert.equal(wish.due(300, 10_500), false, 'needed again');
    assert.equal(wish.due(null, 11_000), false);
    assert.equal(wish.due(null, 20_800), false);
    assert.deepEqual([wish.due(null, 21_000), wish.told], [true, null]);
    assert.equal(wish.due(null, 40_000), false);
    assert.equal(wish.due(300, 40_000), true);
  });
});
