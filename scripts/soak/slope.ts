/** A sample of a quantity over time. */
export interface Sample {
  /** Seconds since the begin. */
  at: number;
  value: number;
}

/** The least value of each stretch of `seconds`: memory just after it was collected. */
export function troughs(samples: readonly Sample[], seconds: number): Sample[] {
  const least = new Map<number, Sample>();
  for (const sample of samples) {
    const stretch = Math.floor(sample.at / seconds);
    const known = least.get(stretch);
    if (!known || sample.value < known.value) least.set(stretch, sample);
  }
  return [...least.values()];
}

/** Growth an hour by the line of least squares; 0 for less than two samples. */
export function slopePerHour(samples: readonly Sample[]): number {
  const n = samples.length;
  if (n < 2) return 0;
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, one) => sum + of(one), 0) / n;
  const [at, value] = [mean((one) => one.at), mean((one) => one.value)];
  const spread = samples.reduce((sum, one) => sum + (one.at - at) ** 2, 0);
  const lift = samples.reduce((sum, one) => sum + (one.at - at) * (one.value - value), 0);
  return spread === 0 ? 0 : (lift / spread) * 3600;
}
