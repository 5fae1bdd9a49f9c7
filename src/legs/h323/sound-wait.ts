import type { Clock } from '../../base/clock.js';
import { next, type Events } from '../../base/events.js';
import type { Line } from '../../media/plane.js';
import type { Leg, LegEvents } from '../../rooms/leg.js';
import { atMost } from '../at-most.js';

/** How long callers wait for the sound of a call that is passed on, ms. */
export const soundMs = 2_000;

/** A leg's sound, as soon as we can send some; null where that is not within the time that callers wait. */
export async function soundOf(
  leg: Pick<Leg, 'lines' | 'on'> & { readonly over: boolean; readonly parts: { clock: Clock } },
): Promise<Line | null> {
  const events: Events<LegEvents> = leg.on;
  const sends = (): boolean => (leg.lines.audio?.params?.send.length ?? 0) > 0;
  const known = (): boolean => leg.over || sends();
  const came = Promise.race([next(events, 'lines', known), next(events, 'ended')]);
  if (!known()) await atMost(leg.parts.clock, soundMs, came);
  return !leg.over && sends() ? leg.lines.audio : null;
}
