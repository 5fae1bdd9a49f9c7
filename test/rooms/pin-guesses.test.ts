import assert from 'node:assert/strict';
import { PinRequired, WrongPin } from '../../src/rooms/errors.js';
import { PinGuesses } from '../../src/rooms/pin-guesses.js';
import type { Applicant, RoomKeys } from '../../src/rooms/policy.js';
import { ManualClock } from '../support/manual-clock.js';

describe('guesses of a PIN', () => {
  let clock: ManualClock;
  let guesses: PinGuesses;
  const keys: RoomKeys = { pin: '4711' };
  class TooMany extends Error {}
  beforeEach(() => {
    clock = new ManualClock();
    guesses = new PinGuesses(clock);
  });

  const outcome = (who: Partial<Applicant>, room = 'board', of = keys): string => {
    try {
      guesses.admit(room, of, { address: '203.0.113.7', direct: true, ...who }, () => new TooMany());
      return 'in';
    } catch (error) {
      return error instanceof TooMany ? 'too many' : error instanceof WrongPin ? 'wrong' : 'required';
    }
  };
  const wrong = (n: number, who: Partial<Applicant> = {}, room = 'board'): void => {
    for (let i = 0; i < n; i++) assert.equal(outcome({ pin: `${i}`, ...who }, room), 'wrong');
  };

  it('are ten for one source, whatever rooms it tries, then one in half a minute', () => {
    wrong(5, {}, 'board');
    wrong(5, {}, 'other');
    assert.equal(outcome({ pin: '4711' }), 'too many');
    assert.equal(outcome({ address: '203.0.113.8', pin: '4711' }), 'in');
    clock.advance(30_000);
    assert.equal(outcome({ pin: '4711' }), 'in');
  });

  it('are thirty for one room from afar, whoever guesses; who is near still comes in', () => {
    for (let host = 1; host <= 3; host++) wrong(10, { address: `198.51.100.${host}` });
    assert.equal(outcome({ pin: '4711' }), 'too many');
    assert.equal(outcome({ pin: '4711' }, 'other'), 'in');
    assert.equal(outcome({ address: '10.1.2.3', pin: '4711' }), 'in');
    assert.equal(outcome({ address: '10.1.2.3', direct: false, pin: '4711' }), 'too many', 'a proxy here says nothing');
  });

  it('are counted by network in IPv6, and also where there is no PIN to find', () => {
    wrong(10, { address: '2001:db8::1' });
    assert.equal(outcome({ address: '2001:db8::ffff:2', pin: '4711' }), 'too many');
    assert.equal(outcome({ address: '2001:db8:0:1::2', pin: '4711' }), 'in');
    for (let n = 0; n < 10; n++) assert.equal(outcome({ pin: '1' }, 'none', { pin: null }), 'required');
    assert.equal(outcome({ pin: '4711' }), 'too many');
  });

  it('are none without a PIN', () => {
    for (let n = 0; n < 50; n++)
      assert.throws(
        () => guesses.admit('board', keys, { address: '203.0.113.7', direct: true }, () => new TooMany()),
        PinRequired,
      );
    assert.equal(outcome({ pin: '4711' }), 'in');
  });
});
