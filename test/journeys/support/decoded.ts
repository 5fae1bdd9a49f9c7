import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readCode, type PictureCode } from '../../../scripts/endpoint/pattern/code.js';
import { findTones } from '../../../scripts/endpoint/audio/spectrum.js';

/** Whose picture a PNG shows, by the machine-readable code in it; null when it carries none. */
export function whoseSnapshot(file: string): PictureCode | null {
  const [width, height] = [160, 90];
  const filter = ['-vf', `scale=${width}:${height}:flags=area`, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'];
  const { stdout } = spawnSync('ffmpeg', ['-v', 'error', '-i', file, ...filter], { maxBuffer: 1 << 24 });
  return stdout.length >= width * height ? readCode(stdout, width, height) : null;
}

/** Tones in the last `seconds` of a WAV file that is still being written (PCM16), Hz. */
export function tonesAtEnd(file: string, seconds: number): number[] {
  const bytes = readFileSync(file);
  const channels = bytes.readUInt16LE(22);
  const rate = bytes.readUInt32LE(24);
  const data = bytes.subarray(44);
  const frames = Math.floor(data.length / 2 / channels);
  const wanted = Math.min(frames, Math.floor(rate * seconds));
  const samples = new Int16Array(wanted);
  for (let i = 0; i < wanted; i += 1) samples[i] = data.readInt16LE((frames - wanted + i) * channels * 2);
  return findTones(samples, rate).map((tone) => tone.frequency);
}
