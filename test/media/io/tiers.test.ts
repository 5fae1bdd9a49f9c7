import assert from 'node:assert/strict';
import { seqDelta, tsDelta } from '../../../src/protocol/rtp/sequence.js';
import { encodeClip } from '../support/clip.js';
import { ClipSender } from '../support/lossy-peers.js';
import { EngineBench } from './engine-bench.js';
import { h264 } from './peer.js';

const base = { receive: [h264(97)], send: [h264(97)] };
const browser = { pli: true, fir: false, nack: false, remb: true };
const fps = 15;
/** Lines of the bench: full and low encoding of one picture, a receiver that takes all, one that takes 512 kbit/s. */
const [full, low, strong, weak] = [1, 2, 3, 4];

describe('a picture in two encodings', function () {
  this.timeout(30_000);
  let clips: { full: Buffer[][]; low: Buffer[][] };
  let bench: EngineBench;
  /** Which sender each payload came from. */
  let origins: Map<string, number>;
  let senders: Map<number, ClipSender>;

  before(() => {
    const whole = encodeClip({ size: '640x360', fps, seconds: 10, kbps: 1200 });
    clips = { full: whole, low: encodeClip({ size: '320x180', fps, seconds: 10, kbps: 300 }) };
  });

  beforeEach(async () => {
    bench = new EngineBench();
    origins = new Map();
    senders = new Map([
      [full, sender(full, clips.full)],
      [low, sender(low, clips.low)],
    ]);
    await bench.line(full, 'w/video', { ...base, feedback: browser });
    await bench.line(strong, 's/video', base);
    await bench.line(weak, 'k/video', { ...base, maxKbps: 512 });
    describeLow(null, true);
    bench.route(strong, full);
    bench.route(weak, full);
  });

  afterEach(() => {
    bench.engine.handle({ type: 'stop' });
    assert.equal(bench.clock.pending, 0);
  });

  function sender(slot: number, clip: Buffer[][]): ClipSender {
    return new ClipSender(clip, { pt: 97, mode: 1, fps, resends: false }, (packet) => {
      origins.set(Buffer.from(packet.payload).toString('latin1'), slot);
      bench.rtp(slot, packet, packet.payload);
    });
  }

  function describeLow(slot: number | null, possible = true): void {
    bench.engine.handle({ type: 'low', slot: full, low: slot, possible });
  }

  /** The peer answers the wish: the line of the low encoding comes. */
  async function lowComes(): Promise<void> {
    await bench.line(low, 'w/lowVideo', {
      ...base,
      feedback: { ...browser, remb: false },
      direction: 'recvonly',
      held: true,
    });
    describeLow(low);
  }

  function play(seconds: number, slots: readonly number[]): void {
    bench.onSent = ({ fromPort, rtcp }) => {
      if (rtcp?.some(({ type }) => type === 'pli')) senders.get(Math.floor(fromPort / 1000))?.keyframe();
    };
    for (let i = 0; i < seconds * fps; i++) {
      for (const slot of slots) senders.get(slot)!.next();
      bench.clock.advance(1000 / fps);
    }
    bench.onSent = null;
  }

  const wishes = (): unknown[] => bench.named(full, 'lowWanted').map((value) => (value as { kbps: unknown }).kbps);
  const tiers = (slot: number): unknown[] => bench.named(slot, 'tier').map((value) => (value as { low: unknown }).low);
  /** Where what the receiver was sent came from, without repetitions. */
  const sources = (slot: number): number[] =>
    bench
      .media(slot)
      .map(({ payload }) => origins.get(payload.toString('latin1')) ?? 0)
      .filter((origin, i, all) => origin !== all[i - 1]);

  it('is asked for, goes to who takes less from its keyframe on, and costs the other nothing', async () => {
    play(3, [full]);
    assert.deepEqual(wishes(), [512]);
    assert.deepEqual(tiers(weak), []);
    await lowComes();
    play(6, [full, low]);
    assert.deepEqual(tiers(weak), [true]);
    assert.equal(bench.stats(weak).lowOut, true);
    assert.deepEqual(sources(weak), [full, low], 'never a packet of both in turn');
    assert.deepEqual(sources(strong), [full]);
    assert.equal(bench.stats(strong).packetsOut, bench.stats(full).packetsIn, 'every packet');
    assert.equal(bench.stats(strong).thinnedOut, 0);
    assert.deepEqual(bench.named(weak, 'unforwardable'), [], 'nothing else was tried');
  });

  it('is one stream to the receiver: numbers without a hole, times that go on, a keyframe first of each', async () => {
    play(3, [full]);
    await lowComes();
    play(5, [full, low]);
    bench.update(weak, { ...base, maxKbps: null });
    play(5, [full, low]);
    assert.deepEqual(sources(weak), [full, low, full]);
    assert.deepEqual(tiers(weak), [true, false]);
    const sent = bench.media(weak);
    for (const [i, packet] of sent.entries()) {
      const before = sent[i - 1];
      if (!before) continue;
      assert.equal(seqDelta(packet.seq, before.seq), 1, `packet ${i}`);
      const step = tsDelta(packet.timestamp, before.timestamp);
      assert.ok(step >= 0 && step <= 180_000, `packet ${i}: ${step}`);
      const origin = (one: typeof packet): number => origins.get(one.payload.toString('latin1')) ?? 0;
      if (origin(packet) === origin(before)) continue;
      assert.ok([7, 24].includes(packet.payload[0]! & 0x1f), 'parameter sets and IDR begin it');
      assert.ok(step > 0 && before.marker, 'between whole pictures');
    }
  });

  it('goes on with the full one as long as the low one has no keyframe', async () => {
    play(3, [full]);
    await lowComes();
    // it comes without its beginning, and nothing that is asked of it is heard
    const mute = senders.get(low)!;
    for (let i = 0; i < 20; i++) mute.next();
    mute.keyframe = () => undefined;
    const before = bench.media(weak).length;
    play(6, [full, low]);
    assert.ok(bench.media(weak).length > before, 'the full one goes on, thinned');
    assert.deepEqual(tiers(weak), []);
  });

  it('ends with its wish when nobody needs it, and is had at once when the next who is weak comes', async () => {
    play(3, [full]);
    await lowComes();
    play(5, [full, low]);
    bench.route(weak, null);
    play(5, [full, low]);
    bench.route(weak, full);
    const from = bench.media(weak).length;
    play(2, [full, low]);
    assert.deepEqual(wishes(), [512], 'still on');
    const next = bench.media(weak).slice(from);
    assert.ok(
      next.every(({ payload }) => origins.get(payload.toString('latin1')) === low),
      'from the first picture on',
    );
    bench.route(weak, null);
    play(12, [full, low]);
    assert.deepEqual(wishes(), [512, null]);
  });

  it('falls back to the full one when the line goes, or when nothing comes on it', async () => {
    play(3, [full]);
    await lowComes();
    play(4, [full, low]);
    play(8, [full]);
    assert.deepEqual(tiers(weak), [true, false]);
    await bench.line(5, 'x/video', { ...base, maxKbps: 512 });
    bench.route(5, full);
    play(3, [full, low]);
    assert.equal(sources(5).at(-1), low);
    bench.engine.handle({ type: 'close', slot: low });
    describeLow(null, false);
    play(3, [full]);
    assert.equal(sources(5).at(-1), full);
  });

  it('is not waited for without end: then the receiver is told what it lacks', () => {
    play(25, [full]);
    assert.match((bench.named(weak, 'unforwardable')[0] as { reason: string }).reason, /takes less/);
  });

  it('is not asked of who cannot give it', () => {
    describeLow(null, false);
    play(5, [full]);
    assert.deepEqual(wishes(), []);
    assert.match((bench.named(weak, 'unforwardable')[0] as { reason: string }).reason, /takes less/);
  });

  it('counts in what a browser is told it may send, all in all', async () => {
    play(3, [full]);
    await lowComes();
    play(6, [full, low]);
    const told = bench.control(full, 'remb').map(({ bps }) => bps / 1000);
    assert.equal(told.at(-1), 4000 + 512);
    assert.deepEqual(bench.control(low, 'remb'), []);
  });

  it('is wanted for a receiver whose level takes smaller pictures only, at a rate that makes them small', async () => {
    bench.update(weak, { ...base, send: [{ ...h264(97), levelIdc: 13, maxFs: 396, maxMbps: 11_880 }] });
    play(3, [full]);
    assert.deepEqual(wishes(), [240]);
    await lowComes();
    play(6, [full, low]);
    assert.deepEqual(tiers(weak), [true]);
    assert.deepEqual(bench.named(weak, 'unforwardable'), [], 'nothing else was tried');
    play(20, [full, low]);
    assert.equal(sources(weak).at(-1), low);
  });

  it('splits what a call takes between content and the main picture', async () => {
    await bench.line(6, 'w/content', { ...base, feedback: browser });
    bench.engine.handle({ type: 'low', slot: 6, low: null, possible: true });
    await bench.line(7, 'k/content', { ...base, callKbps: 512 });
    bench.update(weak, { ...base, callKbps: 512 });
    await bench.line(8, 's/content', base);
    bench.route(7, 6);
    bench.route(8, 6);
    senders.set(6, sender(6, clips.full));
    play(4, [full, 6]);
    assert.equal(wishes().at(-1), 134);
    assert.deepEqual(bench.named(6, 'lowWanted'), [{ kbps: 314 }]);
  });
});
