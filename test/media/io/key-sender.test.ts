import assert from 'node:assert/strict';
import { KeySender } from '../../../src/media/io/key-sender.js';
import { decodeTelephoneEvent, DigitReader } from '../../../src/protocol/rtp/telephone-event.js';

interface Sent {
  pt: number;
  marker: boolean;
  timestamp: number;
  payload: Uint8Array;
}

/** A sender on frames of 20 ms at this clock. */
function senderAt(clock: number): { keys: KeySender; sent: Sent[]; frame(): boolean } {
  const sent: Sent[] = [];
  const keys = new KeySender((pt, marker, timestamp, payload) => sent.push({ pt, marker, timestamp, payload }));
  let timestamp = 0;
  return { keys, sent, frame: () => keys.frame((timestamp += clock / 50), 0) };
}

describe('keys pressed towards a peer', () => {
  for (const clock of [8000, 48_000]) {
    it(`take the place of frames at ${clock} Hz, with one timestamp and three ends`, () => {
      const { keys, sent, frame } = senderAt(clock);
      assert.equal(frame(), false);
      keys.press({ event: 5, pt: 101, clock: 8000, frameClock: clock });
      while (frame());
      assert.deepEqual(
        sent.map(({ marker }) => marker),
        sent.map((_, index) => index === 0),
      );
      assert.equal(new Set(sent.map(({ timestamp }) => timestamp)).size, 1);
      const events = sent.map(({ payload }) => decodeTelephoneEvent(payload));
      assert.deepEqual(
        events.map((event) => event?.duration),
        [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280, 1280],
      );
      assert.equal(events.filter((event) => event?.end).length, 3);
    });
  }

  it('are read as they were pressed, the same key twice as two', () => {
    const { keys, sent, frame } = senderAt(8000);
    for (const event of [1, 1, 11]) keys.press({ event, pt: 101, clock: 8000, frameClock: 8000 });
    for (let n = 0; n < 60; n += 1) frame();
    const reader = new DigitReader();
    const read = sent.flatMap(({ payload, timestamp }, index) => {
      const event = decodeTelephoneEvent(payload);
      return (
        (event && reader.input(event, { ssrc: 7, timestamp, clock: 8000, marker: false }, index * 20)?.digit) ?? []
      );
    });
    assert.deepEqual(read, ['1', '1', '#']);
  });

  it('do not wait without end', () => {
    const { keys, sent, frame } = senderAt(8000);
    for (let n = 0; n < 1000; n += 1) keys.press({ event: 0, pt: 101, clock: 8000, frameClock: 8000 });
    for (let n = 0; n < 1000; n += 1) frame();
    assert.equal(sent.filter(({ marker }) => marker).length, 32);
  });
});
