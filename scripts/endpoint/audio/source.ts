import { readFileSync } from 'node:fs';

/** Endless mono sound at one sampling rate. */
export interface SoundSource {
  /** The next `count` samples. */
  read(count: number): Int16Array;
}

/** Sum of sine tones; `level` is the peak of the sum in parts of full scale. */
export function toneSource(frequencies: readonly number[], rate: number, level = 0.25): SoundSource {
  let n = 0;
  const peak = (level * 32767) / Math.max(1, frequencies.length);
  return {
    read(count) {
      const out = new Int16Array(count);
      for (let i = 0; i < count; i++, n++) {
        let sum = 0;
        for (const frequency of frequencies) sum += Math.sin((2 * Math.PI * frequency * n) / rate);
        out[i] = Math.round(peak * sum);
      }
      return out;
    },
  };
}

/** A 16-bit PCM WAV file in a loop, mixed to mono and resampled. Throws Error for other files. */
export function wavSource(file: string, rate: number): SoundSource {
  const wav = parseWav(readFileSync(file));
  const step = wav.rate / rate;
  let position = 0;
  return {
    read(count) {
      const out = new Int16Array(count);
      for (let i = 0; i < count; i++) {
        const base = Math.floor(position);
        const share = position - base;
        const a = wav.samples[base % wav.samples.length] ?? 0;
        const b = wav.samples[(base + 1) % wav.samples.length] ?? 0;
        out[i] = Math.round(a + (b - a) * share);
        position = (position + step) % wav.samples.length;
      }
      return out;
    },
  };
}

/** Reads the samples of a RIFF/WAVE file, mixed to mono. */
export function parseWav(data: Buffer): { rate: number; samples: Int16Array } {
  if (data.length < 44 || data.toString('latin1', 0, 4) !== 'RIFF') throw new Error('not a WAV file');
  let channels = 0;
  let rate = 0;
  for (let at = 12; at + 8 <= data.length;) {
    const id = data.toString('latin1', at, at + 4);
    const length = data.readUInt32LE(at + 4);
    const body = data.subarray(at + 8, at + 8 + length);
    if (id === 'fmt ' && body.length >= 16) {
      const format = body.readUInt16LE(0);
      if ((format !== 1 && format !== 0xfffe) || body.readUInt16LE(14) !== 16)
        throw new Error('only 16-bit PCM WAV files are read');
      channels = body.readUInt16LE(2);
      rate = body.readUInt32LE(4);
    }
    if (id === 'data' && channels > 0 && rate > 0) return { rate, samples: toMono(body, channels) };
    at += 8 + length + (length & 1);
  }
  throw new Error('WAV file without samples');
}

function toMono(body: Buffer, channels: number): Int16Array {
  const frames = Math.floor(body.length / 2 / channels);
  if (frames === 0) throw new Error('WAV file without samples');
  const out = new Int16Array(frames);
  for (let i = 0; i < frames; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += body.readInt16LE((i * channels + c) * 2);
    out[i] = Math.round(sum / channels);
  }
  return out;
}

/** `tone:440`, `tone:440+1000@0.1` (peak in parts of full scale), `silence` or a WAV file. Throws Error for nonsense. */
export function openSound(spec: string, rate: number): SoundSource {
  if (spec === 'silence') return toneSource([], rate);
  if (!spec.startsWith('tone:')) return wavSource(spec, rate);
  const [list = '', level = '0.25'] = spec.slice(5).split('@');
  const frequencies = list.split('+').map(Number);
  if (frequencies.some((f) => !(f > 0 && f < 4000))) throw new Error(`no tones below 4000 Hz: ${spec}`);
  if (!(Number(level) > 0 && Number(level) <= 1)) throw new Error(`the level of a tone is above 0, at most 1: ${spec}`);
  return toneSource(frequencies, rate, Number(level));
}
