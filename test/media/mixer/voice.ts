import { seeded } from '../../support/seeded.js';

/** A voice of syllables with a gliding pitch and some breath, frames of 20 ms. */
export function voice(frames: number, rate = 48_000): Float32Array[] {
  const roll = seeded(1);
  let phase = 0;
  return Array.from({ length: frames }, (_, f) =>
    Float32Array.from({ length: rate / 50 }, (_sample, i) => {
      const t = f / 50 + i / rate;
      phase += (2 * Math.PI * (130 + 30 * Math.sin(2 * t))) / rate;
      const syllable = 0.2 * Math.max(0.01, Math.sin(2 * Math.PI * 3 * t));
      const sound = Math.sin(phase) + 0.6 * Math.sin(3 * phase) + 0.4 * Math.sin(7 * phase);
      return syllable * (sound + 0.2 * (roll(1000) / 500 - 1));
    }),
  );
}

/** How much louder `a` is than its difference from `b`, dB. */
export function likeness(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let [signal, noise] = [0, 1e-12];
  a.forEach((frame, f) =>
    frame.forEach((v, i) => {
      signal += v * v;
      noise += (v - (b[f]?.[i] ?? 0)) ** 2;
    }),
  );
  return 10 * Math.log10(signal / noise);
}
