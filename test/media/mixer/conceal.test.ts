import assert from 'node:assert/strict';
import { Concealer } from '../../../src/media/mixer/conceal.js';
import { Limiter, limitInto } from '../../../src/media/mixer/limiter.js';
import { ToneSource, concat, toneStrength } from '../../support/tones.js';

describe('waveform concealment', () => {
  for (const rate of [8000, 16000]) {
    const n = rate / 50;

    /** A voice-like tone with every tenth frame lost; `fix` conceals, otherwise there are holes. */
    function render(fix: boolean): Float32Array {
      const tone = new ToneSource(233, rate, 0.4);
      const concealer = new Concealer(rate);
      const out: Float32Array[] = [];
      for (let f = 0; f < 50; f += 1) {
        const pcm = tone.next(n);
        if (f % 10 !== 9) concealer.good(pcm, n);
        else if (fix) concealer.conceal(pcm, n);
        else pcm.fill(0);
        out.push(pcm);
      }
      return concat(out);
    }

    it(`fills single losses at ${rate} Hz so that a voice goes on`, () => {
      const fixed = render(true);
      assert.ok(Math.abs(toneStrength(fixed, 233, rate) - 0.4) < 0.03);
      let step = 0;
      for (let i = 1; i < fixed.length; i += 1) step = Math.max(step, Math.abs((fixed[i] ?? 0) - (fixed[i - 1] ?? 0)));
      const own = (2 * Math.PI * 233 * 0.4) / rate;
      assert.ok(step < own * 2.5, `step of ${step}, the tone's own is ${own}`);
    });

    it(`fades to silence within 60 ms at ${rate} Hz`, () => {
      const concealer = new Concealer(rate);
      concealer.good(new ToneSource(300, rate).next(n), n);
      concealer.good(new ToneSource(300, rate).next(n), n);
      const out = new Float32Array(n);
      const peaks = [0, 1, 2, 3].map(() => {
        concealer.conceal(out, n);
        return Math.max(...out);
      });
      assert.ok((peaks[0] ?? 0) > 0.25 && (peaks[2] ?? 1) < (peaks[1] ?? 0));
      assert.equal(peaks[3], 0);
    });
  }

  it('is silent when nothing came before', () => {
    const out = new Float32Array(160).fill(1);
    new Concealer(8000).conceal(out, 160);
    assert.ok(out.every((v) => v === 0));
  });
});

describe('limiter', () => {
  it('leaves what is not too loud as it is', () => {
    const limiter = new Limiter();
    const pcm = new ToneSource(440, 8000, 0.8).next(160);
    const out = new Float32Array(160);
    limiter.step(0.8);
    limitInto(out, pcm, null, limiter);
    assert.deepEqual(out, pcm);
  });

  it('never passes full scale and settles under the ceiling', () => {
    const limiter = new Limiter();
    const tone = new ToneSource(440, 8000, 3);
    const out = new Float32Array(160);
    for (let f = 0; f < 10; f += 1) {
      limiter.step(3);
      limitInto(out, tone.next(160), null, limiter);
      const peak = Math.max(...out.map(Math.abs));
      assert.ok(peak <= 1 && (f === 0 || peak < 0.91), `peak ${peak} in frame ${f}`);
    }
  });

  it('recovers slowly', () => {
    const limiter = new Limiter();
    limiter.step(1.8);
    const frames: number[] = [];
    for (let f = 0; limiter.to < 1 && f < 200; f += 1) {
      limiter.step(0.1);
      frames.push(limiter.to);
    }
    assert.ok(frames.length > 20 && frames.length < 60);
  });
});
