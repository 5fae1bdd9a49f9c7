import assert from 'node:assert/strict';
import type { OpusLibrary } from '../../../src/media/mixer/codecs/opus-library.js';
import { chooseOpus } from '../../../src/media/mixer/codecs/opus-native.js';
import { wasmOpus } from '../../../src/media/mixer/codecs/opus-wasm.js';
import { OpusDecoder, OpusEncoder, opusKey, opusTicks, opusVoiceless } from '../../../src/media/mixer/codecs/opus.js';
import { onceBelow } from '../../support/once-below.js';
import { seeded } from '../../support/seeded.js';
import { ToneSource, concat, toneStrength } from '../../support/tones.js';
import { formats } from './bench-room.js';
import { settleOpus } from './settle.js';
import { likeness, voice } from './voice.js';

const fec = { ...formats.opus, params: { useinbandfec: '1' } };
const { library: native, state } = chooseOpus('auto');
const libraries: [name: string, library: OpusLibrary][] = [['in WebAssembly', wasmOpus]];
if (state.native) libraries.push(['natively', native]);

for (const [name, library] of libraries)
  describe(`Opus ${name}`, () => {
    it('carries tones, with latency below 10 ms', async () => {
      const tone = new ToneSource(1000, 48000, 0.3);
      const encoder = new OpusEncoder(formats.opus, library);
      const decoder = new OpusDecoder(library);
      await settleOpus();
      const heard: Float32Array[] = [];
      const out = new Float32Array(5760);
      for (let f = 0; f < 30; f += 1) {
        const payload = encoder.encode(tone.next(960));
        assert.equal(opusTicks(payload), 960);
        assert.equal(decoder.decode(payload, out), 960);
        heard.push(out.slice(0, 960));
      }
      assert.ok(Math.abs(toneStrength(concat(heard.slice(10)), 1000, 48000) - 0.3) < 0.05);
      encoder.close();
      decoder.close();
    });

    it('restores a lost frame from the redundancy in the next one', async () => {
      // A syllable that begins in the lost frame cannot be guessed from the frames before.
      const frames = Array.from({ length: 40 }, (_, f) => {
        const tone = new ToneSource(f % 8 < 4 ? 200 : 350, 48000, f % 4 === 0 ? 0.02 : 0.4);
        return tone.next(960).map((v, i) => v + 0.5 * v * Math.sin(i * 0.11));
      });
      const encoder = new OpusEncoder(fec, library);
      const decoders = [new OpusDecoder(library), new OpusDecoder(library)];
      await settleOpus();
      const payloads = frames.map((pcm) => Uint8Array.from(encoder.encode(pcm)));
      const out = new Float32Array(5760);
      const energy = decoders.map((decoder, withNext) => {
        let sum = 0;
        payloads.forEach((payload, f) => {
          if (f % 4 !== 1 || f < 8) decoder.decode(payload, out);
          else {
            assert.equal(decoder.conceal(withNext ? (payloads[f + 1] ?? null) : null, out), 960);
            for (let i = 0; i < 960; i += 1) sum += (out[i] ?? 0) ** 2;
          }
        });
        return sum;
      });
      assert.ok((energy[1] ?? 0) > 3 * (energy[0] ?? 0), `energy ${energy.map((e) => e.toFixed(1)).join(' ')}`);
    });

    it('decodes garbage to silence or nothing, never an exception', async () => {
      const decoder = new OpusDecoder(library);
      await settleOpus();
      const out = new Float32Array(5760);
      for (let i = 0; i < 500; i += 1) {
        const payload = Uint8Array.from({ length: i % 200 }, (_, k) => (i * 31 + k * 17 * (i % 13)) & 0xff);
        if (opusTicks(payload) > 0) decoder.decode(payload, out);
      }
      assert.ok(out.every((v) => Number.isFinite(v)));
      decoder.close();
    });

    it('decodes packets that are cut or changed to samples within full scale or to nothing', async () => {
      const roll = seeded(7);
      const encoder = new OpusEncoder(fec, library);
      const decoder = new OpusDecoder(library);
      await settleOpus();
      const payloads = voice(50).map((pcm) => Uint8Array.from(encoder.encode(pcm)));
      const out = new Float32Array(5760);
      for (let i = 0; i < 3000; i += 1) {
        let payload = Uint8Array.from(payloads[roll(50)] ?? []);
        for (let n = roll(4); n > 0; n -= 1) payload[roll(payload.length)] = roll(256);
        if (roll(3) === 0) payload = payload.slice(0, roll(payload.length + 1));
        const kind = roll(4);
        const n = kind === 0 ? decoder.conceal(roll(2) ? payload : null, out) : decoder.decode(payload, out);
        assert.ok(n >= 0 && n <= 5760);
        assert.ok(
          out.subarray(0, n).every((v) => Math.abs(v) <= 1),
          `packet ${i}`,
        );
      }
      encoder.close();
      decoder.close();
    });

    it('goes on without a step where a listener is handed from one encoder to another', async () => {
      const [first, second] = [new OpusEncoder(fec, library), new OpusEncoder(fec, library)];
      const [handed, kept] = [new OpusDecoder(library), new OpusDecoder(library)];
      await settleOpus();
      const sound = voice(60);
      const out = new Float32Array(5760);
      const decoded = (decoder: OpusDecoder, payload: Uint8Array): Float32Array =>
        out.slice(0, decoder.decode(payload, out));
      const heard: Float32Array[] = [];
      const asIfKept: Float32Array[] = [];
      sound.forEach((pcm, f) => {
        const payload = Uint8Array.from(first.encode(pcm));
        if (f === 30) second.begin(first, sound[29] ?? pcm);
        asIfKept.push(decoded(kept, payload));
        heard.push(decoded(handed, f < 30 ? payload : second.encode(pcm)));
      });
      const loudest = (from: number): number => Math.max(...heard.slice(from, from + 2).map((pcm) => Math.max(...pcm)));
      assert.ok(likeness(asIfKept.slice(29, 32), heard.slice(29, 32)) > 6);
      assert.ok(likeness(asIfKept.slice(40), heard.slice(40)) > 10);
      assert.ok(loudest(30) < 1.3 * Math.max(...asIfKept.slice(30, 32).map((pcm) => Math.max(...pcm))));
      for (const each of [first, second, handed, kept]) each.close();
    });

    it('models one voice and transforms many, unless packets are lost', async () => {
      const encoder = new OpusEncoder(fec, library);
      await settleOpus();
      const sound = voice(60);
      // RFC 6716 §3.1: below 16 with a model of a voice, from there on without.
      const modelled = (voices: number, lossy: boolean): boolean => {
        encoder.suit({ voices, lossy });
        // The frames of the change itself are either.
        return sound
          .map((pcm) => (encoder.encode(pcm)[0] ?? 0) >> 3 < 16)
          .slice(5)
          .every(Boolean);
      };
      assert.deepEqual(
        [modelled(1, false), modelled(2, false), modelled(3, false), modelled(2, false), modelled(1, false)],
        [true, true, false, false, true],
      );
      assert.equal(modelled(4, true), true);
      encoder.close();
    });

    it('goes on without a step or a hole where voices become many, and few again', async () => {
      const sound = voice(90);
      const heardOf = async (voices: (f: number) => number): Promise<Float32Array> => {
        const [encoder, decoder] = [new OpusEncoder(fec, library), new OpusDecoder(library)];
        await settleOpus();
        const out = new Float32Array(5760);
        const heard = sound.map((pcm, f) => {
          encoder.suit({ voices: voices(f), lossy: false });
          return out.slice(0, decoder.decode(encoder.encode(pcm), out));
        });
        for (const each of [encoder, decoder]) each.close();
        // The look-ahead of 6.5 ms.
        return concat(heard).subarray(312);
      };
      const [kept, changed] = [await heardOf(() => 1), await heardOf((f) => (f < 30 || f >= 60 ? 1 : 4))];
      const frame = (pcm: Float32Array, f: number): Float32Array[] => [pcm.slice(f * 960, f * 960 + 960)];
      const like = (pcm: Float32Array, f: number): number => likeness(frame(concat(sound), f), frame(pcm, f));
      for (const f of [29, 30, 31, 32, 59, 60, 61, 62]) {
        const [is, was] = [like(changed, f), like(kept, f)];
        assert.ok(is > was - 1.5, `${is.toFixed(1)} instead of ${was.toFixed(1)} dB in frame ${f}`);
      }
    });

    it('puts redundancy in for who loses packets only', async () => {
      const energyOf = async (lossy: boolean): Promise<number> => {
        const [encoder, decoder] = [new OpusEncoder(fec, library), new OpusDecoder(library)];
        await settleOpus();
        encoder.suit({ voices: 1, lossy });
        const payloads = voice(60).map((pcm) => Uint8Array.from(encoder.encode(pcm)));
        const out = new Float32Array(5760);
        let energy = 0;
        payloads.forEach((payload, f) => {
          // Of one in three, what the next one has of it is heard.
          const next = f % 3 === 2 ? (payloads[f + 1] ?? null) : undefined;
          const n = next === undefined ? decoder.decode(payload, out) : decoder.conceal(next, out);
          if (next && f > 10) for (let i = 0; i < n; i += 1) energy += (out[i] ?? 0) ** 2;
        });
        for (const each of [encoder, decoder]) each.close();
        return energy;
      };
      const [without, withIt] = [await energyOf(false), await energyOf(true)];
      assert.ok(withIt > 1.25 * without, `${withIt.toFixed(1)} with, ${without.toFixed(1)} without`);
    });

    it('is silent, not broken, after close, however often', async () => {
      const encoder = new OpusEncoder(formats.opus, library);
      const decoder = new OpusDecoder(library);
      await settleOpus();
      for (let i = 0; i < 2; i += 1) {
        encoder.close();
        decoder.close();
        encoder.standAlone();
        encoder.suit({ voices: 4, lossy: false });
        encoder.begin(null, new Float32Array(960));
        assert.equal(opusTicks(encoder.encode(new Float32Array(960))), 960);
        assert.equal(decoder.decode(Uint8Array.of(0xf8, 0xff, 0xfe), new Float32Array(5760)), 0);
        assert.equal(decoder.conceal(null, new Float32Array(5760)), 0);
      }
    });
  });

describe('Opus', () => {
  it('is silent, not broken, before the library is up and after close', () => {
    const encoder = new OpusEncoder(formats.opus);
    const decoder = new OpusDecoder();
    assert.equal(opusTicks(encoder.encode(new Float32Array(960))), 960);
    assert.equal(decoder.decode(Uint8Array.of(0xf8, 0xff, 0xfe), new Float32Array(5760)), 0);
    encoder.close();
    decoder.close();
    assert.equal(opusTicks(encoder.encode(new Float32Array(960))), 960);
  });

  it('reads durations from the TOC octet', () => {
    for (const [toc, second, ticks] of [
      [0x00, 0, 480], // SILK 10 ms
      [0x08, 0, 960],
      [0x10, 0, 1920],
      [0x18, 0, 2880],
      [0x61, 0, 960], // hybrid 10 ms, two frames
      [0xe0, 0, 120], // CELT 2.5 ms
      [0xf8, 0, 960], // CELT 20 ms
      [0xfb, 3, 2880], // three CELT frames of 20 ms
      [0xfb, 7, 0], // 140 ms is too long
      [0xfb, 0, 0],
    ] as const)
      assert.equal(opusTicks(Uint8Array.of(toc, second)), ticks, toc.toString(16));
    assert.equal(opusTicks(new Uint8Array(0)), 0);
  });

  it('reads from packets of one frame whether there is a voice in it', async () => {
    for (const [toc, first, voiceless] of [
      [0x08, 0x7f, true], // SILK 20 ms
      [0x08, 0x80, false],
      [0x78, 0x00, true], // hybrid 20 ms
      [0x10, 0x00, false], // 40 ms: two flags
      [0x79, 0x00, false], // two frames
      [0xf8, 0x00, false], // CELT has no flag
    ] as const)
      assert.equal(opusVoiceless(Uint8Array.of(toc, first)), voiceless, toc.toString(16));
    assert.equal(opusVoiceless(new Uint8Array(0)), false);
    const encoder = new OpusEncoder(fec);
    await settleOpus();
    const share = (sound: Float32Array[]): number =>
      sound.map((pcm) => opusVoiceless(encoder.encode(pcm))).filter(Boolean).length / sound.length;
    assert.ok(share(voice(40).map((pcm) => pcm.map((v) => v * 0.001))) > 0.6);
    assert.ok(share(Array.from({ length: 40 }, () => voice(8)).flatMap((frames) => frames.slice(2, 8))) < 0.2);
    encoder.close();
  });

  it('honours what the receiver asked for', () => {
    const key = (params: Record<string, string>): string => opusKey({ ...formats.opus, params });
    assert.equal(key({}), 'opus/32000/1105/plain/vbr');
    assert.equal(key({ useinbandfec: '1', maxaveragebitrate: '16000' }), 'opus/16000/1105/fec/vbr');
    assert.equal(key({ maxaveragebitrate: '510000', cbr: '1' }), 'opus/32000/1105/plain/cbr');
    assert.equal(key({ maxaveragebitrate: 'x', maxplaybackrate: '16000' }), 'opus/32000/1103/plain/vbr');
  });
});

describe('Opus natively beside WebAssembly', () => {
  before(function () {
    if (!state.native) this.skip();
  });

  it('decodes the same from the same packets, lost ones too', async () => {
    const encoder = new OpusEncoder(fec);
    const decoders = [new OpusDecoder(), new OpusDecoder(native)];
    await settleOpus();
    const payloads = voice(100).map((pcm) => Uint8Array.from(encoder.encode(pcm)));
    const [ours, theirs] = decoders.map((decoder, which) => {
      const out = new Float32Array(5760);
      return payloads.map((payload, f) => {
        const lost = f % 10 === 7;
        const n = lost ? decoder.conceal(payloads[f + 1] ?? null, out) : decoder.decode(payload, out);
        assert.equal(n, 960, `library ${which}, packet ${f}`);
        return out.slice(0, n);
      });
    });
    const db = likeness(ours ?? [], theirs ?? []);
    assert.ok(db > 40, `${db.toFixed(1)} dB`);
  });

  it('encodes as well, at the same rate', async () => {
    const sound = voice(150);
    const encoders = [new OpusEncoder(fec), new OpusEncoder(fec, native)];
    await settleOpus();
    const sent = encoders.map((encoder) => sound.map((pcm) => Uint8Array.from(encoder.encode(pcm))));
    const octets = sent.map((payloads) => payloads.reduce((sum, { length }) => sum + length, 0));
    assert.ok(Math.abs((octets[1] ?? 0) / (octets[0] ?? 1) - 1) < 0.15, `${octets.join(' and ')} octets`);
    const likenesses = await Promise.all(
      sent.map(async (payloads) => {
        const decoder = new OpusDecoder();
        await settleOpus();
        const out = new Float32Array(5760);
        const heard = concat(payloads.map((payload) => out.slice(0, decoder.decode(payload, out))));
        // The encoder looks ahead by 6.5 ms.
        return likeness([concat(sound).subarray(0, heard.length - 312)], [heard.subarray(312)]);
      }),
    );
    assert.ok(Math.min(...likenesses) > 3, likenesses.join(' '));
    assert.ok(Math.abs((likenesses[0] ?? 0) - (likenesses[1] ?? 99)) < 3, likenesses.join(' '));
  });

  it('keeps nothing of codecs that are closed', async () => {
    const turn = (): number => {
      for (let i = 0; i < 500; i += 1) {
        new OpusEncoder(fec, native).close();
        new OpusDecoder(native).close();
      }
      return process.memoryUsage.rss() / 1024;
    };
    turn();
    // 4,000 of them have 120 MB. The process may take some for itself, but not each time.
    await onceBelow(20_000, () => {
      const before = turn();
      for (let i = 0; i < 4; i += 1) turn();
      return turn() - before;
    });
  });

  it('refuses arguments that are none', () => {
    const closed = new OpusDecoder(native);
    assert.equal(closed.decode(new Uint8Array(0), new Float32Array(5760)), 0);
    assert.equal(closed.decode(Uint8Array.of(0xf8, 0xff, 0xfe), new Float32Array(10)), 0, 'no room');
    assert.equal(closed.conceal(null, new Float32Array(100)), 0, 'less room than is asked for');
    closed.close();
  });
});
