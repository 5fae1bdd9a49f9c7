import type { Line, MediaPlane } from '../media/plane.js';
import type { Participant } from './participant.js';

const pictures = ['video', 'content'] as const;

/**
 * Low encodings of pictures: tells the plane which lines carry them, and of whom one can be asked for. Who joined by a
 * session of the API hears what is wanted of it with the room's events.
 */
export class RoomTiers {
  /** What the plane was told last. */
  private readonly told = new Map<Line, Line | 'possible'>();

  constructor(private readonly plane: MediaPlane) {}

  /** Brings the plane up to the lines that there are now. */
  apply(participants: readonly Participant[]): void {
    const live = new Set<Line>();
    for (const { leg, session } of participants) {
      for (const name of pictures) {
        const full = leg.lines[name];
        if (!full) continue;
        live.add(full);
        const asked = session !== null && leg.can.lowPictures === true;
        this.tell(full, leg.low?.[name] ?? (asked ? 'possible' : null));
      }
    }
    for (const full of [...this.told.keys()]) if (!live.has(full)) this.told.delete(full);
  }

  private tell(full: Line, low: Line | 'possible' | null): void {
    if ((this.told.get(full) ?? null) === low) return;
    if (low) this.told.set(full, low);
    else this.told.delete(full);
    this.plane.lower(full, low === 'possible' ? null : low, low !== null);
  }
}
