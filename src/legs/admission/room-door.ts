import type { RoomDirectory } from '../../rooms/directory.js';
import { WrongPin } from '../../rooms/errors.js';
import type { PinGuesses } from '../../rooms/pin-guesses.js';
import { hasKey, type Applicant, type RoomKeys } from '../../rooms/policy.js';
import type { Role } from '../../rooms/rights.js';
import type { Room } from '../../rooms/room.js';

const noKeys: RoomKeys = { pin: null };

/** Where every call passes into a room, whatever protocol brought it and however its PIN was given. */
export class RoomDoor {
  constructor(
    private readonly rooms: RoomDirectory,
    private readonly guesses: PinGuesses,
  ) {}

  /** Whether some PIN opens this room. */
  hasKey(name: string): boolean {
    return hasKey(this.keysOf(name));
  }

  /**
   * The room, made if need be, and the role that the PIN gives, null when it gives none.
   * @throws PinRequired, WrongPin (also after too many wrong ones), RoomNotFound, RoomClosed
   */
  open(name: string, who: Applicant): { room: Room; role: Role | null } {
    const role = this.guesses.admit(name, this.keysOf(name), who, () => new WrongPin());
    return { room: this.rooms.open(name), role };
  }

  private keysOf(name: string): RoomKeys {
    return this.rooms.find(name)?.settings ?? noKeys;
  }
}
