/** Peaks are held under this. */
const CEILING = 0.9;
/** The rest of the way to full scale is bent softly. */
const KNEE = 0.9;
/** Gain recovered per 20 ms frame. */
const RELEASE = 1.02;

/**
 * One room's limiter: a gain that falls within one frame when the sum of the voices gets too loud and recovers slowly.
 * All mixes of the room share it, so that a change from one mix to another is no step in loudness.
 */
export class Limiter {
  /** Gain at the begin and at the end of this frame. */
  from = 1;
  to = 1;

  /** `peak` is the largest absolute sample of the frame's total. */
  step(peak: number): void {
    this.from = this.to;
    const bearable = peak > CEILING ? CEILING / peak : 1;
    this.to = Math.min(bearable, this.from * RELEASE, 1);
  }
}

/** Above the knee, samples approach full scale and never pass it. */
function soft(v: number): number {
  if (v > KNEE) return KNEE + (1 - KNEE) * Math.tanh((v - KNEE) / (1 - KNEE));
  if (v < -KNEE) return -KNEE - (1 - KNEE) * Math.tanh((-v - KNEE) / (1 - KNEE));
  return v;
}

/** `out` = limited (`total` - `minus`), all of `out`'s length. */
export function limitInto(out: Float32Array, total: Float32Array, minus: Float32Array | null, limiter: Limiter): void {
  const n = out.length;
  const { from, to } = limiter;
  const slope = (to - from) / n;
  for (let i = 0; i < n; i += 1) {
    const v = ((total[i] as number) - (minus ? (minus[i] as number) : 0)) * (from + slope * i);
    out[i] = v > KNEE || v < -KNEE ? soft(v) : v;
  }
}
