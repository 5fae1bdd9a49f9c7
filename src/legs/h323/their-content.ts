import { next, type Events } from '../../base/events.js';
import type { Line } from '../../media/plane.js';
import type { Leg, LegEvents } from '../../rooms/leg.js';
import { ContentRefused } from './errors.js';

/** A device that has the floor brings its content channel itself: waits for it. Rejects with ContentRefused at the end. */
export async function theirContent(
  leg: Pick<Leg, 'lines' | 'on'> & { readonly over: boolean },
  hears: () => boolean,
): Promise<Line> {
  const there = (): Line | null => (hears() ? leg.lines.content : null);
  const line = there();
  if (line) return line;
  const events: Events<LegEvents> = leg.on;
  await Promise.race([next(events, 'lines', () => there() !== null || leg.over), next(events, 'ended')]);
  const came = there();
  if (!came) throw new ContentRefused('the call is over');
  return came;
}
