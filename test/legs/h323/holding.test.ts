import assert from 'node:assert/strict';
import { Disposables } from '../../../src/base/disposables.js';
import { Emitter } from '../../../src/base/events.js';
import { Holding } from '../../../src/legs/h323/holding.js';
import type { CallEvents } from '../../../src/protocol/h323/call/contract.js';
import type { CapabilitySet } from '../../../src/protocol/h323/control/contract.js';
import { deviceSet } from '../../support/h323-rig.js';

describe('hold of an H.323 call', () => {
  const ours = deviceSet();
  const begin = () => {
    const events = new Emitter<CallEvents>();
    const told: (CapabilitySet | null | string)[] = [];
    const session = { paused: false, changeCapabilities: (set: CapabilitySet | null) => void told.push(set) };
    const bag = new Disposables();
    const holding = new Holding({
      ...{ session, bag, call: { on: events }, ours: () => ours },
      changed: () => told.push('changed'),
      resumed: () => told.push('resumed'),
    });
    return { events, told, session, bag, holding };
  };

  it('is that of the device by its empty set, or by Notify', () => {
    const { events, told, session, bag, holding } = begin();
    assert.equal(holding.holds, false);
    events.emit('held', true);
    assert.equal(holding.holds, true);
    events.emit('held', false);
    assert.equal(holding.holds, false);
    assert.deepEqual(told, ['changed', 'changed']);
    session.paused = true;
    assert.equal(holding.holds, true);
    bag.dispose();
    assert.equal(events.size, 0);
  });

  it('is ours by the empty set, once, and over with our own', () => {
    const { told, holding } = begin();
    holding.hold(false);
    holding.hold(true);
    holding.hold(true);
    assert.equal(holding.held, true);
    holding.hold(false);
    assert.deepEqual(told, [null, ours, 'resumed']);
  });
});
