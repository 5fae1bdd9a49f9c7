import assert from 'node:assert/strict';
import { Forwarder } from '../../../src/media/switch/forwarder.js';
import { VideoSource } from '../../../src/media/switch/source.js';
import { tsDelta } from '../../../src/protocol/rtp/sequence.js';
import { seeded, type Roll } from '../../support/seeded.js';
import { h264, pps, sps } from '../io/peer.js';

/** A payload of some form that occurs, or rubbish. */
function payload(roll: Roll): Uint8Array {
  const fill = new Array<number>(1 + roll(40)).fill(7);
  switch (roll(9)) {
    case 0:
      return Uint8Array.of(0x65, ...fill);
    case 1:
      return Uint8Array.of(24, 0, 4, ...sps, 0, 3, ...pps, 0, 2, 0x65, 1);
    case 2:
      return Uint8Array.of(0x7c, 0x80 | (roll(2) ? 5 : 1), ...fill);
    case 3:
      return Uint8Array.of(0x7c, 0x45, ...fill);
    case 4:
      return Uint8Array.of(0x7c, 0x05, ...new Array<number>(roll(50) === 0 ? 1500 : 30).fill(1));
    case 5:
      return roll(2) ? sps : pps;
    case 6:
      return Uint8Array.from(fill, () => roll(256));
    default:
      return Uint8Array.of(0x41, ...fill);
  }
}

/** One sequence of packets of three sources and changes between them: no number is used twice, no change steps back. */
export function fuzzForwarder(seed: number, packets: number): void {
  const roll = seeded(seed);
  let now = 0;
  let previous: VideoSource | null = null;
  let highest: number | null = null;
  const recent = new Map<number, Uint8Array>();
  const forwarder: Forwarder = new Forwarder(
    {
      send: (_pt, _marker, seq, timestamp, bytes) => {
        const before = recent.get(seq);
        assert.ok(before === undefined || before === bytes, `number ${seq} twice`);
        recent.set(seq, bytes);
        if (recent.size > 2000) recent.delete(recent.keys().next().value!);
        if (forwarder.source !== previous && highest !== null) assert.ok(tsDelta(timestamp, highest) > 0);
        previous = forwarder.source;
        if (highest === null || tsDelta(timestamp, highest) > 0) highest = timestamp;
      },
      unforwardable: () => undefined,
    },
    roll(65536),
    roll(2 ** 24) * 256,
  );
  const held: (() => void)[] = [];
  const sources = [1, 2, 3].map((id) => new VideoSource(id, () => undefined));
  const at = sources.map(() => ({ seq: roll(65536), timestamp: roll(2 ** 24) * 256 }));
  for (const source of sources) source.describe([h264(97, 1, roll(2) ? [sps, pps] : [])]);
  forwarder.describe([h264(109, seed % 2 ? 0 : 1)], true);
  for (let i = 0; i < packets; i++) {
    now += roll(20);
    const n = roll(3);
    const source = sources[n]!;
    const place = at[n]!;
    if (roll(100) === 0) forwarder.route(roll(10) ? source : null, now);
    if (roll(2000) === 0) {
      place.seq = roll(65536);
      place.timestamp = roll(2 ** 24) * 256;
      source.restart();
    }
    place.seq = (place.seq + (roll(30) === 0 ? 1 + roll(5) : 1)) & 0xffff;
    if (roll(3) === 0) place.timestamp = (place.timestamp + 3000) >>> 0;
    const { seq, timestamp } = place;
    const [marker, bytes] = [roll(3) === 0, payload(roll)];
    const run = (): void => {
      if (source.input(97, seq, timestamp, marker, bytes)) forwarder.input(source, now);
    };
    if (roll(40) === 0) held.push(run);
    else run();
    if (roll(200) === 0) run();
    if (held.length > roll(5)) held.shift()?.();
  }
  assert.ok(recent.size > packets / 40);
}
