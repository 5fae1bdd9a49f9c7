import type { Line, MediaPlane } from '../media/plane.js';
import type { ParticipantId } from './floor-party.js';
import type { Participant } from './participant.js';

/**
 * Far-end camera control: what a participant sends goes to the one whose camera it is shown on its main picture, if that
 * one has a line for it. So nobody moves a camera it does not see, and nobody its own through the room.
 */
export class RoomCameras {
  private readonly fed = new Map<Line, Line>();

  constructor(private readonly plane: MediaPlane) {}

  /** Brings the feeds up to what everybody sees now. */
  apply(participants: readonly Participant[]): void {
    const lines = new Map<ParticipantId, Line>();
    for (const { id, leg } of participants) if (leg.fecc) lines.set(id, leg.fecc);
    const live = new Set(lines.values());
    for (const source of [...this.fed.keys()]) if (!live.has(source)) this.fed.delete(source);
    for (const { id, sees } of participants) {
      const source = lines.get(id);
      const shown = sees.main?.what === 'camera' && sees.main.from !== id ? lines.get(sees.main.from) : undefined;
      if (source) this.feed(source, shown ?? null);
    }
  }

  private feed(source: Line, sink: Line | null): void {
    if ((this.fed.get(source) ?? null) === sink) return;
    if (sink) this.fed.set(source, sink);
    else this.fed.delete(source);
    this.plane.feed(source, sink);
  }
}
