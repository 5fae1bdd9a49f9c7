import { Buckets } from '../base/buckets.js';
import type { Clock } from '../base/clock.js';
import { sourceOf } from '../base/source.js';
import { PinRequired, WrongPin } from './errors.js';
import { admit, isNearby, type Applicant, type RoomKeys } from './policy.js';
import type { Role } from './rights.js';

/** Wrong PINs from one source: this many, then one every half minute. */
const perSource = { burst: 10, perSecond: 1 / 30 };
/** Wrong PINs for one room from beyond private networks: this many, then one a minute. */
const perRoom = { burst: 30, perSecond: 1 / 60 };

/**
 * Counts wrong PINs by source and by room, so that neither one machine nor many together find one by trying, whatever ways
 * they come by: one for the whole gateway. Who is near is not kept out of a room by guesses from afar.
 */
export class PinGuesses {
  private readonly sources: Buckets;
  private readonly rooms: Buckets;

  constructor(clock: Clock) {
    this.sources = new Buckets(clock, perSource.burst, perSource.perSecond);
    this.rooms = new Buckets(clock, perRoom.burst, perRoom.perSecond);
  }

  /**
   * The role that the applicant's PIN gives, null when it gives none and none is needed. Throws PinRequired, WrongPin, and
   * `tooMany()` without looking at the PIN after too many wrong ones.
   */
  admit(room: string, keys: RoomKeys, who: Applicant, tooMany: () => Error): Role | null {
    const source = sourceOf(who.address);
    // who stands behind a proxy may be anywhere
    const near = who.direct && isNearby(who.address);
    if (who.pin !== undefined && !(this.sources.has(source) && (near || this.rooms.has(room)))) throw tooMany();
    try {
      return admit(room, keys, who);
    } catch (error) {
      // also a PIN for a room that has none, or that does not exist, is a guess
      const guessed = error instanceof WrongPin || (error instanceof PinRequired && (who.pin ?? '') !== '');
      if (guessed) this.sources.take(source);
      if (guessed && !near) this.rooms.take(room);
      throw error;
    }
  }
}
