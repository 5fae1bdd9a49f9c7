import assert from 'node:assert/strict';
import type { LineParams } from '../../../src/media/plane.js';
import type { RtcpPacket } from '../../../src/protocol/rtp/rtcp.js';
import { encodeClip } from '../support/clip.js';
import { ClipSender } from '../support/lossy-peers.js';
import { EngineBench } from './engine-bench.js';
import { h264 } from './peer.js';

const base = { receive: [h264(97)], send: [h264(97)] };
const none = { pli: true, fir: false, nack: false, remb: false };
const browser = { ...none, remb: true };
const device = { ...none, tmmbr: true };
const fps = 15;

describe('bandwidth', function () {
  this.timeout(30_000);
  let clip: Buffer[][];
  let bench: EngineBench;
  before(() => (clip = encodeClip({ size: '640x360', fps, seconds: 10, kbps: 1000 })));
  beforeEach(() => (bench = new EngineBench()));
  afterEach(() => {
    bench.engine.handle({ type: 'stop' });
    assert.equal(bench.clock.pending, 0);
  });

  /** Line 1 presents; the others, from 2 on, see it on lines of the given names. */
  async function presents(source: Partial<LineParams>, sinks: Record<string, Partial<LineParams>>): Promise<void> {
    await bench.line(1, 'p/content', { ...base, ...source });
    for (const [i, [name, more]] of Object.entries(sinks).entries()) {
      await bench.line(2 + i, name, { ...base, ...more });
      bench.route(2 + i, 1);
    }
  }

  /** Lets it present for so long; a keyframe begins it and whatever is asked for. */
  function play(seconds: number, slots: readonly number[] = [1]): void {
    const senders = slots.map(
      (slot) =>
        new ClipSender(clip, { pt: 97, mode: 1, fps, resends: false }, (packet) =>
          bench.rtp(slot, packet, packet.payload),
        ),
    );
    bench.onSent = ({ fromPort, rtcp }) => {
      const at = slots.indexOf(Math.floor(fromPort / 1000));
      if (rtcp?.some(({ type }) => type === 'pli')) senders[at]?.keyframe();
    };
    for (let i = 0; i < seconds * fps; i++) {
      for (const sender of senders) sender.next();
      bench.clock.advance(1000 / fps);
    }
    bench.onSent = null;
  }

  const rates = (slot: number): number[] => bench.control(slot, 'remb').map(({ bps }) => bps / 1000);
  const takes = (slot: number): number | null => bench.stats(slot).takesKbps;

  /** The peer of a line wants no more than so much. */
  function request(slot: number, kbps: number): void {
    const bounds = [{ ssrc: slot, bps: kbps * 1000, overhead: 0 }];
    bench.rtcp(slot, [{ type: 'tmmbr', sender: slot * 100, bounds }]);
  }

  it('tells a browser at once what the least receiver takes, again with its reports, and when that changes', async () => {
    await presents({ feedback: browser }, { 'b/content': { maxKbps: 2000 }, 'c/content': { maxKbps: 1000 } });
    play(1);
    assert.deepEqual(rates(1)[0], 1000);
    assert.ok(bench.sent.find(({ rtcp }) => rtcp?.some(({ type }) => type === 'remb'))!.at < 300);
    play(8);
    assert.ok(rates(1).length >= 2, 'with the reports');
    bench.engine.handle({ type: 'close', slot: 3 });
    play(1);
    assert.equal(rates(1).at(-1), 2000);
  });

  it('has nobody lowered for a receiver of 512 kbit/s, which gets what it takes', async () => {
    await presents({ feedback: browser }, { 'b/content': {}, 'weak/content': { maxKbps: 512 } });
    play(30);
    assert.ok(rates(1).every((kbps) => kbps === 4000));
    const [full, weak] = [bench.stats(2), bench.stats(3)];
    assert.equal(full.packetsOut, bench.stats(1).packetsIn, 'every packet');
    assert.equal(full.thinnedOut, 0);
    assert.ok((weak.bytesOut * 8) / 30_000 <= 512 * 1.15, `${(weak.bytesOut * 8) / 30_000}`);
    assert.ok(weak.thinnedOut > 100 && weak.packetsOut > 300);
    assert.match((bench.named(3, 'unforwardable')[0] as { reason: string }).reason, /takes less/);
    assert.deepEqual(bench.named(2, 'unforwardable'), []);
  });

  it('goes by the best where all are weak', async () => {
    await presents({ feedback: browser }, { 'b/content': { maxKbps: 512 }, 'c/content': { maxKbps: 256 } });
    play(1);
    assert.deepEqual(rates(1)[0], 512);
  });

  it('does not lower content for who sees it in the main picture, while others have a line for it', async () => {
    await presents({ feedback: browser }, { 'b/content': { maxKbps: 3000 }, 'old/video': { maxKbps: 800 } });
    play(1);
    assert.deepEqual(rates(1)[0], 3000);
    bench.engine.handle({ type: 'close', slot: 2 });
    play(1);
    assert.equal(rates(1).at(-1), 800);
  });

  it('goes by max-br of the format a receiver takes', async () => {
    await presents({ feedback: browser }, { 'b/content': { send: [{ ...h264(97), maxBr: 900 }] } });
    play(1);
    assert.deepEqual(rates(1)[0], 900);
  });

  it('takes TMMBR of a receiver, answers it, and passes it on to a source that takes it, until that says so', async () => {
    await presents({ feedback: device }, { 'b/content': { feedback: device }, 'c/content': {} });
    play(1);
    assert.deepEqual(bench.control(1, 'tmmbr'), []);
    request(2, 1500);
    assert.deepEqual(bench.control(2, 'tmmbn'), [
      { type: 'tmmbn', sender: 2, bounds: [{ ssrc: 200, bps: 1_500_000, overhead: 0 }] },
    ]);
    const other: RtcpPacket = { type: 'tmmbr', sender: 200, bounds: [{ ssrc: 77, bps: 64_000, overhead: 0 }] };
    bench.rtcp(2, [other]);
    play(1);
    assert.equal(takes(2), 1500, 'one meant for somebody else changes nothing');
    const asked = bench.control(1, 'tmmbr');
    assert.deepEqual(asked[0]?.bounds, [{ ssrc: 100, bps: 1_500_000, overhead: 40 }]);
    play(2);
    assert.ok(bench.control(1, 'tmmbr').length > asked.length, 'repeated');
    bench.rtcp(1, [{ type: 'tmmbn', sender: 100, bounds: [{ ssrc: 1, bps: 1_500_000, overhead: 40 }] }]);
    const before = bench.control(1, 'tmmbr').length;
    play(3);
    assert.equal(bench.control(1, 'tmmbr').length, before);
    request(2, 3500);
    play(1);
    assert.equal(bench.control(1, 'tmmbr').at(-1)?.bounds[0]?.bps, 3_500_000);
    assert.equal(bench.stats(1).toldKbps, 3500);
  });

  it('has a source that takes neither told by signalling, once it lasts', async () => {
    await presents({ feedback: none }, { 'b/content': { maxKbps: 1000 } });
    play(2);
    assert.deepEqual(bench.named(1, 'rateWanted'), []);
    play(10);
    assert.deepEqual(bench.named(1, 'rateWanted'), [{ kbps: 1000 }]);
  });

  it('counts an estimate only while what is sent gets lost: low ones of little sent mean nothing', async () => {
    await presents({ feedback: browser }, { 'b/content': { feedback: browser } });
    const estimate: RtcpPacket = { type: 'remb', sender: 200, bps: 900_000, ssrcs: [2] };
    const report = (lost: number): RtcpPacket => ({
      type: 'rr',
      ssrc: 200,
      reports: [
        {
          ...{ ssrc: 2, fractionLost: lost, cumulativeLost: 0, highestSeq: 0, jitter: 0 },
          ...{ lastSr: 0, delaySinceLastSr: 0 },
        },
      ],
    });
    bench.rtcp(2, [report(0), estimate]);
    play(1);
    assert.equal(takes(2), 14_000);
    bench.rtcp(2, [report(13), estimate]);
    play(1);
    assert.equal(takes(2), 900);
    assert.equal(rates(1).at(-1), 900);
    play(11);
    assert.equal(takes(2), 14_000, 'an old one neither');
  });

  it('reduces main before content where a receiver bounds both together', async () => {
    const call = { callKbps: 1664, maxKbps: 1664 };
    await bench.line(1, 'p/content', base);
    await bench.line(2, 'q/video', { ...base, feedback: browser });
    await bench.line(3, 'b/content', { ...base, ...call });
    await bench.line(4, 'b/video', { ...base, ...call });
    bench.route(4, 2);
    play(3, [2]);
    assert.equal(takes(4), 1600, 'without content main has it all');
    bench.route(3, 1);
    play(20, [1, 2]);
    assert.equal(takes(3), 1600);
    const main = takes(4)!;
    assert.ok(main > 300 && main < 900, `${main}`);
    assert.equal(bench.stats(3).thinnedOut, 0);
    assert.ok(bench.stats(4).thinnedOut > 50);
    bench.route(3, null);
    play(3, [1, 2]);
    assert.equal(takes(4), 1600, 'and has it back');
  });
});
