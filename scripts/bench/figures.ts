/** One measured figure beside its target. */
export interface Figure {
  what: string;
  /** As the table shows it; '-' for a figure that only informs. */
  target: string;
  measured: string;
  /** Null where there is no target, or nothing could be measured. */
  ok: boolean | null;
}

/** What one bench has to say. */
export interface BenchResult {
  bench: string;
  figures: Figure[];
  /** Why nothing was measured, or what to know when reading. */
  note?: string;
}

/** A figure that must not exceed its target. */
export function atMost(what: string, value: number, limit: number, unit: string, digits = 1): Figure {
  return { what, target: `<= ${limit} ${unit}`, measured: `${value.toFixed(digits)} ${unit}`, ok: value <= limit };
}

/** A figure that must reach its target. */
export function atLeast(what: string, value: number, limit: number, unit: string, digits = 0): Figure {
  return { what, target: `>= ${limit} ${unit}`, measured: `${value.toFixed(digits)} ${unit}`, ok: value >= limit };
}

/** A figure without a target. */
export function inform(what: string, measured: string): Figure {
  return { what, target: '-', measured, ok: null };
}

/** The value below which `share` (0..1) of the values lie; NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Prints a result: lines for people, then one line of JSON for `npm run bench`. */
export function tell(result: BenchResult): void {
  for (const line of readable(result)) console.log(line);
  console.log(JSON.stringify(result));
}

/** A result in words. */
export function readable({ bench, figures, note }: BenchResult): string[] {
  const verdict = (ok: boolean | null): string => (ok === null ? '' : ok ? '  ok' : '  SHORT');
  return [
    ...figures.map(({ what, target, measured, ok }) => `${bench}: ${what}: ${measured} (${target})${verdict(ok)}`),
    ...(note === undefined ? [] : [`${bench}: ${note}`]),
  ];
}

/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
