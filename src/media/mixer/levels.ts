/** Level of silence, dBFS. */
export const SILENCE_DB = -127;

/** Power of `n` samples taken every `stride`, in dB below a full-scale square wave. */
export function levelDb(pcm: Float32Array, n: number, stride: number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < n; i += stride) {
    const v = pcm[i] ?? 0;
    sum += v * v;
    count += 1;
  }
  if (count === 0 || sum <= 0) return SILENCE_DB;
  return Math.max(SILENCE_DB, 10 * Math.log10(sum / count));
}

/** Linear factor of a gain in dB. */
export function gainOf(db: number): number {
  return 10 ** (db / 20);
}
