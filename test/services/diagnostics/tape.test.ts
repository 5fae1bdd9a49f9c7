import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Tape } from '../../../src/services/diagnostics/tape.js';

const ends = {
  way: 'udp',
  local: { address: '::', port: 1 },
  remote: { address: '::', port: 2 },
  outgoing: false,
} as const;

function message(at: number, text: string) {
  return { ...ends, at, text };
}

describe('the messages kept of a call', () => {
  it('are its beginning and its latest, with how many are missing between them', () => {
    const tape = new Tape(2000);
    for (let at = 0; at < 20; at++) tape.add(message(at, 'x'.repeat(140)));
    assert.deepEqual(
      tape.messages().map(({ at, missing }) => [at, missing]),
      [
        [0, 0],
        [1, 0],
        [2, 0],
        [17, 14],
        [18, 0],
        [19, 0],
      ],
    );
  });

  it('lose keep-alives first', () => {
    const tape = new Tape(2000, (text) => text.startsWith('dull'));
    for (let at = 0; at < 3; at++) tape.add(message(at, 'x'.repeat(140)));
    tape.add(message(3, `news${'x'.repeat(136)}`));
    for (let at = 4; at < 40; at++) tape.add(message(at, `dull${'x'.repeat(136)}`));
    assert.deepEqual(
      tape.messages().map(({ at }) => at),
      [0, 1, 2, 3, 38, 39],
    );
  });

  it('do not include one that is longer than all the room, which the next one tells', () => {
    const tape = new Tape(2000);
    tape.add(message(0, 'x'.repeat(5000)));
    assert.equal(tape.missing, 1);
    tape.add(message(1, 'x'));
    assert.deepEqual(
      tape.messages().map(({ at, missing }) => [at, missing]),
      [[1, 1]],
    );
  });

  it('stay within their bounds, in order, and every one is kept or counted', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 60 }), fc.boolean(), (lengths, odd) => {
        const tape = new Tape(1500, (text) => odd && text.length % 2 === 1);
        lengths.forEach((length, at) => tape.add(message(at, 'x'.repeat(length))));
        const kept = tape.messages();
        assert.ok(tape.size <= 1500);
        assert.deepEqual(
          kept.map(({ at }) => at),
          kept.map(({ at }) => at).sort((a, b) => a - b),
        );
        const missing = kept.reduce((sum, one) => sum + one.missing, tape.missing);
        assert.equal(kept.length + missing, lengths.length);
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});
