import assert from 'node:assert/strict';
import { LogLimit } from '../../src/base/log-limit.js';
import { ManualClock } from '../support/manual-clock.js';

describe('limit of log lines', () => {
  it('lets one line a second through for each key and tells how many it held back', () => {
    const clock = new ManualClock();
    const limit = new LogLimit(clock);
    assert.deepEqual(limit.pass('a'), { held: 0 });
    for (let n = 0; n < 40; n++) assert.equal(limit.pass('a'), null);
    assert.deepEqual(limit.pass('b'), { held: 0 });
    clock.advance(999);
    assert.equal(limit.pass('a'), null);
    clock.advance(1);
    assert.deepEqual(limit.pass('a'), { held: 41 });
  });

  it('writes at most one line a second for a source that never pauses', () => {
    const clock = new ManualClock();
    const limit = new LogLimit(clock);
    let lines = 0;
    for (let ms = 0; ms < 10_000; ms += 5) {
      if (limit.pass('a')) lines += 1;
      clock.advance(5);
    }
    assert.equal(lines, 10);
  });
});
