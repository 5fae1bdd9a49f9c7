import assert from 'node:assert/strict';
import type { MediaSocket } from '../../../src/media/io/sockets.js';
import { LineTrace } from '../../../src/media/io/trace.js';
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
    assert.ok(kept.length <= 64 && kept.reduce((sum, one) => sum + one.bytes.length, 0) <= 6144);
    assert.equal(kept.at(-1)?.remote.port, 9999, 'the latest');
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
