import assert from 'node:assert/strict';
import { Forwarder } from '../../../src/media/switch/forwarder.js';
import { VideoSource } from '../../../src/media/switch/source.js';
import { decodePictures, encodeClip } from '../../media/support/clip.js';
import { nalsOf } from '../../media/support/lossy-peers.js';
import { packetizeH264 } from '../../../scripts/endpoint/rtp/packetize.js';
import { h264 } from '../io/peer.js';

const fps = 15;

interface Sent {
  at: number;
  seq: number;
  timestamp: number;
  marker: boolean;
  payload: Uint8Array;
}

/** A source of real pictures and one receiver that takes so much. */
function run(clip: readonly Buffer[][], kbps: number | null, seconds: number, lose: readonly number[] = []) {
  const sent: Sent[] = [];
  const reasons: (string | null)[] = [];
  const asked: number[] = [];
  let now = 0;
  let at = 0;
  const source: VideoSource = new VideoSource(1, () => {
    asked.push(now);
    at = 0;
  });
  source.describe([h264(97)]);
  const forwarder = new Forwarder(
    {
      send: (_pt, marker, seq, timestamp, payload) => sent.push({ at: now, seq, timestamp, marker, payload }),
      unforwardable: (reason) => reasons.push(reason),
    },
    65_000,
    0,
  );
  forwarder.describe([h264(109)], true, false);
  forwarder.route(source, 0);
  forwarder.thinner.limit(kbps, 0);
  let seq = 0;
  const late: (() => void)[] = [];
  const pictures = seconds * fps;
  for (let n = 0; n < pictures; n++) {
    now = Math.round((n * 1000) / fps);
    if (at === clip.length) at = 0;
    const payloads = packetizeH264(clip[at++]!, 1, 1100);
    payloads.forEach((payload, i) => {
      const own = seq++;
      const arrive = (): void => {
        source.input(97, own & 0xffff, n * 6000, i === payloads.length - 1, payload);
        forwarder.input(source, now);
      };
      if (lose.includes(own)) late.push(arrive);
      else arrive();
    });
    for (const arrive of late.splice(0)) arrive();
    forwarder.tick(now);
  }
  const whole = [...new Set(sent.map(({ timestamp }) => timestamp))]
    .map((timestamp) => sent.filter((one) => one.timestamp === timestamp && one.payload.length > 0))
    .filter((packets) => packets.length > 0)
    .map((packets) => packets.sort((a, b) => ((a.seq - b.seq) << 16) >> 16));
  return { sent, whole, reasons, asked, pictures, kbps: rateOf(sent, seconds), left: forwarder.thinner.left };
}

function rateOf(sent: readonly Sent[], seconds: number): number {
  return sent.reduce((sum, { payload }) => sum + (payload.length + 40) * 8, 0) / 1000 / seconds;
}

function assertWithoutHoles(sent: readonly Sent[]): void {
  const seqs = sent.map(({ seq }) => ((seq - sent[0]!.seq) & 0xffff) + 0);
  assert.deepEqual(
    [...seqs].sort((a, b) => a - b),
    seqs.map((_, i) => i),
    'no hole, nothing twice',
  );
}

describe('thinner', function () {
  this.timeout(30_000);
  let layered: Buffer[][];
  let plain: Buffer[][];
  before(() => {
    layered = encodeClip({ size: '640x360', fps, seconds: 20, kbps: 1200, layers: true });
    plain = encodeClip({ size: '640x360', fps, seconds: 20, kbps: 1200 });
  });

  it('lets everything through where nothing is stated, or enough', () => {
    for (const kbps of [null, 2000]) {
      const { whole, left, asked, reasons, pictures } = run(plain, kbps, 20);
      assert.deepEqual([whole.length, left, asked.length, reasons], [pictures, 0, 1, []]);
    }
  });

  it('leaves out pictures that no other needs, and what is left decodes', () => {
    const { sent, whole, left, kbps, reasons, asked, pictures } = run(layered, 900, 20);
    assert.ok(kbps <= 900 * 1.1, `${kbps}`);
    assert.ok(left > 20 && left < pictures / 2, `${left}`);
    assertWithoutHoles(sent);
    const { shown, complaints } = decodePictures(whole.map((packets) => nalsOf(packets)));
    assert.deepEqual([shown, complaints], [whole.length, '']);
    assert.deepEqual([reasons, asked.length], [[], 1], 'nobody else is disturbed');
  });

  it('sends one that takes far less single stretches from keyframes on, and says so', () => {
    const { sent, whole, left, kbps, reasons, asked } = run(plain, 512, 60);
    assert.ok(kbps <= 512 * 1.15, `${kbps}`);
    assert.ok(left > 100);
    assertWithoutHoles(sent);
    const { shown, complaints } = decodePictures(whole.map((packets) => nalsOf(packets)));
    assert.deepEqual([shown, complaints], [whole.length, '']);
    assert.match(reasons[0] ?? '', /takes less/);
    assert.ok(
      asked.every((at, i) => i === 0 || at - asked[i - 1]! >= 5000),
      asked.join(),
    );
    const times = whole.map((packets) => packets[0]!.at);
    const gaps = times.map((at, i) => at - (times[i - 1] ?? 0));
    assert.ok(Math.max(...gaps) <= 6000, `${Math.max(...gaps)}`);
  });

  it('leaves no hole for a packet of a picture that was left out and comes late', () => {
    const first = run(plain, 512, 12);
    const lose = Array.from({ length: 300 }, (_, i) => 100 + i * 7);
    const second = run(plain, 512, 12, lose);
    assert.ok(first.left > 0 && second.left > 0);
    assertWithoutHoles(second.sent);
    assert.ok(second.sent.some(({ payload }) => payload.length === 0));
  });

  it('takes everything up again when the receiver takes more', () => {
    const { forwarder, source } = {
      forwarder: new Forwarder(silent, 1, 1),
      source: new VideoSource(1, () => undefined),
    };
    forwarder.route(source, 0);
    forwarder.thinner.limit(100, 0);
    forwarder.thinner.limit(null, 1000);
    assert.equal(forwarder.thinner.wantsKeyframe(9000), false);
  });
});

const silent = { send: () => undefined, unforwardable: () => undefined };
