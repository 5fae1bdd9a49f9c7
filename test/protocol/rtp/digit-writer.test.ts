import assert from 'node:assert/strict';
import { DigitWriter, eventIntervalMs, type EventPacket } from '../../../src/protocol/rtp/digit-writer.js';
import { DigitReader, DIGITS, type Digit } from '../../../src/protocol/rtp/telephone-event.js';
import { tsAdd } from '../../../src/protocol/rtp/sequence.js';
import { seeded } from '../../support/seeded.js';

/** Everything a writer sends, until it has nothing more. */
function written(digits: string, durationMs: number, clock = 8000, base = 0): EventPacket[] {
  const writer = new DigitWriter();
  writer.push(digits, durationMs);
  const packets: EventPacket[] = [];
  for (let now = 0; writer.busy; now += eventIntervalMs) {
    const packet = writer.step(now, tsAdd(base, (now * clock) / 1000), clock);
    if (packet) packets.push(packet);
  }
  return packets;
}

function read(packets: readonly EventPacket[], clock = 8000): Digit[] {
  const reader = new DigitReader();
  const heard: Digit[] = [];
  let now = 0;
  const take = (digit: Digit | null): void => void (digit && heard.push(digit));
  for (const packet of packets) {
    take(reader.input(packet, { ssrc: 7, timestamp: packet.timestamp, marker: packet.marker, clock }, (now += 20)));
  }
  take(reader.expire(now + 300));
  return heard;
}

const text = (digits: readonly Digit[]): string => digits.map(({ digit }) => digit).join('');

describe('digits on their way out', () => {
  it('have one timestamp, growing durations, a marker first and three ends', () => {
    const packets = written('5', 100);
    assert.deepEqual(
      packets.map(({ duration, end, marker, timestamp }) => [duration, end, marker, timestamp]),
      [
        [160, false, true, 0],
        [320, false, false, 0],
        [480, false, false, 0],
        [640, false, false, 0],
        [800, true, false, 0],
        [800, true, false, 0],
        [800, true, false, 0],
      ],
    );
    assert.deepEqual(new Set(packets.map(({ event, volume }) => `${event} ${volume}`)), new Set(['5 10']));
  });

  for (const clock of [8000, 16_000, 48_000]) {
    it(`are read back at ${clock} Hz: every key, long presses in segments too`, () => {
      assert.deepEqual(
        read(written(DIGITS, 100, clock, 0xffffff00), clock),
        [...DIGITS].map((digit) => ({ digit, durationMs: 100 })),
      );
      const long = written('#', 12_000, clock);
      assert.deepEqual(read(long, clock), [{ digit: '#', durationMs: 12_000 }]);
      assert.ok(new Set(long.map(({ timestamp }) => timestamp)).size > 1, 'several segments');
      assert.ok(long.every(({ duration }) => duration <= 0xffff));
      assert.equal(long.filter(({ marker }) => marker).length, 1);
    });
  }

  it('leave a pause between two, and leave out what is no key', () => {
    const writer = new DigitWriter();
    writer.push('1x2', 40);
    const at: number[] = [];
    for (let now = 0; writer.busy; now += 20) if (writer.step(now, now * 8, 8000)?.marker) at.push(now);
    assert.equal(at.length, 2);
    assert.ok(at[1]! - at[0]! >= 40 + 100, `second key after ${at[1]! - at[0]!} ms`);
  });

  it('keep no more than somebody types', () => {
    assert.equal(written('1'.repeat(1000), 40).filter(({ marker }) => marker).length, 128);
  });

  it('are understood although packets are lost, doubled and out of order', () => {
    const roll = seeded(4733);
    for (let run = 0; run < 300; run += 1) {
      const keys = Array.from({ length: 4 }, () => DIGITS[roll(16)]).join('');
      // of each key one report at least arrives, whichever; the others may be lost, doubled, or change places with the next
      const kept = written(keys, 100).reduce<EventPacket[][]>((groups, packet) => {
        if (packet.marker) groups.push([]);
        groups.at(-1)?.push(packet);
        return groups;
      }, []);
      const arriving = kept.flatMap((group) => {
        const some = group.filter(() => roll(10) < 6);
        const rest = some.length > 0 ? some : [group[roll(group.length)]!];
        const doubled = rest.flatMap((packet) => (roll(10) < 2 ? [packet, packet] : [packet]));
        for (let i = 1; i < doubled.length; i += 1) {
          if (roll(10) < 3) [doubled[i - 1], doubled[i]] = [doubled[i]!, doubled[i - 1]!];
        }
        return doubled;
      });
      assert.equal(text(read(arriving)), keys, `run ${run}`);
    }
  });
});
