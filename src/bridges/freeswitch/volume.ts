/** What FreeSWITCH's steps of volume do, dB, by step from -4 to 4 (`switch_change_sln_volume`). */
const STEPS: readonly (readonly [step: number, db: number])[] = [
  [-4, -14],
  [-3, -8],
  [-2, -4.4],
  [-1, -1.9],
  [0, 0],
  [1, 2.3],
  [2, 7.2],
  [3, 10.4],
  [4, 12.7],
];

/** Most that may be asked for, dB. */
export const mostGainDb = 30;

/** The step that is nearest to a gain. */
export function stepOf(db: number): number {
  const [first] = [...STEPS].sort((a, b) => Math.abs(a[1] - db) - Math.abs(b[1] - db));
  return first?.[0] ?? 0;
}

/** What a step does, dB. */
export function dbOf(step: number): number {
  return STEPS.find(([each]) => each === step)?.[1] ?? 0;
}
