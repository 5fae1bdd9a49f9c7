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
    assert.deepEqual(glare.theirs(), { go: false, status: 500 });
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

  it('lets the device win: after a 491 ours goes again as soon as theirs is answered', async () => {
    const clock = new ManualClock();
    const glare = new Glare(clock, chance, true);
    await glare.ours();
    let again = false;
    const yielded = glare.yieldToPeer().then(() => (again = true));
    clock.advance(2000);
    assert.deepEqual(glare.theirs(), { go: true });
    await settle();
    assert.equal(again, false);
    glare.theirsDone();
    await yielded;
    assert.equal(again, true);
    assert.equal(clock.pending, 0);
  });

  it('tries again after the back-off when the device does not', async () => {
    const clock = new ManualClock();
    const glare = new Glare(clock, chance, true);
    await glare.ours();
    let again = false;
    const yielded = glare.yieldToPeer().then(() => (again = true));
    clock.advance(3999);
    await settle();
    assert.equal(again, false);
    clock.advance(2);
    await yielded;
    assert.equal(glare.describe(), 'idle');
  });
});
