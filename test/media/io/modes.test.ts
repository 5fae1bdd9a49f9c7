import assert from 'node:assert/strict';
import { packetizeH264 } from '../../../scripts/endpoint/rtp/packetize.js';
import { decodePictures, encodeClip } from '../support/clip.js';
import { nalsOf } from '../support/lossy-peers.js';
import { EngineBench } from './engine-bench.js';
import { h264 } from './peer.js';

const fps = 15;
const forms = ['single', 'stap', 'fu'] as const;

/** Real pictures between receivers and sources of both packetization modes (RFC 6184 §5.4, §5.6-5.8). */
describe('packetization modes', function () {
  this.timeout(60_000);
  const clips = new Map<number, Buffer[][]>();
  before(() => {
    // slices that fit a packet; slices that fit one but are cut all the same; pictures of one slice
    for (const maxSlice of [1100, 1380, 0])
      clips.set(maxSlice, encodeClip({ seconds: 4, fps, ...(maxSlice > 0 ? { maxSlice } : {}) }));
  });

  /** Sends a clip to receivers of the given modes; the source cuts NAL units of more than `limit`. */
  async function send(maxSlice: number, source: { mode: 0 | 1; limit: number }, sinks: readonly (0 | 1)[]) {
    const clip = clips.get(maxSlice)!;
    const bench = new EngineBench();
    await bench.line(1, 'a/content', { receive: [h264(97, source.mode)], send: [h264(97, source.mode)] });
    for (const [i, mode] of sinks.entries()) {
      await bench.line(2 + i, `${i}/content`, { receive: [h264(109, mode)], send: [h264(109, mode)] });
      bench.route(2 + i, 1);
    }
    let seq = 65_500;
    for (const [n, picture] of clip.entries()) {
      const payloads = packetizeH264(picture, source.mode, source.limit);
      payloads.forEach((payload, i) => {
        const marker = i === payloads.length - 1;
        bench.rtp(1, { pt: 97, seq: seq++, timestamp: n * 6000, marker }, payload);
      });
      bench.clock.advance(1000 / fps);
    }
    const received = sinks.map((_, i) => {
      const packets = bench.media(2 + i);
      const kinds = packets.map(({ payload }) => forms[Math.max(0, [24, 28].indexOf(payload[0]! & 31) + 1)]!);
      return {
        forms: forms.filter((form) => kinds.includes(form)),
        longest: Math.max(0, ...packets.map(({ payload }) => payload.length)),
        inOrder: packets.every(({ seq: own }, k) => k === 0 || own === ((packets[k - 1]!.seq + 1) & 0xffff)),
        ends: packets.filter(({ marker }) => marker).length,
        nals: nalsOf(packets),
        reasons: bench.named(2 + i, 'unforwardable'),
      };
    });
    bench.engine.handle({ type: 'stop' });
    return { clip, received };
  }

  const cases: {
    name: string;
    clip: number;
    source: { mode: 0 | 1; limit: number };
    sink: 0 | 1;
    forms: string[];
  }[] = [
    { name: 'mode 0 to mode 0', clip: 1100, source: { mode: 0, limit: 1100 }, sink: 0, forms: ['single'] },
    { name: 'mode 0 to mode 1', clip: 1100, source: { mode: 0, limit: 1100 }, sink: 1, forms: ['single'] },
    {
      name: 'mode 1 to mode 1, as it came',
      clip: 0,
      source: { mode: 1, limit: 1100 },
      sink: 1,
      forms: ['stap', 'fu'],
    },
    {
      name: 'mode 1 with parameter sets in a STAP-A to mode 0, undone',
      clip: 1100,
      source: { mode: 1, limit: 1100 },
      sink: 0,
      forms: ['single'],
    },
    {
      name: 'mode 1 with short FU-A to mode 0, joined',
      clip: 1380,
      source: { mode: 1, limit: 700 },
      sink: 0,
      forms: ['single'],
    },
  ];
  for (const { name, clip: maxSlice, source, sink, forms: expected } of cases)
    it(`passes ${name}`, async () => {
      const { clip, received } = await send(maxSlice, source, [sink]);
      const [one] = received;
      assert.ok(one);
      const whole = (got: readonly string[]): string[] => got.filter((form) => form !== 'single');
      assert.deepEqual(whole(one.forms), whole(expected));
      assert.ok(one.inOrder && one.longest <= 1400 && one.ends === clip.length);
      assert.ok(Buffer.concat(one.nals).equals(Buffer.concat(clip.flat())), 'no bit is changed');
      assert.deepEqual(decodePictures([one.nals]), { shown: clip.length, complaints: '' });
      assert.deepEqual(one.reasons, []);
    });

  it('serves receivers of both modes by one source', async () => {
    const { clip, received } = await send(1380, { mode: 1, limit: 700 }, [0, 1, 0]);
    assert.deepEqual(
      received.map(({ forms: got }) => got.includes('fu')),
      [false, true, false],
    );
    for (const { nals } of received) assert.ok(Buffer.concat(nals).equals(Buffer.concat(clip.flat())));
  });

  it('tells a mode 0 receiver, and only it, what a source that fragments cannot send it', async () => {
    const { clip, received } = await send(0, { mode: 1, limit: 1100 }, [0, 1]);
    const [zero, one] = received;
    assert.ok(zero && one);
    assert.deepEqual(zero.forms, ['single'], 'parameter sets at most');
    assert.ok(zero.nals.every((nal) => [7, 8].includes(nal[0]! & 31)));
    assert.match((zero.reasons[0] as { reason: string }).reason, /packetization mode 0/);
    assert.deepEqual([one.reasons, one.ends], [[], clip.length]);
  });
});
