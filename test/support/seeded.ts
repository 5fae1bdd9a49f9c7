/** Numbers below a limit; 0 below 1. */
export type Roll = (below: number) => number;

/** A small generator (xorshift): the same numbers in every run, so that a failure can be repeated. `seed` is not 0. */
export function seeded(seed: number): Roll {
  let state = seed;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  // Small seeds that are neighbours begin alike.
  for (let i = 0; i < 8; i++) next();
  return (below) => next() % Math.max(1, below);
}
