import { DualstreamError } from '../../base/errors.js';
import { expandG711 } from './codecs/g711.js';
import { samplesOf } from './codecs/codec.js';
import type { Rate } from './codecs/codec.js';
import type { PromptPcm } from './prompts.js';
import { createResampler } from './resample.js';

/** A prompt cannot be played: not a file we read, too long, or a tone outside the range. */
export class PromptUnusable extends DualstreamError {
  readonly verdict = { sip: 500, h225: 'undefinedReason', bfcp: 0, http: 422, label: 'prompt_unusable', retry: false };
}

/** Longest prompt, ms. */
const MAX_MS = 120_000;
const TONE_AMPLITUDE = 0.25;
/** A tone swells and fades over this, ms, so that it does not click. */
const TONE_EDGE_MS = 5;
const rates: readonly Rate[] = [8000, 16000, 48000];

/** A sine tone of 50-3400 Hz (what every codec carries) and 20-120000 ms. */
export function toneSound(hz: number, ms: number): PromptPcm {
  if (!(hz >= 50 && hz <= 3400)) throw new PromptUnusable(`tone of ${hz} Hz is outside 50-3400 Hz`);
  if (!(ms >= 20 && ms <= MAX_MS)) throw new PromptUnusable(`tone of ${ms} ms is outside 20-${MAX_MS} ms`);
  return forRates((rate) => {
    const pcm = new Float32Array(framesOf(ms) * samplesOf(rate));
    const length = Math.floor((ms * rate) / 1000);
    const edge = (TONE_EDGE_MS * rate) / 1000;
    for (let i = 0; i < length; i += 1) {
      const swell = Math.min(1, i / edge, (length - 1 - i) / edge);
      pcm[i] = TONE_AMPLITUDE * swell * Math.sin((2 * Math.PI * hz * i) / rate);
    }
    return pcm;
  });
}

/** A RIFF/WAVE file of 16-bit PCM or G.711 µ-law, mono or stereo, at 8, 16 or 48 kHz. */
export function wavSound(file: Uint8Array): PromptPcm {
  const { rate, pcm } = parseWav(file);
  return forRates((to) => (to === rate ? pcm : convert(pcm, rate, to)));
}

function forRates(make: (rate: Rate) => Float32Array): PromptPcm {
  return { 8000: make(8000), 16000: make(16000), 48000: make(48000) };
}

function framesOf(ms: number): number {
  return Math.ceil(ms / 20);
}

function convert(pcm: Float32Array, from: Rate, to: Rate): Float32Array {
  const resampler = createResampler(from, to);
  const size = samplesOf(to);
  const frames = pcm.length / samplesOf(from);
  const out = new Float32Array(frames * size);
  for (let f = 0; f < frames; f += 1) {
    const chunk = pcm.subarray(f * samplesOf(from), (f + 1) * samplesOf(from));
    resampler.addTo(out.subarray(f * size, (f + 1) * size), chunk);
  }
  return out;
}

interface WaveFormat {
  coding: 'linear' | 'mu-law';
  rate: Rate;
  channels: number;
}

function parseWav(file: Uint8Array): { rate: Rate; pcm: Float32Array } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tag = (at: number): string => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw new PromptUnusable('not a WAVE file');
  let format: WaveFormat | null = null;
  for (let at = 12; at + 8 <= file.length;) {
    const size = view.getUint32(at + 4, true);
    const begin = at + 8;
    if (tag(at) === 'fmt ') format = parseFormat(view, begin, size);
    if (tag(at) === 'data') {
      if (!format) throw new PromptUnusable('WAVE data before its format');
      return { rate: format.rate, pcm: readSamples(view, begin, Math.min(size, file.length - begin), format) };
    }
    at = begin + size + (size & 1);
  }
  throw new PromptUnusable('WAVE file without data');
}

function parseFormat(view: DataView, at: number, size: number): WaveFormat {
  if (size < 16 || at + 16 > view.byteLength) throw new PromptUnusable('WAVE format is cut off');
  const coding = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const hz = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  const rate = rates.find((r) => r === hz);
  const linear = (coding === 1 || coding === 0xfffe) && bits === 16;
  const muLaw = coding === 7 && bits === 8;
  if ((!linear && !muLaw) || !rate || channels < 1 || channels > 2) {
    throw new PromptUnusable(
      `WAVE of ${bits} bits, ${channels} channels, ${hz} Hz; need PCM of 16 bits or µ-law at 8, 16 or 48 kHz`,
    );
  }
  return { coding: muLaw ? 'mu-law' : 'linear', rate, channels };
}

/** Mono samples, padded to whole frames. */
function readSamples(view: DataView, at: number, bytes: number, format: WaveFormat): Float32Array {
  const { coding, rate, channels } = format;
  const width = coding === 'linear' ? 2 : 1;
  const samples = Math.floor(bytes / (width * channels));
  if (samples === 0 || samples > (MAX_MS * rate) / 1000) throw new PromptUnusable('WAVE file empty or over 120 s');
  const pcm = new Float32Array(framesOf((samples * 1000) / rate) * samplesOf(rate));
  const codes = new Uint8Array(view.buffer, view.byteOffset + at, samples * width * channels);
  const expanded = coding === 'mu-law' ? expandG711('PCMU', codes) : null;
  for (let i = 0; i < samples; i += 1) {
    let sum = 0;
    for (let c = 0; c < channels; c += 1) {
      const n = i * channels + c;
      sum += expanded ? (expanded[n] ?? 0) : view.getInt16(at + 2 * n, true) / 32768;
    }
    pcm[i] = sum / channels;
  }
  return pcm;
}
