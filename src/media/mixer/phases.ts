import { FRAME_MS } from './codecs/codec.js';

/** A room is mixed at one of so many moments of each frame's time. */
export const PHASES = 4;
/** From one of them to the next, ms. */
export const PHASE_MS = FRAME_MS / PHASES;
/** For less than this in the mean a room stays where it is, ms. */
const WORTH_MS = 3;

/**
 * The moment at which packets wait least. `ready`: when packets of each member may be played at the earliest, ms, of any
 * frame; `due`: when the room was to be mixed last, at `phase`. Pure.
 */
export function bestPhase(ready: readonly number[], due: number, phase: number): number {
  const wait = (at: number): number =>
    ready.reduce((sum, each) => {
      const rest = (due + (at - phase) * PHASE_MS - each) % FRAME_MS;
      return sum + (rest < 0 ? rest + FRAME_MS : rest);
    }, 0) / ready.length;
  let best = phase;
  for (let at = 0; at < PHASES; at += 1) if (wait(at) < wait(best)) best = at;
  return wait(best) < wait(phase) - WORTH_MS ? best : phase;
}
