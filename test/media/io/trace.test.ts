import assert from 'node:assert/strict';
import { PacketMemory } from '../../../src/media/io/packet-memory.js';
import type { MediaSocket } from '../../../src/media/io/sockets.js';
import { LineTrace } from '../../../src/media/io/trace.js';
import type { TracedPacket } from '../../../src/media/plane.js';
import { ManualClock } from '../../support/manual-clock.js';

const here = 20_000;
const there = '198.51.100.7';

function rtcp(octets: number): Buffer {
  const packet = Buffer.alloc(octets);
  packet.writeUInt16BE(0x80c9, 0);
  return packet;
}

/** With contributing sources and an extension of so many words. */
function rtp(sources: number, extension: number, payload: number): Buffer {
  const packet = Buffer.alloc(12 + 4 * sources + (extension > 0 ? 4 + 4 * extension : 0) + payload, 0x77);
  packet[0] = 0x80 | (extension > 0 ? 0x10 : 0) | sources;
  packet[1] = 96;
  if (extension > 0) packet.writeUInt16BE(extension, 14 + 4 * sources);
  return packet;
}

describe('what a line remembers', () => {
  let clock: ManualClock;
  let trace: LineTrace;

  beforeEach(() => {
    clock = new ManualClock();
    trace = new LineTrace(
      () => clock.now(),
      () => clock.wall(),
    );
  });

  it('is its latest RTCP both ways, within bounds, with ends and time', () => {
    const sent: number[] = [];
    const plain: MediaSocket = { port: here, send: (parts) => sent.push(parts.length), close: () => undefined };
    trace.socket(plain).send([rtcp(8), rtcp(8)], 4001, there);
    trace.received(rtcp(12), here + 1, there, 4002);
    const [out, back] = trace.packets();
    assert.deepEqual(
      [out?.outgoing, out?.port, out?.remote, out?.length],
      [true, here, { address: there, port: 4001 }, 16],
    );
    assert.deepEqual([back?.outgoing, back?.port, back?.at, back?.bytes.length], [false, here + 1, clock.wall(), 12]);
    assert.deepEqual(sent, [2], 'it was sent');
    for (let n = 0; n < 10_000; n++) trace.received(rtcp(8 + (n % 2000)), here, there, n % 65_536);
    const kept = trace.packets();
    const octets = kept.reduce((sum, one) => sum + one.bytes.length, 0);
    assert.ok(octets > 3000 && octets <= 6144, `${octets} octets`);
    assert.ok(kept.every((one) => one.bytes.length === Math.min(one.length, 1500)));
    assert.equal(kept.at(-1)?.remote.port, 9999, 'the latest');
  });

  it('is the octets of each packet in their order, however short and long they are', () => {
    const memory = new PacketMemory(200, 60);
    const packet = (n: number, octets: number): TracedPacket => ({
      ...{ at: 1000.5 + n, outgoing: n % 2 === 0, port: here + n, length: 100 + n },
      remote: { address: n % 3 === 0 ? '2001:db8::7' : there, port: 65_535 - n },
      bytes: Uint8Array.from({ length: octets }, (_, i) => (n + i) & 0xff),
    });
    const sent: TracedPacket[] = [];
    for (const [n, octets] of [0, 60, 1, 59, 8, 8, 8, 8, 0, 60, 60, 60].entries()) {
      sent.push(packet(n, octets));
      memory.add(packet(n, octets));
      const kept = memory.packets;
      assert.ok(kept.length > 0);
      assert.deepEqual(kept, sent.slice(-kept.length));
    }
    memory.add(packet(12, 61));
    assert.equal(memory.packets.at(-1)?.bytes.length, 60, 'cut');
    memory.add({ ...packet(13, 60), remote: { address: 'x'.repeat(160), port: 1 } });
    assert.equal(memory.packets.at(-1)?.length, 112, 'what has no room at all is left out');
  });

  it('is nothing of RTP unless asked for, and then headers only, for that time', () => {
    trace.received(rtp(0, 0, 160), here, there, 4000);
    assert.deepEqual(trace.packets(), []);
    trace.watch(1000);
    trace.received(rtp(0, 0, 160), here, there, 4000);
    trace.sent([rtp(0, 0, 0), Buffer.alloc(1200)], here, there, 4000);
    trace.received(rtp(2, 1, 100), here, there, 4000);
    trace.received(rtp(15, 200, 100), here, there, 4000);
    assert.deepEqual(
      trace.packets().map(({ bytes, length }) => [bytes.length, length]),
      [
        [12, 172],
        [12, 1212],
        [28, 128],
        [40, 976],
      ],
    );
    clock.advance(1001);
    trace.received(rtp(0, 0, 160), here, there, 4000);
    assert.equal(trace.packets().length, 4);
    trace.rest();
    assert.equal(trace.packets().length, 0, 'handed over');
    trace.watch(500);
    trace.received(rtp(0, 0, 160), here, there, 4000);
    trace.rest();
    assert.equal(trace.packets().length, 1, "somebody else's goes on");
  });

  it('is a bounded number of RTP headers', () => {
    trace.watch(60_000);
    for (let n = 0; n < 20_000; n++) trace.received(rtp(0, 0, 10), here, there, 4000);
    assert.equal(trace.packets().length, 8192);
  });
});
