import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { G711Decoder, G711Encoder } from '../../../src/media/mixer/codecs/g711.js';
import { G722Decoder, G722Encoder } from '../../../src/media/mixer/codecs/g722.js';
import { ToneSource, concat, toneStrength } from '../../support/tones.js';

/** A sweep with noise that reaches both sub-bands, 16 bits. */
function sweep(n: number): Int16Array {
  return Int16Array.from({ length: n }, (_, i) => {
    const noise = ((i * 7919) % 2000) - 1000;
    return Math.round(6000 * Math.sin(i * 0.1) + 3000 * Math.sin(i * i * 0.00002) + noise * (i > n / 2 ? 2 : 0.2));
  });
}

function ffmpeg(input: Uint8Array, ...args: string[]): Buffer {
  return spawnSync('ffmpeg', ['-v', 'error', ...args], { input, maxBuffer: 1 << 24 }).stdout;
}

function bytesOf(pcm: Int16Array): Uint8Array {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}

const haveFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

describe('G.711', () => {
  it('expands the corner codes of both laws as the tables say', () => {
    const value = (law: 'PCMU' | 'PCMA', code: number): number => {
      const out = new Float32Array(1);
      new G711Decoder(law).decode(Uint8Array.of(code), out);
      return (out[0] ?? 0) * 32768;
    };
    for (const [code, expected] of [
      [0x00, -32124],
      [0x80, 32124],
      [0xff, 0],
      [0x7f, 0],
      [0xfe, 8],
    ] as const)
      assert.equal(value('PCMU', code) + 0, expected + 0);
    for (const [code, expected] of [
      [0x2a, -32256],
      [0xaa, 32256],
      [0xd5, 8],
      [0x55, -8],
    ] as const)
      assert.equal(value('PCMA', code), expected);
  });

  for (const law of ['PCMU', 'PCMA'] as const) {
    it(`brings every ${law} code back as itself`, () => {
      const codes = Uint8Array.from({ length: 160 }, (_, i) => i);
      for (const offset of [0, 96]) {
        const payload = codes.map((c) => c + offset);
        const pcm = new Float32Array(160);
        new G711Decoder(law).decode(payload, pcm);
        const back = new G711Encoder(law).encode(pcm);
        // Negative zero of µ-law is sent as positive zero.
        assert.deepEqual(
          [...back],
          [...payload].map((c) => (law === 'PCMU' && c === 0x7f ? 0xff : c)),
        );
      }
    });

    it(`clips what is too loud for ${law}`, () => {
      const loud = new G711Encoder(law).encode(new Float32Array(160).fill(3));
      assert.equal(loud[0], law === 'PCMU' ? 0x80 : 0xaa);
      const low = new G711Encoder(law).encode(new Float32Array(160).fill(-3));
      assert.equal(low[0], law === 'PCMU' ? 0x00 : 0x2a);
    });

    it(`expands ${law} as ffmpeg does`, function () {
      if (!haveFfmpeg) this.skip();
      const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
      const kind = law === 'PCMU' ? 'mulaw' : 'alaw';
      const raw = ffmpeg(codes, '-f', kind, '-ar', '8000', '-i', 'pipe:0', '-f', 's16le', 'pipe:1');
      const pcm = new Float32Array(256);
      new G711Decoder(law).decode(codes, pcm);
      for (let i = 0; i < 256; i += 1) assert.equal((pcm[i] ?? 0) * 32768 + 0, raw.readInt16LE(2 * i) + 0);
    });
  }

  it('refuses packets over 120 ms', () => {
    assert.equal(new G711Decoder('PCMU').ticks(new Uint8Array(961)), 0);
    assert.equal(new G711Decoder('PCMU').ticks(new Uint8Array(960)), 960);
  });
});

describe('G.722', () => {
  const pcm = sweep(320 * 50);

  function encodeAll(): Uint8Array {
    const encoder = new G722Encoder();
    const out = new Uint8Array(pcm.length / 2);
    for (let f = 0; f < 50; f += 1) {
      const frame = Float32Array.from(pcm.subarray(f * 320, f * 320 + 320), (v) => v / 32767);
      out.set(encoder.encode(frame), f * 160);
    }
    return out;
  }

  it('encodes bit by bit as ffmpeg does', function () {
    if (!haveFfmpeg) this.skip();
    const args = ['-f', 's16le', '-ar', '16000', '-ac', '1', '-i', 'pipe:0', '-f', 'g722', 'pipe:1'];
    assert.deepEqual(encodeAll(), Uint8Array.from(ffmpeg(bytesOf(pcm), ...args)));
  });

  it('decodes bit by bit as ffmpeg does', function () {
    if (!haveFfmpeg) this.skip();
    const payload = encodeAll();
    const raw = ffmpeg(payload, '-f', 'g722', '-i', 'pipe:0', '-f', 's16le', 'pipe:1');
    const decoder = new G722Decoder();
    const out = new Float32Array(320);
    for (let f = 0; f < 50; f += 1) {
      assert.equal(decoder.decode(payload.subarray(f * 160, f * 160 + 160), out), 320);
      for (let i = 0; i < 320; i += 1) assert.equal((out[i] ?? 0) * 32768 + 0, raw.readInt16LE(2 * (f * 320 + i)) + 0);
    }
  });

  it('carries tones of both sub-bands', () => {
    for (const hz of [500, 3000, 6000]) {
      const tone = new ToneSource(hz, 16000, 0.3);
      const encoder = new G722Encoder();
      const decoder = new G722Decoder();
      const heard: Float32Array[] = [];
      const out = new Float32Array(320);
      for (let f = 0; f < 20; f += 1) {
        decoder.decode(encoder.encode(tone.next(320)), out);
        heard.push(out.slice());
      }
      const strength = toneStrength(concat(heard.slice(5)), hz, 16000);
      assert.ok(Math.abs(strength - 0.3) < 0.06, `${hz} Hz came out at ${strength}`);
    }
  });

  it('goes on without a click when one encoder follows another', () => {
    const tone = new ToneSource(440, 16000, 0.4);
    const [first, second] = [new G722Encoder(), new G722Encoder()];
    const decoder = new G722Decoder();
    const out = new Float32Array(320);
    let worst = 0;
    let before = 0;
    for (let f = 0; f < 30; f += 1) {
      const pcm = tone.next(320);
      if (f === 15) second.begin(first);
      decoder.decode((f < 15 ? first : second).encode(pcm), out);
      for (const v of out) {
        if (f > 5) worst = Math.max(worst, Math.abs(v - before));
        before = v;
      }
    }
    // The steepest step of the tone itself is 0.07.
    assert.ok(worst < 0.09, `step of ${worst}`);
  });
});
