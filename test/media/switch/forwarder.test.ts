import assert from 'node:assert/strict';
import { Forwarder } from '../../../src/media/switch/forwarder.js';
import { choosePayload } from '../../../src/media/switch/payload-type.js';
import { VideoSource } from '../../../src/media/switch/source.js';
import type { Format } from '../../../src/media/vocabulary.js';
import { h264, idr, pps, slice, sps } from '../io/peer.js';

/** A receiver with two sources `a` and `b`; what it sends is written as `pt/seq/timestamp(NAL types)!marker`. */
class Bench {
  readonly sent: string[] = [];
  readonly reasons: (string | null)[] = [];
  readonly wanted = { a: 0, b: 0 };
  readonly a: VideoSource = new VideoSource(1, () => this.wanted.a++);
  readonly b: VideoSource = new VideoSource(2, () => this.wanted.b++);
  now = 0;
  readonly forwarder = new Forwarder(
    {
      send: (pt, marker, seq, timestamp, payload) =>
        this.sent.push(`${pt}/${seq}/${timestamp}(${payload[0]! & 0x1f}${marker ? '!' : ''})`),
      unforwardable: (reason) => this.reasons.push(reason),
    },
    9,
    0,
  );

  constructor(formats: Format[] = [h264(109)], source: Format[] = [h264(97)]) {
    this.a.describe(source);
    this.b.describe(source);
    this.forwarder.describe(formats, true);
  }

  input(source: VideoSource, seq: number, timestamp: number, payload: Uint8Array, marker = true): this {
    if (source.input(97, seq, timestamp, marker, payload)) this.forwarder.input(source, this.now);
    return this;
  }

  take(): string[] {
    return this.sent.splice(0);
  }
}

const stap = Uint8Array.of(24, 0, 4, ...sps, 0, 3, ...pps, 0, 4, ...idr);
const fu = (header: number, ...more: number[]): Uint8Array => Uint8Array.of(0x7c, header, ...more);

describe('forwarder', () => {
  it('begins with a keyframe, and asks for it once routed', () => {
    const bench = new Bench();
    bench.forwarder.route(bench.a, 0);
    assert.equal(bench.wanted.a, 1);
    bench.input(bench.a, 1, 1000, slice).input(bench.a, 2, 4000, stap).input(bench.a, 3, 7000, slice);
    assert.deepEqual(bench.take(), ['109/10/3000(24!)', '109/11/6000(1!)']);
  });

  it('begins with the parameter sets of the picture', () => {
    const bench = new Bench();
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 1, 1000, sps, false).input(bench.a, 2, 1000, pps, false).input(bench.a, 3, 1000, idr);
    assert.deepEqual(bench.take(), ['109/10/3000(7)', '109/11/3000(8)', '109/12/3000(5!)']);
  });

  it('does not begin with a keyframe whose beginning was lost, but with the next whole one', () => {
    const bench = new Bench();
    bench.forwarder.route(bench.a, 0);
    // its parameter sets came before anybody listened
    bench
      .input(bench.a, 2, 1000, fu(0x85, 1), false)
      .input(bench.a, 3, 1000, fu(0x45, 2))
      .input(bench.a, 4, 4000, slice);
    bench.input(bench.a, 5, 7000, idr);
    assert.deepEqual(bench.take(), []);
    bench.input(bench.a, 6, 10_000, stap).input(bench.a, 7, 13_000, slice);
    assert.deepEqual(bench.take(), ['109/10/3000(24!)', '109/11/6000(1!)']);
    // of a source whose sets are described, the first that came was the second half of a picture
    bench.b.describe([h264(97, 1, [sps, pps])]);
    bench.forwarder.route(bench.b, 0);
    bench.input(bench.b, 9, 500, fu(0x05, 1), false).input(bench.b, 10, 500, idr);
    assert.equal(bench.forwarder.source, bench.a);
    bench.input(bench.b, 11, 3500, idr);
    assert.equal(bench.forwarder.source, bench.b);
  });

  it('goes over at the keyframe of the new source, without a step back', () => {
    const bench = new Bench();
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 100, 90_000, stap);
    bench.forwarder.route(bench.b, 0);
    assert.equal(bench.wanted.b, 1);
    bench.now = 100;
    bench.input(bench.b, 7, 5, slice).input(bench.a, 101, 99_000, slice).input(bench.b, 8, 3005, stap);
    bench.input(bench.a, 102, 102_000, slice).input(bench.b, 9, 6005, slice);
    assert.deepEqual(bench.take(), ['109/10/3000(24!)', '109/11/12000(1!)', '109/12/15000(24!)', '109/13/18000(1!)']);
    assert.equal(bench.forwarder.source, bench.b);
  });

  it('stops the old source after two seconds without a keyframe of the new one', () => {
    const bench = new Bench();
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 1, 0, stap);
    bench.forwarder.route(bench.b, 0);
    bench.now = 1999;
    bench.input(bench.a, 2, 3000, slice);
    bench.now = 2001;
    bench.input(bench.a, 3, 6000, slice).input(bench.a, 4, 9000, stap);
    assert.equal(bench.take().length, 2);
    bench.now = 3000;
    bench.input(bench.b, 50, 0, stap);
    assert.equal(bench.take().length, 1);
  });

  it('comes back to the old source when routed back meanwhile, and stops when told', () => {
    const bench = new Bench();
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 1, 0, stap);
    bench.forwarder.route(bench.b, 0);
    bench.forwarder.route(bench.a, 0);
    bench.now = 5000;
    bench.input(bench.a, 2, 3000, slice).input(bench.b, 1, 0, stap);
    assert.equal(bench.take().length, 2);
    bench.forwarder.route(null, 5000);
    bench.input(bench.a, 3, 6000, slice);
    assert.equal(bench.take().length, 0);
  });

  it('waits for a keyframe again when the source starts anew or the receiver returns from hold', () => {
    const bench = new Bench();
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 1, 0, stap);
    bench.a.restart();
    bench.input(bench.a, 4000, 0, slice).input(bench.a, 4001, 3000, stap);
    assert.deepEqual(bench.take(), ['109/10/3000(24!)', '109/11/6000(24!)']);
    assert.equal(bench.wanted.a, 2);
    bench.forwarder.describe([h264(109)], false);
    bench.input(bench.a, 4002, 6000, slice);
    bench.forwarder.describe([h264(109)], true);
    assert.equal(bench.wanted.a, 3);
    bench.input(bench.a, 4003, 9000, slice).input(bench.a, 4004, 12_000, stap);
    assert.deepEqual(bench.take(), ['109/12/9000(24!)']);
  });

  it('puts parameter sets known from the description before each bare IDR', () => {
    const bench = new Bench([h264(109)], [h264(97, 1, [sps, pps])]);
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 1, 0, idr, false).input(bench.a, 2, 0, idr).input(bench.a, 3, 3000, slice);
    assert.deepEqual(bench.take(), [
      '109/10/3000(7)',
      '109/11/3000(8)',
      '109/12/3000(5)',
      '109/13/3000(5!)',
      '109/14/6000(1!)',
    ]);
    bench.input(bench.a, 4, 6000, idr);
    assert.deepEqual(bench.take(), ['109/15/9000(7)', '109/16/9000(8)', '109/17/9000(5!)']);
    bench.input(bench.a, 5, 9000, stap).input(bench.a, 6, 12_000, slice);
    assert.deepEqual(bench.take(), ['109/18/12000(24!)', '109/19/15000(1!)']);
  });

  it('uses no number twice when the source jumps ahead to a bare IDR, and goes on by the time passed', () => {
    const bench = new Bench([h264(109)], [h264(97, 1, [sps, pps])]);
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 1, 1000, idr).input(bench.a, 2, 4000, slice).take();
    bench.now = 1000;
    bench.input(bench.a, 20_000, 500, idr).input(bench.a, 20_001, 3500, slice);
    assert.deepEqual(bench.take(), ['109/14/96000(7)', '109/15/96000(8)', '109/16/96000(5!)', '109/17/99000(1!)']);
  });

  it('repeats parameter sets that came in band once', () => {
    const bench = new Bench();
    const other = Uint8Array.of(0x67, 1);
    bench.input(bench.a, 1, 0, sps).input(bench.a, 2, 0, pps).input(bench.a, 3, 5, other);
    assert.deepEqual(bench.a.sets.list, [other]);
    bench.input(bench.a, 4, 5, pps);
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 5, 3000, idr);
    assert.deepEqual(bench.take(), ['109/10/3000(7)', '109/11/3000(8)', '109/12/3000(5!)']);
  });

  it('splits STAP-A and joins short FU-A for a receiver of mode 0', () => {
    const bench = new Bench([h264(108, 0)]);
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 1, 0, stap);
    assert.deepEqual(bench.take(), ['108/10/3000(7)', '108/11/3000(8)', '108/12/3000(5!)']);
    bench.input(bench.a, 2, 3000, fu(0x81, 1, 1), false).input(bench.a, 3, 3000, fu(0x01, 2), false);
    bench.input(bench.a, 4, 3000, fu(0x41, 3)).input(bench.a, 5, 6000, slice);
    assert.deepEqual(bench.take(), ['108/13/6000(1!)', '108/14/9000(1!)']);
    // A lost piece leaves its hole, the rest of the NAL unit goes.
    bench
      .input(bench.a, 6, 9000, fu(0x81, 1, 1), false)
      .input(bench.a, 8, 9000, fu(0x41, 3))
      .input(bench.a, 9, 12_000, slice);
    assert.deepEqual(bench.take(), ['108/16/15000(1!)']);
    assert.deepEqual(bench.reasons, []);
  });

  it('joins the pieces of an IDR without parameter sets for a receiver of mode 0', () => {
    const bench = new Bench([h264(108, 0)], [h264(97, 1, [sps, pps])]);
    bench.forwarder.route(bench.a, 0);
    bench
      .input(bench.a, 1, 0, fu(0x85, 1, 1), false)
      .input(bench.a, 2, 0, fu(0x45, 2))
      .input(bench.a, 3, 3000, slice);
    assert.deepEqual(bench.take(), ['108/10/3000(7)', '108/11/3000(8)', '108/12/3000(5!)', '108/13/6000(1!)']);
  });

  it('says once that fragments are too long for mode 0, and takes it back', () => {
    const bench = new Bench([h264(108, 0)], [h264(97, 1, [sps, pps])]);
    const slices = (): string[] => bench.take().filter((packet) => !/\([78]/.test(packet));
    const long = new Array<number>(800).fill(7);
    bench.forwarder.route(bench.a, 0);
    for (let picture = 0; picture < 2; picture++) {
      const seq = picture * 5;
      const at = picture * 3000;
      bench.input(bench.a, seq, at, fu(0x85, ...long), false).input(bench.a, seq + 1, at, fu(0x05, ...long), false);
      bench.input(bench.a, seq + 2, at, fu(0x45, 1)).input(bench.a, seq + 3, at + 1000, slice);
      bench.input(bench.a, seq + 4, at + 2000, fu(0x81, ...long), false);
    }
    assert.deepEqual(slices(), []);
    assert.equal(bench.reasons.length, 1);
    assert.match(bench.reasons[0] ?? '', /packetization mode 0/);
    bench.input(bench.a, 10, 9000, idr).input(bench.a, 11, 12_000, slice);
    assert.deepEqual(slices().length, 2);
    assert.deepEqual(bench.reasons.slice(1), [null]);
  });

  it('says that a receiver takes no H.264', () => {
    const bench = new Bench([]);
    bench.forwarder.route(bench.a, 0);
    bench.input(bench.a, 1, 0, stap);
    bench.forwarder.describe([h264(120)], true);
    bench.input(bench.a, 2, 3000, stap);
    assert.deepEqual(bench.reasons, ['the receiver takes no H.264', null]);
    assert.equal(bench.take().length, 1);
  });
});

describe('payload type choice', () => {
  const high = { ...h264(100), profileIdc: 0x64, profileIop: 0 };
  it('prefers mode 1, then the same profile, then the order', () => {
    assert.equal(choosePayload(h264(1), [h264(20, 0), h264(21), high])?.pt, 21);
    assert.equal(choosePayload(high, [h264(21), high])?.pt, 100);
    assert.equal(choosePayload(high, [h264(20, 0), h264(21)])?.pt, 21);
    assert.equal(choosePayload(null, [h264(30), h264(31)])?.pt, 30);
    assert.equal(choosePayload(h264(1), [h264(20, 0)])?.pt, 20);
    assert.equal(choosePayload(h264(1), []), null);
  });
});
