import type { ParticipantDescription, RoomDescription } from '../../rooms/describe.js';

/** Tells mutes from other changes of participants. */
export class MuteWatch {
  private muted: ReadonlySet<number>;

  constructor(private readonly room: { describe(): Pick<RoomDescription, 'participants'> }) {
    this.muted = this.mutedNow();
  }

  /** Whether what changed is that it was muted, or is no longer. */
  changed({ id, muted }: Pick<ParticipantDescription, 'id' | 'muted'>): boolean {
    if (this.muted.has(id) === muted) return false;
    this.muted = this.mutedNow();
    return true;
  }

  private mutedNow(): ReadonlySet<number> {
    return new Set(this.room.describe().participants.flatMap((one) => (one.muted ? [one.id] : [])));
  }
}
