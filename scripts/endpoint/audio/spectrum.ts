/** One spectral line. */
export interface Tone {
  /** Hz. */
  frequency: number;
  /** dB relative to a full-scale sine. */
  level: number;
}

/**
 * The strongest tones of a piece of sound, the loudest first: those over -50 dBFS and within `range` dB of the loudest.
 * Looks at the last power of two of samples, at most 8192.
 */
export function findTones(samples: Int16Array, rate: number, range = 26): Tone[] {
  const size = Math.min(8192, 2 ** Math.floor(Math.log2(Math.max(1, samples.length))));
  if (size < 256) return [];
  const power = powerSpectrum(samples.subarray(samples.length - size));
  const tones: Tone[] = [];
  for (let i = 3; i < power.length - 3; i++) {
    const here = power[i] ?? 0;
    // A Hann window spreads a line over four bins: a peak must be the highest of its seven neighbours.
    let highest = true;
    for (let d = -3; d <= 3; d++) if ((power[i + d] ?? 0) > here) highest = false;
    if (!highest || here <= 0) continue;
    const level = 10 * Math.log10(here);
    if (level < -50) continue;
    const shift = parabola(power[i - 1] ?? 0, here, power[i + 1] ?? 0);
    tones.push({ frequency: Math.round((((i + shift) * rate) / size) * 10) / 10, level: Math.round(level * 10) / 10 });
  }
  tones.sort((a, b) => b.level - a.level);
  const loudest = tones[0]?.level ?? 0;
  return tones.filter((tone) => tone.level >= loudest - range).slice(0, 8);
}

/** Whether a tone list holds a frequency, within `tolerance` Hz. */
export function holdsTone(tones: readonly number[], frequency: number, tolerance = 6): boolean {
  return tones.some((tone) => Math.abs(tone - frequency) <= tolerance);
}

/** Effective loudness in dBFS, -100 for silence. */
export function loudness(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length)) / 32768;
  return rms < 1e-5 ? -100 : Math.round(200 * Math.log10(rms)) / 10;
}

function parabola(before: number, here: number, after: number): number {
  const [a, b, c] = [Math.log(before + 1e-20), Math.log(here + 1e-20), Math.log(after + 1e-20)];
  const curve = a - 2 * b + c;
  return curve === 0 ? 0 : (a - c) / (2 * curve);
}

/** Power of each bin up to half the rate, 1 for a full-scale sine. */
function powerSpectrum(samples: Int16Array): Float64Array {
  const size = samples.length;
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size);
    re[i] = ((samples[i] ?? 0) / 32768) * hann;
  }
  transform(re, im);
  // The window halves the amplitude, and half of the power stands in the mirrored bins.
  const scale = (4 / size) ** 2;
  return Float64Array.from({ length: size / 2 }, (_, i) => scale * ((re[i] ?? 0) ** 2 + (im[i] ?? 0) ** 2));
}

/** In-place radix-2 Fourier transform. */
function transform(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [re[i], re[j]] = [re[j]!, re[i]!];
    [im[i], im[j]] = [im[j]!, im[i]!];
  }
  for (let length = 2; length <= size; length <<= 1) {
    const angle = (-2 * Math.PI) / length;
    for (let k = 0; k < length / 2; k++) {
      const cos = Math.cos(angle * k);
      const sin = Math.sin(angle * k);
      for (let i = k; i < size; i += length) butterfly(re, im, i, i + length / 2, cos, sin);
    }
  }
}

function butterfly(re: Float64Array, im: Float64Array, a: number, b: number, cos: number, sin: number): void {
  const x = re[b]! * cos - im[b]! * sin;
  const y = re[b]! * sin + im[b]! * cos;
  re[b] = re[a]! - x;
  im[b] = im[a]! - y;
  re[a] = re[a]! + x;
  im[a] = im[a]! + y;
}
