import { isPassed } from '../media/passed-sound.js';
import type { Line, MediaPlane } from '../media/plane.js';
import type { LegId } from './leg.js';
import type { Participant } from './participant.js';
import { RoomRelay } from './room-relay.js';

/**
 * The sound of a call of two, which the mixer is asked for only where it cannot be passed on as it is. It begins before the
 * call is answered, and before there are seats, where the far end sends tones or announcements.
 */
export class PairSound {
  private readonly relay: RoomRelay;
  /** Legs without a seat; null for one whose sound has ended. */
  private readonly early = new Map<LegId, Line | null>();

  constructor(plane: Pick<MediaPlane, 'feed'>) {
    this.relay = new RoomRelay(plane);
  }

  /** A leg that has no seat yet is heard and hears; null ends that. */
  hear(leg: LegId, line: Line | null): void {
    this.early.set(leg, line);
  }

  /** Brings the sound up to the lines there are; `mix` seats a line in the mixer, or (null) takes it out of there. */
  apply(seats: readonly Participant[], mix: (leg: LegId, line: Line | null) => void): void {
    for (const { leg } of seats) this.early.delete(leg.id);
    const ends: [LegId, Line | null][] = [...seats.map(({ leg }): [LegId, Line | null] => [leg.id, leg.lines.audio])];
    ends.push(...this.early);
    for (const [leg, line] of this.early) if (line === null) this.early.delete(leg);
    const passes = this.relay.apply(ends.map(([, line]) => line));
    const alone = ends.filter(([, line]) => line !== null).length < 2;
    for (const [leg, line] of ends) mix(leg, passes || alone || !canBeMixed(line) ? null : line);
    for (const [index, one] of seats.entries()) {
      const other = seats[1 - index];
      if (other) one.tellOf(other);
    }
  }
}

/** A line whose codec is being changed may have one yet that is only passed on. */
function canBeMixed(line: Line | null): boolean {
  const { send = [], receive = [] } = line?.params ?? {};
  return ![...send, ...receive].some(({ name }) => isPassed(name));
}
