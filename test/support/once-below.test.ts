import assert from 'node:assert/strict';
import { onceBelow, timed } from './once-below.js';

describe('one of a few attempts below a limit', () => {
  it('is enough, and the last that is made', async () => {
    const late = [30, 20, 9, 1];
    await onceBelow(10, () => late.shift() ?? 99);
    assert.deepEqual(late, [1]);
  });

  it('is missed by what is above it each time', async () => {
    await assert.rejects(
      onceBelow(10, () => Promise.resolve(12.4), 3),
      { message: '12, 12, 12: never below 10' },
    );
    await assert.rejects(onceBelow(10, () => timed(() => new Promise((resolve) => setTimeout(resolve, 15))), 2));
  });
});
