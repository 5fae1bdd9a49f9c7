import assert from 'node:assert/strict';
import type { LineParams } from '../../../src/media/plane.js';
import { FecRecovery } from '../../../src/protocol/rtp/fec-recovery.js';
import { encodeFec } from '../../../src/protocol/rtp/ulpfec.js';
import { kept, packet } from '../../protocol/rtp/fec-support.js';
import { EngineBench } from './engine-bench.js';
import { h264, keyframe, slice } from './peer.js';

const keyframesOnly = { pli: true, fir: false, nack: false, remb: false };
const able = { ...keyframesOnly, nack: true };
const numbers = { red: 116, ulpfec: 117 };
const fec = { fec: { receive: numbers, send: numbers } };
const formats = { receive: [h264(97)], send: [h264(97)] };

/** Line 1 is the source, line 2 gets its picture. */
async function bench(source: Partial<LineParams>, sink: Partial<LineParams> = {}): Promise<EngineBench> {
  const made = new EngineBench();
  await made.line(1, 'a/video', { ...formats, feedback: keyframesOnly, ...source });
  await made.line(2, 'b/video', { ...formats, feedback: keyframesOnly, ...sink });
  made.route(2, 1);
  return made;
}

interface Sample {
  seq: number;
  marker: boolean;
  timestamp: number;
  payload: Uint8Array;
}
const media = (seq: number, timestamp: number, payload: Uint8Array = slice, marker = true): Sample => {
  return { seq, marker, timestamp, payload };
};
/** FEC of one packet for all of `some`. */
const protection = (some: readonly Sample[]): Uint8Array => {
  const packets = some.map((one) => kept(packet(one.seq, one.marker, one.timestamp, one.payload)));
  return encodeFec(
    some[0]!.seq,
    packets.map(({ seq }) => seq - some[0]!.seq),
    packets,
  );
};
const red = (pt: number, payload: Uint8Array): Buffer => Buffer.concat([Buffer.of(pt), payload]);
const arrive = (to: EngineBench, one: Sample): void => to.rtp(1, { ...one, pt: 116 }, red(97, one.payload));
const arriveFec = (to: EngineBench, seq: number, some: readonly Sample[]): void =>
  to.rtp(1, { pt: 116, seq, timestamp: some.at(-1)!.timestamp, marker: false }, red(117, protection(some)));
const out = (from: EngineBench): string[] =>
  from.media(2).map(({ seq, payload }) => `${(seq - from.media(2)[0]!.seq) & 0xffff} ${payload.toString('hex')}`);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const other = Uint8Array.of(0x41, 9, 9, 9, 9);

describe('a source with FEC', () => {
  it('is understood wrapped and unwrapped; FEC leaves no hole where it was', async () => {
    const to = await bench(fec);
    const first = media(10, 0, keyframe);
    arrive(to, first);
    arriveFec(to, 11, [first]);
    to.rtp(1, { pt: 97, seq: 12, timestamp: 3000 }, slice);
    to.rtp(1, { pt: 117, seq: 13, timestamp: 3000, marker: false }, protection([media(12, 3000)]));
    to.rtp(1, { pt: 116, seq: 14, timestamp: 6000 }, red(97, other));
    assert.deepEqual(out(to), [`0 ${hex(keyframe)}`, `1 ${hex(slice)}`, `2 ${hex(other)}`]);
    assert.ok(to.media(2).every(({ pt }) => pt === 97));
  });

  it('has what it lost given back before anybody asks, in its place, and once only', async () => {
    const to = await bench({ ...fec, feedback: able });
    const [first, lost, next] = [media(10, 0, keyframe), media(11, 3000, other, false), media(12, 3000)];
    arrive(to, first);
    arrive(to, next);
    to.clock.advance(20);
    arriveFec(to, 13, [first, lost, next]);
    assert.deepEqual(out(to), [`0 ${hex(keyframe)}`, `2 ${hex(slice)}`, `1 ${hex(other)}`]);
    arrive(to, lost);
    to.clock.advance(300);
    arrive(to, media(14, 6000));
    to.clock.advance(300);
    assert.deepEqual(out(to).slice(3), [`3 ${hex(slice)}`], 'late, it is not sent a second time');
    assert.deepEqual([to.control(1, 'nack').length, to.control(1, 'pli').length], [0, 0]);
    assert.deepEqual([to.stats(1).recoveredIn, to.stats(1).lostIn], [1, 0], 'it came in the end');
  });

  it('is asked again when FEC does not help, a little later than else, and for a keyframe when nothing does', async () => {
    const to = await bench({ ...fec, feedback: able });
    const first = media(10, 0, keyframe);
    arrive(to, first);
    arriveFec(to, 11, [first]);
    arrive(to, media(12, 3000, slice, false));
    arrive(to, media(15, 6000));
    to.clock.advance(50);
    assert.equal(to.control(1, 'nack').length, 0);
    to.clock.advance(50);
    const lost = [{ pid: 13, mask: 1 }];
    assert.deepEqual(
      to.control(1, 'nack').map((nack) => nack.lost),
      [lost],
    );
    to.clock.advance(2000);
    assert.ok(to.control(1, 'pli').length > 0);
  });

  it('is not asked for FEC that was lost', async () => {
    const to = await bench({ ...fec, feedback: able });
    const first = media(10, 0, keyframe);
    arrive(to, first);
    // two FEC packets were behind it, one came
    arriveFec(to, 12, [first]);
    arrive(to, media(13, 3000));
    to.clock.advance(3000);
    assert.deepEqual(out(to), [`0 ${hex(keyframe)}`, `1 ${hex(slice)}`]);
    assert.deepEqual([to.control(1, 'nack').length, to.control(1, 'pli').length], [0, 0]);
  });

  it('may send again what was in RED, under a number of its own', async () => {
    const rtx = { rtx: { receive: [{ pt: 98, apt: 116 }], send: [] } };
    const to = await bench({ ...fec, ...rtx, feedback: able });
    arrive(to, media(10, 0, keyframe));
    arrive(to, media(12, 3000));
    const again = Buffer.concat([Buffer.of(0, 11), red(97, other)]);
    to.rtp(1, { pt: 98, seq: 500, timestamp: 3000, ssrc: 4711, marker: false }, again);
    assert.deepEqual(out(to), [`0 ${hex(keyframe)}`, `2 ${hex(slice)}`, `1 ${hex(other)}`]);
  });

  it('may send FEC beside media in one packet (RFC 5109 §14.1)', async () => {
    const to = await bench(fec);
    const [first, lost, next] = [media(10, 0, keyframe), media(11, 3000, other), media(12, 6000)];
    arrive(to, first);
    const beside = protection([first, lost]);
    const head = Buffer.of(0x80 | 117, 0, beside.length >> 8, beside.length & 255, 97);
    to.rtp(1, { ...next, pt: 116 }, Buffer.concat([head, beside, slice]));
    assert.deepEqual(out(to), [`0 ${hex(keyframe)}`, `2 ${hex(slice)}`, `1 ${hex(other)}`]);
  });

  it('is counted for what cannot be read, and harms nobody by it', async () => {
    const to = await bench(fec);
    arrive(to, media(10, 0, keyframe));
    to.rtp(1, { pt: 116, seq: 11, timestamp: 3000 }, Buffer.of(0x80 | 97, 0, 0));
    to.rtp(1, { pt: 116, seq: 11, timestamp: 3000 }, red(117, Uint8Array.of(1, 2, 3)));
    to.rtp(1, { pt: 116, seq: 12, timestamp: 3000 }, red(99, slice));
    to.rtp(1, { pt: 116, seq: 12, timestamp: 3000 }, red(116, red(97, slice)));
    arrive(to, media(12, 3000));
    assert.deepEqual(out(to), [`0 ${hex(keyframe)}`, `1 ${hex(slice)}`]);
    assert.deepEqual(to.drops.take(), { red_malformed: 1, fec_malformed: 1, unknown_payload_type: 2 });
  });

  it('may begin anew, and lose what it has when the line is described without FEC', async () => {
    const to = await bench(fec);
    arrive(to, media(10, 0, keyframe));
    to.clock.advance(400);
    const later = (one: Sample): void => to.rtp(1, { ...one, pt: 116, ssrc: 77 }, red(97, one.payload));
    later(media(9, 90_000, keyframe));
    later(media(10, 93_000));
    assert.deepEqual(
      out(to).map((line) => line.split(' ')[0]),
      ['0', '1', '2'],
    );
    to.update(1, { ...formats, feedback: keyframesOnly });
    later(media(11, 96_000));
    assert.equal(out(to).length, 3);
  });
});

describe('a receiver with FEC', () => {
  const report = (to: EngineBench, loss: number): void =>
    to.rtcp(2, [
      {
        type: 'rr',
        ssrc: 200,
        reports: [
          {
            ssrc: 2,
            fractionLost: loss * 256,
            cumulativeLost: 0,
            highestSeq: 0,
            jitter: 0,
            lastSr: 0,
            delaySinceLastSr: 0,
          },
        ],
      },
    ]);
  /** A picture of `n` packets. */
  const show = (to: EngineBench, seq: number, n: number): void => {
    for (let i = 0; i < n; i++)
      to.rtp(1, { pt: 97, seq: seq + i, timestamp: seq * 1000, marker: i === n - 1 }, Buffer.alloc(500 + i, 0x41));
  };

  it('is sent media as it is until it reports loss, then RED with FEC that is of it, in one row of numbers', async () => {
    const to = await bench({}, fec);
    to.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
    show(to, 2, 10);
    report(to, 0.004);
    show(to, 12, 10);
    assert.ok(to.media(2).every(({ pt }) => pt === 97));
    report(to, 0.05);
    show(to, 22, 12);
    report(to, 0.05);
    show(to, 34, 12);
    const sent = to.media(2).slice(21);
    assert.deepEqual([sent.filter(({ pt }) => pt !== 116).length, sent.length], [0, 32]);
    const first = to.media(2)[0]!.seq;
    to.media(2).forEach(({ seq }, i) => assert.equal((seq - first) & 0xffff, i));
    const plain = sent.map(({ payload, seq, marker, timestamp }) => {
      return {
        inner: payload[0]!,
        bytes: packet(seq, marker, timestamp, payload.subarray(1)),
        fec: payload.subarray(1),
      };
    });
    const lost = plain[4]!;
    const recovery = new FecRecovery();
    for (const one of plain) {
      if (one.inner === 117) recovery.protection(one.fec);
      else if (one !== lost) recovery.put(kept(one.bytes));
    }
    assert.deepEqual(recovery.next(0x11223344), lost.bytes);
    assert.equal(to.stats(2).protectionOut, 8);
    assert.deepEqual(to.stats(2).lossOut, 0.046875);
  });

  it('keeps one row of numbers when FEC ends, and is sent again what it asks for by them', async () => {
    const rtx = { rtx: { receive: [], send: [{ pt: 98, apt: 97 }] } };
    const to = await bench({}, { ...fec, ...rtx, feedback: able });
    to.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
    // far away: asking takes long
    to.clock.advance(2500);
    const { ntp } = to.control(2, 'sr').at(-1)!;
    const lastSr = (((ntp.seconds & 0xffff) << 16) | (ntp.fraction >>> 16)) >>> 0;
    to.clock.advance(400);
    const block = {
      ssrc: 2,
      fractionLost: 12,
      cumulativeLost: 0,
      highestSeq: 0,
      jitter: 0,
      lastSr,
      delaySinceLastSr: 0,
    };
    to.rtcp(2, [{ type: 'rr', ssrc: 200, reports: [block] }]);
    show(to, 2, 12);
    const protectedNow = to.media(2).at(-1)!;
    assert.equal(protectedNow.payload[0], 117);
    const wrapped = to.media(2)[5]!;
    for (const { seq } of [wrapped, protectedNow])
      to.rtcp(2, [{ type: 'nack', sender: 200, media: 2, lost: [{ pid: seq, mask: 0 }] }]);
    const [again, fecAgain] = to.media(2).slice(-2);
    // RED has no number of its own for that: media goes as it was before, FEC as it is
    assert.equal(again!.pt, 98);
    assert.deepEqual(
      again!.payload,
      Buffer.concat([Buffer.of(wrapped.seq >> 8, wrapped.seq & 255), wrapped.payload.subarray(1)]),
    );
    assert.deepEqual([fecAgain!.pt, fecAgain!.seq], [116, protectedNow.seq]);
    to.update(2, { ...formats, feedback: able });
    show(to, 14, 2);
    assert.deepEqual(
      to
        .media(2)
        .slice(-2)
        .map(({ pt, seq }) => [pt, (seq - protectedNow.seq) & 0xffff]),
      [
        [97, 1],
        [97, 2],
      ],
    );
  });

  it('is sent no FEC where asking is quick, nor to one that did not agree on it', async () => {
    for (const sink of [{ ...fec, feedback: able }, {}]) {
      const to = await bench({}, sink);
      to.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
      report(to, 0.1);
      show(to, 2, 10);
      assert.ok(to.media(2).every(({ pt }) => pt === 97));
      assert.equal(to.media(2).length, 11);
    }
  });

  for (const maxKbps of [1000, null])
    it(`has FEC counted in what it takes (${maxKbps ?? 'no bound'})`, async () => {
      const to = await bench({}, { ...fec, maxKbps });
      let seq = 1;
      for (let i = 0; i < 200; i++) {
        to.clock.advance(50);
        if (i % 10 === 0) to.rtp(1, { pt: 97, seq: seq++, timestamp: (seq - 1) * 1000, marker: false }, keyframe);
        if (i % 20 === 1) report(to, 0.05);
        show(to, seq, 12);
        seq += 12;
      }
      const sent = to.sent.filter(({ rtp, at }) => rtp?.ssrc === 2 && at > 5000);
      const protection = sent.filter(({ rtp }) => rtp!.payload[0] === 117).length;
      const kbps = sent.reduce((sum, { rtp }) => sum + (rtp!.payload.length + 40) * 8, 0) / 5000;
      assert.ok(protection > sent.length / 6, `${protection} of ${sent.length}`);
      if (maxKbps === null) assert.ok(kbps > 1250, `${kbps}`);
      else assert.ok(kbps > 700 && kbps < 1030, `${kbps}`);
    });
});
