import assert from 'node:assert/strict';
import { PromptQueue } from '../../../src/media/mixer/prompts.js';
import { PromptUnusable, toneSound, wavSound } from '../../../src/media/mixer/sound.js';
import { ToneSource, toneStrength } from '../../support/tones.js';
import { BenchRoom } from './bench-room.js';
import { settleOpus } from './settle.js';

/** A WAVE file of one tone. */
export function wavFile(rate: number, channels: number, hz: number, ms: number): Buffer {
  const samples = (ms * rate) / 1000;
  const tone = new ToneSource(hz, rate, 0.3).next(samples);
  const data = Buffer.alloc(samples * channels * 2);
  tone.forEach((v, i) => {
    for (let c = 0; c < channels; c += 1) data.writeInt16LE(Math.round(v * 32767), 2 * (i * channels + c));
  });
  const head = Buffer.alloc(46);
  head.write('RIFF', 0);
  head.writeUInt32LE(38 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(18, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * 2, 28);
  head.writeUInt16LE(channels * 2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 38);
  head.writeUInt32LE(data.length, 42);
  return Buffer.concat([head, data]);
}

const rates = [8000, 16000, 48000] as const;

describe('prompt sounds', () => {
  it('makes a tone at every rate', () => {
    const sound = toneSound(440, 510);
    for (const rate of rates) {
      assert.equal(sound[rate].length, (26 * rate) / 50);
      assert.ok(toneStrength(sound[rate].subarray(0, rate / 2), 440, rate) > 0.22);
    }
  });

  for (const rate of rates) {
    it(`reads a WAVE file of ${rate} Hz, mono and stereo`, () => {
      for (const channels of [1, 2]) {
        const sound = wavSound(wavFile(rate, channels, 700, 600));
        for (const to of rates) {
          assert.equal(sound[to].length, (30 * to) / 50);
          assert.ok(Math.abs(toneStrength(sound[to], 700, to) - 0.3) < 0.03);
        }
      }
    });
  }

  it('refuses with a reason what it cannot play', () => {
    const good = wavFile(8000, 1, 440, 100);
    const cut = (n: number): Buffer => good.subarray(0, n);
    for (const [make, why] of [
      [() => toneSound(10, 100), /outside 50-3400/],
      [() => toneSound(NaN, 100), /outside 50-3400/],
      [() => toneSound(440, 1e9), /outside 20-120000/],
      [() => wavSound(Buffer.from('OggS............')), /not a WAVE/],
      [() => wavSound(cut(11)), /not a WAVE/],
      [() => wavSound(cut(30)), /cut off|without data/],
      [() => wavSound(cut(40)), /without data/],
      [() => wavSound(cut(46)), /empty/],
      [() => wavSound(wavFile(44_100, 1, 440, 100)), /44100 Hz/],
    ] as const)
      assert.throws(make, (error: unknown) => error instanceof PromptUnusable && why.test(error.message));
    for (let n = 0; n < good.length; n += 1) {
      try {
        wavSound(cut(n));
      } catch (error) {
        assert.ok(error instanceof PromptUnusable, `${n}: ${String(error)}`);
      }
    }
  });

  it('plays prompts one after another, then nothing', () => {
    const queue = new PromptQueue();
    queue.add(toneSound(440, 40));
    queue.add(toneSound(880, 20));
    const out = new Float32Array(160);
    for (let f = 0; f < 3; f += 1) {
      assert.equal(queue.empty, false);
      queue.addTo(out, 8000);
      queue.advance();
    }
    assert.equal(queue.empty, true);
    queue.advance();
  });
});

describe('prompts in a room', () => {
  it('reach all or one, over what is said, at every codec', async () => {
    const room = new BenchRoom();
    const a = room.join('a', 'PCMU', 400);
    const b = room.join('b', 'G722', 700);
    const c = room.join('c', 'opus', 1100);
    await settleOpus();
    const strength = (peer: typeof a, hz: number): number => toneStrength(peer.ear(200), hz, peer.decoder.rate);
    room.run(200);
    room.must({ do: 'play', room: 'r', member: null, pcm: toneSound(2000, 1000) });
    room.must({ do: 'play', room: 'r', member: 'b', pcm: toneSound(3000, 1000) });
    room.run(600);
    for (const peer of [a, b, c]) assert.ok(strength(peer, 2000) > 0.18, peer.id);
    assert.deepEqual(
      [a, b, c].map((peer) => strength(peer, 3000) > 0.1),
      [false, true, false],
    );
    assert.ok(strength(a, 700) > 0.1 && strength(b, 700) < 0.02);
    room.run(800);
    for (const peer of [a, b, c]) assert.ok(strength(peer, 2000) < 0.01 && strength(peer, 3000) < 0.01);
  });
});
