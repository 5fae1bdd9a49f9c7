import assert from 'node:assert/strict';
import {
  decodeTelephoneEvent,
  DigitReader,
  encodeTelephoneEvent,
  type Digit,
} from '../../../src/protocol/rtp/telephone-event.js';

/** Feeds `[event, end, duration, timestamp, marker?]` rows 20 ms apart and returns what came out. */
function play(
  rows: readonly (readonly [number, boolean, number, number, boolean?])[],
  reader = new DigitReader(),
): Digit[] {
  const heard: Digit[] = [];
  rows.forEach(([event, end, duration, timestamp, marker], i) => {
    const digit = reader.input(
      { event, end, volume: 10, duration },
      { ssrc: 1, timestamp, clock: 8000, marker: marker ?? false },
      i * 20,
    );
    if (digit) heard.push(digit);
  });
  return heard;
}

describe('telephone events', () => {
  it('decodes and encodes RFC 4733 payloads', () => {
    const bytes = Buffer.from('0b8a0640', 'hex');
    assert.deepEqual(decodeTelephoneEvent(bytes), { event: 11, end: true, volume: 10, duration: 1600 });
    assert.equal(Buffer.from(encodeTelephoneEvent(decodeTelephoneEvent(bytes)!)).toString('hex'), '0b8a0640');
    assert.equal(decodeTelephoneEvent(Buffer.from('0b8a06', 'hex')), null);
  });

  it('gives each digit once, at its first end packet', () => {
    const digits = play([
      [5, false, 160, 1000, true],
      [5, false, 320, 1000],
      [5, true, 800, 1000],
      [5, true, 800, 1000],
      [5, true, 800, 1000],
      [5, false, 160, 4000, true],
      [5, true, 480, 4000],
      [5, true, 480, 4000],
      [5, false, 320, 4000],
      [10, true, 160, 6000, true],
    ]);
    assert.deepEqual(digits, [
      { digit: '5', durationMs: 100 },
      { digit: '5', durationMs: 60 },
      { digit: '*', durationMs: 20 },
    ]);
  });

  it('gives a digit whose end was lost, at the next digit or after a pause', () => {
    const reader = new DigitReader();
    assert.deepEqual(
      play(
        [
          [1, false, 160, 0, true],
          [2, false, 160, 2000, true],
        ],
        reader,
      ),
      [{ digit: '1', durationMs: 20 }],
    );
    assert.equal(reader.expire(200), null);
    assert.deepEqual(reader.expire(300), { digit: '2', durationMs: 20 });
    assert.equal(reader.expire(900), null);
  });

  it('joins the segments of a long event', () => {
    assert.deepEqual(
      play([
        [0, false, 0xffff, 0, true],
        [0, false, 160, 0xffff],
        [0, true, 320, 0xffff],
      ]),
      [{ digit: '0', durationMs: Math.round((0xffff + 320) / 8) }],
    );
  });

  it('leaves out flash and other events', () => assert.deepEqual(play([[16, true, 160, 0, true]]), []));
});
