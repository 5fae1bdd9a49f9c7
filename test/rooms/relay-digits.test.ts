import assert from 'node:assert/strict';
import { relayDigits } from '../../src/rooms/relay-digits.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { turn } from '../support/fakes/rooms.js';

describe('keys of a call that is passed on', () => {
  it('reach the other side, both ways, until either hangs up', async () => {
    const [a, b] = [new FakeLeg(), new FakeLeg()];
    const lost: unknown[] = [];
    relayDigits(a, b, (_leg, error) => lost.push(error));
    a.events.emit('digits', { digit: '1', durationMs: 90 });
    a.events.emit('digits', { digit: '#', durationMs: null });
    b.events.emit('digits', { digit: '7', durationMs: null });
    assert.deepEqual([a.pressed, b.pressed], ['7', '1#']);
    b.press = () => Promise.reject(new Error('knows no keys'));
    a.events.emit('digits', { digit: '2', durationMs: null });
    await turn();
    assert.equal(lost.length, 1);
    b.hangUp();
    assert.equal(a.events.size + b.events.size, 0);
  });
});
