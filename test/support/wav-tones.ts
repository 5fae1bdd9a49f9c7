import { readFileSync } from 'node:fs';
import { parseWav } from '../../scripts/endpoint/audio/source.js';
import { findTones } from '../../scripts/endpoint/audio/spectrum.js';

export { findTones, holdsTone, loudness } from '../../scripts/endpoint/audio/spectrum.js';
export { toneSource } from '../../scripts/endpoint/audio/source.js';

/** Strongest tones in Hz of a part of a 16-bit WAV file, by default its last second. */
export function tonesOfWav(file: string, part: { from?: number; seconds?: number } = {}): number[] {
  const { rate, samples } = parseWav(readFileSync(file));
  const length = Math.round((part.seconds ?? 1) * rate);
  const from = part.from === undefined ? Math.max(0, samples.length - length) : Math.round(part.from * rate);
  return findTones(samples.subarray(from, from + length), rate).map((tone) => Math.round(tone.frequency));
}
