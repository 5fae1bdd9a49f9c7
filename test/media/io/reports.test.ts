import assert from 'node:assert/strict';
import { emptyFrame } from '../../../src/media/frames.js';
import { fromNtp, ntpMiddle, toNtp } from '../../../src/protocol/rtp/ntp.js';
import { tsDelta } from '../../../src/protocol/rtp/sequence.js';
import type { SenderReport } from '../../../src/protocol/rtp/rtcp.js';
import { EngineBench } from './engine-bench.js';
import { h264, keyframe, pcmu, slice } from './peer.js';

const video = { receive: [h264(97)], send: [h264(97)] };
const audio = { receive: [pcmu()], send: [pcmu()] };

describe('io reports', () => {
  let bench: EngineBench;
  beforeEach(() => (bench = new EngineBench()));
  afterEach(() => bench.engine.handle({ type: 'stop' }));

  it('come first after 1-2 s, then each 2.5-7.5 s, as compounds with report and CNAME', async () => {
    await bench.line(1, 'a/audio', audio);
    bench.clock.advance(60_000);
    const times = bench.sent.map((sent) => sent.at);
    assert.ok(times[0]! >= 1000 && times[0]! <= 2050, String(times[0]));
    for (let i = 1; i < times.length; i++) {
      const gap = times[i]! - times[i - 1]!;
      assert.ok(gap >= 2450 && gap <= 7550, String(gap));
    }
    for (const sent of bench.sent) {
      assert.deepEqual(sent.rtcp, [
        { type: 'rr', ssrc: 1, reports: [] },
        { type: 'sdes', chunks: [{ ssrc: 1, items: [{ kind: 1, text: 'cname1' }] }] },
      ]);
      assert.equal(sent.toPort, 5001);
    }
  });

  it('state loss, jitter and the last sender report of the peer', async () => {
    await bench.line(1, 'a/audio', audio);
    const ntp = { seconds: 0xe0001234, fraction: 0x56780000 };
    for (const seq of [1, 2, 4]) {
      bench.rtp(1, { pt: 0, seq, timestamp: seq * 160 }, slice);
      bench.clock.advance(20);
    }
    bench.rtcp(1, [{ type: 'sr', ssrc: 100, ntp, rtp: 0, packets: 3, octets: 12, reports: [] }]);
    bench.clock.advance(2000);
    const [report] = bench.control(1, 'rr')[0]?.reports ?? [];
    assert.ok(report);
    assert.equal(report.ssrc, 100);
    assert.equal(report.cumulativeLost, 1);
    assert.equal(report.fractionLost, 64);
    assert.equal(report.highestSeq, 4);
    assert.equal(report.lastSr, ntpMiddle(ntp));
    assert.ok(report.delaySinceLastSr > 60_000 && report.delaySinceLastSr < 140_000);
    assert.equal(bench.stats(1).lostIn, 1);
  });

  it("give loss, round trip and rates from the peer's reports", async () => {
    await bench.line(1, 'a/audio', audio);
    const { made } = bench.mixer();
    for (let i = 0; i < 150; i++) {
      made.write({ ...emptyFrame(), slot: 1, timestamp: i * 160, payload: new Uint8Array(160) });
      bench.engine.drain();
      bench.clock.advance(20);
    }
    const [sr] = bench.control(1, 'sr');
    assert.ok(sr);
    const sentAt = bench.sent.find((sent) => sent.rtcp?.[0] === sr)!.at;
    const answeredAt = bench.clock.now();
    bench.clock.advance(80);
    const report = {
      ssrc: 1,
      fractionLost: 128,
      cumulativeLost: 9,
      highestSeq: 0,
      jitter: 0,
      lastSr: ntpMiddle(sr.ntp),
      delaySinceLastSr: Math.round(((answeredAt - sentAt) * 65536) / 1000),
    };
    bench.rtcp(1, [{ type: 'rr', ssrc: 100, reports: [report] }]);
    const stats = bench.stats(1);
    assert.equal(stats.lossOut, 0.5);
    assert.ok(Math.abs((stats.roundTripMs ?? 0) - 80) < 0.1, String(stats.roundTripMs));
    assert.equal(stats.packetsOut, 150);
    assert.equal(stats.bytesOut, 150 * 172);
    assert.ok(Math.abs(stats.kbpsOut - 68.8) < 5, String(stats.kbpsOut));
  });

  it('map the sound of the mixer to our clock', async () => {
    await bench.line(1, 'a/audio', audio);
    const { made } = bench.mixer();
    for (let i = 0; i < 150; i++) {
      made.write({ ...emptyFrame(), slot: 1, timestamp: i * 160, payload: slice });
      bench.engine.drain();
      bench.clock.advance(20);
    }
    const [sr] = bench.control(1, 'sr');
    assert.ok(sr);
    const media = bench.sent.filter((sent) => sent.rtp);
    const last = media.findLast((sent) => sent.at <= fromNtp(sr.ntp) - bench.clock.wall() + bench.clock.now())!;
    const wall = bench.clock.wall() - bench.clock.now() + last.at;
    assert.ok(Math.abs(instant(sr, last.rtp!.timestamp, 8000) - wall) < 1);
  });

  /**
   * One person with a clock of its own (an hour off, 100 ppm slow) speaks and moves at the same instants; sound takes
   * `soundMs` to us, pictures `pictureMs`; a mixer of `mixMs` passes the sound on. Returns how far a receiver that
   * goes by our sender reports is off, ms (positive: sound late).
   */
  async function lips(soundMs: number, pictureMs: number, mixMs: number, videoReports = true): Promise<number> {
    await bench.line(1, 'a/audio', audio);
    await bench.line(2, 'a/video', video);
    await bench.line(3, 'b/audio', audio);
    await bench.line(4, 'b/video', video);
    bench.route(4, 2);
    const { made, heard } = bench.mixer();
    const frame = emptyFrame();
    const theirWall = (now: number): number => bench.clock.wall() - bench.clock.now() + now * 0.9999 + 3_600_000;
    const events: { at: number; run: () => void }[] = [];
    const soundOf = new Map<number, number>();
    let mixed = 0;
    for (let now = 0; now < 12_000; now += 20) {
      const ticks = Math.round(now * 0.9999 * 8);
      events.push({ at: now + soundMs, run: () => bench.rtp(1, { pt: 0, seq: now / 20, timestamp: ticks }, slice) });
      events.push({
        at: now + soundMs + mixMs,
        run: () => {
          heard.read(frame);
          soundOf.set(now, mixed * 160);
          made.write({ ...emptyFrame(), slot: 3, timestamp: mixed++ * 160, payload: slice });
          bench.engine.drain();
        },
      });
      const picture = Math.round(now * 0.9999 * 90);
      const nal = now % 1000 === 0 ? keyframe : slice;
      if (now % 40 === 0)
        events.push({
          at: now + pictureMs,
          run: () => bench.rtp(2, { pt: 97, seq: now / 40, timestamp: picture }, nal),
        });
      if (now % 3000 === 1000) {
        const sr = { type: 'sr' as const, ntp: toNtp(theirWall(now)), packets: 1, octets: 1, reports: [] };
        events.push({ at: now + soundMs, run: () => bench.rtcp(1, [{ ...sr, ssrc: 100, rtp: ticks }]) });
        if (videoReports)
          events.push({ at: now + pictureMs, run: () => bench.rtcp(2, [{ ...sr, ssrc: 200, rtp: picture }]) });
      }
    }
    events.sort((x, y) => x.at - y.at);
    for (const event of events) {
      bench.clock.advance(event.at - bench.clock.now());
      event.run();
    }
    const soundReport = bench.control(3, 'sr').at(-1)!;
    const pictureReport = bench.control(4, 'sr').at(-1)!;
    // The last second's instants, as a receiver of both streams would place them.
    const shown = 11_000;
    const soundStart = bench.media(3)[0]!.timestamp;
    const sound = instant(soundReport, (soundStart + soundOf.get(shown)!) >>> 0, 8000);
    const forwarded = bench.sent.filter((sent) => sent.fromPort === 4000 && sent.rtp && sent.at === shown + pictureMs);
    const picture = instant(pictureReport, forwarded[0]!.rtp!.timestamp, 90_000);
    return sound - picture;
  }

  for (const [sound, picture, mix] of [
    [20, 20, 40],
    [20, 300, 40],
    [150, 30, 25],
    [5, 80, 60],
  ] as const)
    it(`keep lips in sync: sound ${sound} ms, picture ${picture} ms, mixer ${mix} ms`, async () => {
      const skew = await lips(sound, picture, mix);
      assert.ok(Math.abs(skew) <= 40, String(skew));
    });

  it('go by arrival where the picture has no sender reports', async () => {
    const skew = await lips(20, 20, 30, false);
    assert.ok(Math.abs(skew) <= 40, String(skew));
  });
});

/** Wall-clock ms that a sender report gives for a timestamp. */
function instant(report: SenderReport, timestamp: number, clock: number): number {
  return fromNtp(report.ntp) + (tsDelta(timestamp, report.rtp) * 1000) / clock;
}
