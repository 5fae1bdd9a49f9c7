/** Continuous sine tones, for telling sources apart by ear. */
export class ToneSource {
  private sample = 0;

  /** `hz` and `rate` in Hz, `amplitude` 0..1. */
  constructor(
    readonly hz: number,
    readonly rate: number,
    readonly amplitude = 0.3,
  ) {}

  /** The next `n` samples, -1..1. */
  next(n: number): Float32Array {
    const out = new Float32Array(n);
    for (let i = 0; i < n; i += 1) {
      out[i] = this.amplitude * Math.sin((2 * Math.PI * this.hz * this.sample) / this.rate);
      this.sample += 1;
    }
    return out;
  }
}

/** Amplitude (0..1) of one frequency in a stretch of samples, by Goertzel's algorithm with a Hann window. */
export function toneStrength(pcm: Float32Array, hz: number, rate: number): number {
  const n = pcm.length;
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let s1 = 0;
  let s2 = 0;
  for (let i = 0; i < n; i += 1) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n);
    const s = (pcm[i] ?? 0) * window + coefficient * s1 - s2;
    s2 = s1;
    s1 = s;
  }
  const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  return (4 * Math.sqrt(Math.max(0, power))) / n;
}

/** Which of the frequencies are in the samples with at least this amplitude. */
export function tonesHeard(pcm: Float32Array, rate: number, hz: readonly number[], atLeast = 0.02): number[] {
  return hz.filter((f) => toneStrength(pcm, f, rate) >= atLeast);
}

/** Joins chunks of samples. */
export function concat(chunks: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(chunks.reduce((sum, c) => sum + c.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
