import { samplesOf } from './codecs/codec.js';
import type { Rate } from './codecs/codec.js';

/** Filter taps per output sample going up, per input sample going down. */
const TAPS = 24;
/** Edge of the pass band as a share of the lower rate's half. */
const PASS = 0.92;

/** Converts 20 ms frames of one stream between two rates; keeps the filter's memory between frames. */
export interface Resampler {
  readonly from: Rate;
  readonly to: Rate;
  /** Adds the converted frame to `out`. Delay: 1.5 ms of the lower rate's 24 taps at 8 kHz, less above. */
  addTo(out: Float32Array, pcm: Float32Array): void;
  reset(): void;
}

/** `to` and `from` must be two of 8000, 16000, 48000, and different. */
export function createResampler(from: Rate, to: Rate): Resampler {
  return to > from ? new Up(from, to) : new Down(from, to);
}

/** Blackman-windowed sinc, unity gain at the lower rate. */
function prototype(factor: number): Float64Array {
  const length = TAPS * factor;
  const taps = new Float64Array(length);
  const cut = PASS / factor;
  let sum = 0;
  for (let i = 0; i < length; i += 1) {
    const x = i - (length - 1) / 2;
    const t = (2 * Math.PI * (i + 0.5)) / length;
    const window = 0.42 - 0.5 * Math.cos(t) + 0.08 * Math.cos(2 * t);
    const angle = Math.PI * x * cut;
    taps[i] = (angle === 0 ? 1 : Math.sin(angle) / angle) * window;
    sum += taps[i] ?? 0;
  }
  for (let i = 0; i < length; i += 1) taps[i] = (taps[i] ?? 0) / sum;
  return taps;
}

class Up implements Resampler {
  private readonly factor: number;
  private readonly size: number;
  /** Taps by phase, each phase reversed so that both arrays are walked forwards. */
  private readonly phases: Float32Array;
  private readonly line: Float32Array;

  constructor(
    readonly from: Rate,
    readonly to: Rate,
  ) {
    this.factor = to / from;
    this.size = samplesOf(from);
    const taps = prototype(this.factor);
    this.phases = new Float32Array(TAPS * this.factor);
    for (let p = 0; p < this.factor; p += 1) {
      for (let k = 0; k < TAPS; k += 1) {
        this.phases[p * TAPS + (TAPS - 1 - k)] = (taps[k * this.factor + p] ?? 0) * this.factor;
      }
    }
    this.line = new Float32Array(this.size + TAPS - 1);
  }

  addTo(out: Float32Array, pcm: Float32Array): void {
    const { factor, size, phases, line } = this;
    line.copyWithin(0, size);
    for (let i = 0; i < size; i += 1) line[TAPS - 1 + i] = pcm[i] ?? 0;
    let o = 0;
    for (let i = 0; i < size; i += 1) {
      for (let t = 0; t < factor * TAPS; t += TAPS) {
        let sum = 0;
        for (let k = 0; k < TAPS; k += 1) sum += (phases[t + k] as number) * (line[i + k] as number);
        out[o] = (out[o] as number) + sum;
        o += 1;
      }
    }
  }

  reset(): void {
    this.line.fill(0);
  }
}

class Down implements Resampler {
  private readonly factor: number;
  private readonly size: number;
  private readonly taps: Float32Array;
  private readonly line: Float32Array;

  constructor(
    readonly from: Rate,
    readonly to: Rate,
  ) {
    this.factor = from / to;
    this.size = samplesOf(from);
    this.taps = Float32Array.from(prototype(this.factor));
    this.line = new Float32Array(this.size + this.taps.length - this.factor);
  }

  addTo(out: Float32Array, pcm: Float32Array): void {
    const { factor, size, taps, line } = this;
    const length = taps.length;
    const kept = length - factor;
    line.copyWithin(0, size);
    for (let i = 0; i < size; i += 1) line[kept + i] = pcm[i] ?? 0;
    for (let o = 0, at = 0; at < size; o += 1, at += factor) {
      let sum = 0;
      for (let k = 0; k < length; k += 1) sum += (taps[k] as number) * (line[at + k] as number);
      out[o] = (out[o] as number) + sum;
    }
  }

  reset(): void {
    this.line.fill(0);
  }
}
