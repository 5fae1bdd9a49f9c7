import assert from 'node:assert/strict';
import { Glare } from '../../../src/legs/sip/glare.js';
import type { Chance } from '../../../src/base/ids.js';
import { ManualClock } from '../../support/manual-clock.js';

const chance: Chance = { int: (min) => min, hex: () => '00', uuid: () => '0' };

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('glare (RFC 3261 §14)', () => {
  it('answers 491 to an offer that crosses ours and 500 to a second one of theirs', async () => {
    const glare = new Glare(new ManualClock(), chance, true);
    await glare.ours();
    assert.deepEqual(glare.theirs(), { go: false, status: 491 });
    glare.oursDone();
    assert.deepEqual(glare.theirs(), { go: true });
    assert.deepEqual(glare.theirs(), { go: false, status: 500, retryAfter: 0 });
    glare.theirsDone();
    assert.equal(glare.describe(), 'idle');
  });

  it('queues our offers behind each other and behind theirs', async () => {
    const glare = new Glare(new ManualClock(), chance, true);
    assert.deepEqual(glare.theirs(), { go: true });
    const order: string[] = [];
    const first = glare.ours().then(() => order.push('first'));
    const second = glare.ours().then(() => order.push('second'));
    await settle();
    assert.deepEqual(order, []);
    glare.theirsDone();
    await first;
    await settle();
    assert.deepEqual(order, ['first']);
    glare.oursDone();
    await second;
    assert.deepEqual(order, ['first', 'second']);
  });

  it('answers 491 while our 2xx with an offer waits for its answer', () => {
    const glare = new Glare(new ManualClock(), chance, true);
    assert.deepEqual(glare.theirs(), { go: true });
    glare.offeredInAnswer();
    assert.deepEqual(glare.theirs(), { go: false, status: 491 });
    glare.theirsDone();
    assert.equal(glare.describe(), 'offering');
    glare.oursDone();
    assert.equal(glare.describe(), 'idle');
  });

  it('lets a change of the device go first: after a 491 ours goes again as soon as theirs is answered', async () => {
    const clock = new ManualClock();
    const glare = new Glare(clock, { ...chance, int: (_min, max) => max }, true);
    await glare.ours();
    let again = false;
    const yielded = glare.yieldToPeer().then(() => (again = true));
    clock.advance(1000);
    assert.deepEqual(glare.theirs(), { go: true });
    await settle();
    assert.equal(again, false);
    glare.theirsDone();
    await yielded;
    assert.equal(again, true);
    assert.equal(clock.pending, 0);
  });

  for (const [who, peerOwns, least, most] of [
    ['the owner of the Call-ID', false, 2100, 4000],
    ['the other side', true, 0, 2000],
  ] as const) {
    it(`tries again after ${least} to ${most} ms as ${who}`, async () => {
      for (const [pick, wait] of [
        [Math.min, least],
        [Math.max, most],
      ] as const) {
        const clock = new ManualClock();
        const glare = new Glare(clock, { ...chance, int: (min, max) => pick(min, max) }, peerOwns);
        await glare.ours();
        const yielded = glare.yieldToPeer();
        clock.advance(Math.max(0, wait - 1));
        if (wait > 0) assert.equal(glare.describe(), 'yielding');
        clock.advance(1);
        await yielded;
        assert.equal(glare.describe(), 'idle');
      }
    });
  }
});
