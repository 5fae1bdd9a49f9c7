import type { RoomDirectory } from '../../rooms/directory.js';
import { PinRequired, WrongPin } from '../../rooms/errors.js';
import { admit, hasKey, type Applicant, type RoomKeys } from '../../rooms/policy.js';
import type { Role } from '../../rooms/rights.js';
import type { Room } from '../../rooms/room.js';
import type { PinGuesses } from './pin-guesses.js';

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
    if (who.pin !== undefined && !this.guesses.mayTry(who.address, name)) throw new WrongPin();
    try {
      const role = admit(name, this.keysOf(name), who);
      return { room: this.rooms.open(name), role };
    } catch (error) {
      // also a PIN for a room that has none, or that does not exist, is a guess
      const guessed = error instanceof WrongPin || (error instanceof PinRequired && (who.pin ?? '') !== '');
      if (guessed) this.guesses.wrong(who.address, name);
      throw error;
    }
  }

  private keysOf(name: string): RoomKeys {
    return this.rooms.find(name)?.settings ?? noKeys;
  }
}
