import { Buckets } from '../../base/buckets.js';
import type { Clock } from '../../base/clock.js';
import { isNearby } from '../../rooms/policy.js';

/** Wrong PINs from one address: this many, then one every half minute. */
const perSource = { burst: 10, perSecond: 1 / 30 };
/** Wrong PINs for one room from beyond private networks: this many, then one a minute. */
const perRoom = { burst: 30, perSecond: 1 / 60 };

/**
 * Counts wrong PINs by source and by room, so that neither one machine nor many together find one by trying. Who is near
 * is not kept out of a room by guesses from afar.
 */
export class PinGuesses {
  private readonly sources: Buckets;
  private readonly rooms: Buckets;

  constructor(clock: Clock) {
    this.sources = new Buckets(clock, perSource.burst, perSource.perSecond);
    this.rooms = new Buckets(clock, perRoom.burst, perRoom.perSecond);
  }

  /** Whether a PIN from there is looked at now. */
  mayTry(address: string, room: string): boolean {
    return this.sources.has(address) && (isNearby(address) || this.rooms.has(room));
  }

  wrong(address: string, room: string): void {
    this.sources.take(address);
    if (!isNearby(address)) this.rooms.take(room);
  }
}
