import assert from 'node:assert/strict';
import { ivrStart, ivrStep, type IvrEffect, type IvrInput, type IvrState } from '../../../src/legs/admission/ivr.js';

/** Runs inputs from the beginning: digits as text, `.` for a time-out, words for outcomes of a check. */
function run(room: string | null, ...inputs: string[]): { state: IvrState; said: string[] } {
  let state = ivrStart(room);
  const said: string[] = [];
  const step = (input: IvrInput): void => {
    const result = ivrStep(state, input);
    state = result.state;
    said.push(...result.effects.map(show));
  };
  step({ kind: 'begin' });
  for (const one of inputs) {
    if (one === '.') step({ kind: 'timeout' });
    else if (one === 'admitted' || one === 'needs-pin' || one === 'wrong') step({ kind: 'checked', outcome: one });
    else if (one === 'unavailable') step({ kind: 'checked', outcome: one, status: 486, why: 'full' });
    else for (const digit of one) step({ kind: 'digit', digit });
  }
  return { state, said };
}

function show(effect: IvrEffect): string {
  switch (effect.do) {
    case 'say':
      return `say ${effect.prompts.join('+')}`;
    case 'wait':
      return `wait ${effect.for}`;
    case 'check':
      return `check ${effect.room} ${effect.pin ?? '-'}`;
    case 'hang-up':
      return `end ${effect.status}`;
    case 'hush':
      return 'hush';
  }
}

const begin = ['say pin', 'wait first'];

describe('asking a caller for a PIN', () => {
  it('takes digits up to the hash key, or until no more come', () => {
    const asked = ['say pin', 'wait first', 'hush', 'wait next', 'wait next', 'wait next', 'wait next', 'check a 2468'];
    assert.deepEqual(run('a', '2468#').said, asked);
    assert.deepEqual(run('a', '2468', '.').said, asked);
    assert.equal(run('a', '2468#', 'admitted').state.at, 'gone');
  });

  it('takes sixteen at most', () => {
    assert.equal(run('a', '12345678901234567').said.at(-1), 'check a 1234567890123456');
  });

  it('lets the star key begin again, and heeds no other keys and no lone hash key', () => {
    assert.equal(run('a', '99*2468#').said.at(-1), 'check a 2468');
    assert.equal(run('a', '2ABCD4#').said.at(-1), 'check a 24');
    assert.deepEqual(run('a', '##').said, begin);
    assert.deepEqual(run('a', '*').said, [...begin, 'hush', 'wait first']);
    assert.deepEqual(run('a', '1*', '.').said.slice(-2), ['say wrong+pin', 'wait first']);
  });

  it('gives three tries, an unused one included, then a last word', () => {
    const { said, state } = run('a', '1#', 'wrong', '.', '3#', 'wrong');
    assert.deepEqual(
      said.filter((one) => /^say|^end/.test(one)),
      ['say pin', 'say wrong+pin', 'say wrong+pin', 'say goodbye'],
    );
    assert.equal(said.at(-1), 'wait end');
    assert.equal(state.at, 'leaving');
    assert.equal(run('a', '.', '.', '.', '12#', '.').said.at(-1), 'end 403');
    assert.equal(run('a', '.', '.', '.', '.', '.').said.filter((one) => one.startsWith('end')).length, 1);
  });

  it('heeds nothing while a check runs, nor after the end', () => {
    assert.equal(run('a', '1#', '234#', '.').said.filter((one) => one.startsWith('check')).length, 1);
    assert.equal(run('a', '1#', 'admitted', '2#', '.', 'wrong').said.at(-1), 'check a 1');
  });

  it('says when the room cannot be joined, and ends with its reason', () => {
    const { said } = run('a', '1#', 'unavailable', '.');
    assert.deepEqual(said.slice(-3), ['say unavailable', 'wait end', 'end 486']);
  });
});

describe('asking a caller for a room first', () => {
  it('goes in where no PIN is needed, and asks for it where one is', () => {
    assert.deepEqual(run(null).said, ['say room', 'wait first']);
    assert.equal(run(null, '42#').said.at(-1), 'check 42 -');
    assert.equal(run(null, '42#', 'admitted').state.at, 'gone');
    assert.deepEqual(run(null, '42#', 'needs-pin').said.slice(-2), ['say pin', 'wait first']);
    assert.equal(run(null, '42#', 'needs-pin', '2468#').said.at(-1), 'check 42 2468');
  });

  it('asks for the room again after a wrong PIN, since the number may be wrong', () => {
    const { said, state } = run(null, '42#', 'needs-pin', '1#', 'wrong');
    assert.deepEqual(said.slice(-2), ['say wrong+room', 'wait first']);
    assert.equal(state.room, null);
    assert.equal(run(null, '42#', 'needs-pin', '1#', 'wrong', '43#', 'needs-pin', '7#').said.at(-1), 'check 43 7');
  });
});
