import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { Nonces } from '../../../src/legs/sip/nonces.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('nonces', () => {
  it('are taken while they live, each count once and only upwards', () => {
    const clock = new ManualClock();
    const nonces = new Nonces(clock, systemChance, 1000);
    const nonce = nonces.issue();
    assert.equal(nonces.size, 0, 'making one keeps nothing');
    assert.equal(nonces.use(nonce, 1), 'good');
    assert.equal(nonces.use(nonce, 1), 'used');
    assert.equal(nonces.use(nonce, 7), 'good');
    assert.equal(nonces.use(nonce, 3), 'used');
    clock.advance(999);
    assert.equal(nonces.use(nonce, 8), 'good');
    clock.advance(1);
    assert.equal(nonces.use(nonce, 9), 'expired');
  });

  it('cannot be made by others, of another process or with another time', () => {
    const clock = new ManualClock();
    const [nonces, others] = [new Nonces(clock, systemChance, 1000), new Nonces(clock, systemChance, 1000)];
    const nonce = nonces.issue();
    assert.equal(nonces.use(others.issue(), 1), 'foreign');
    assert.equal(nonces.use(`f${nonce.slice(1)}`, 1), 'foreign');
    assert.equal(nonces.use('', 1), 'foreign');
    assert.equal(nonces.use('x'.repeat(5000), 1), 'foreign');
    assert.equal(nonces.size, 0);
  });

  it('forget what is over, and never let the forgotten in again', () => {
    const clock = new ManualClock();
    const nonces = new Nonces(clock, systemChance, 60_000, 3);
    const used = [];
    for (let i = 0; i < 5; i++) {
      const nonce = nonces.issue();
      assert.equal(nonces.use(nonce, 1), 'good');
      used.push(nonce);
      clock.advance(10);
    }
    assert.equal(nonces.size, 3);
    for (const nonce of used.slice(0, 2)) assert.equal(nonces.use(nonce, 9), 'expired');
    for (const nonce of used.slice(2)) assert.equal(nonces.use(nonce, 9), 'good');
    clock.advance(60_000);
    nonces.use(nonces.issue(), 1);
    assert.equal(nonces.size, 1);
  });
});
