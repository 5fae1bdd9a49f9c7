import assert from 'node:assert/strict';
import type { Rate } from '../../../src/media/mixer/codecs/codec.js';
import { createResampler } from '../../../src/media/mixer/resample.js';
import { ToneSource, concat, toneStrength } from '../../support/tones.js';

function convert(hz: number, from: Rate, to: Rate): Float32Array {
  const tone = new ToneSource(hz, from, 0.5);
  const resampler = createResampler(from, to);
  const out: Float32Array[] = [];
  for (let f = 0; f < 20; f += 1) {
    const frame = new Float32Array(to / 50);
    resampler.addTo(frame, tone.next(from / 50));
    out.push(frame);
  }
  return concat(out.slice(4));
}

describe('resampler', () => {
  const pairs: [Rate, Rate][] = [
    [8000, 16000],
    [8000, 48000],
    [16000, 48000],
    [16000, 8000],
    [48000, 8000],
    [48000, 16000],
  ];
  for (const [from, to] of pairs) {
    const edge = Math.min(from, to) / 2;
    it(`keeps the voice band from ${from} to ${to} Hz and adds nothing`, () => {
      for (const hz of [300, 1000, edge * 0.7]) {
        const out = convert(hz, from, to);
        const strength = toneStrength(out, hz, to);
        assert.ok(Math.abs(strength - 0.5) < 0.02, `${hz} Hz at ${strength}`);
        const image = Math.abs(Math.min(from, to) - hz);
        if (image < to / 2) assert.ok(toneStrength(out, image, to) < 0.005, `image of ${hz} Hz`);
      }
    });
  }

  it('takes away what the lower rate cannot carry', () => {
    assert.ok(toneStrength(convert(6000, 16000, 8000), 2000, 8000) < 0.005);
    assert.ok(toneStrength(convert(10000, 48000, 16000), 6000, 16000) < 0.005);
  });
});
