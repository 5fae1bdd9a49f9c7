/** A smaller change of the rate is none, and changes are so far apart, ms. */
const CHANGE = 0.15;
const APART = 3000;
/** The low encoding goes on for this long when nobody needs it, since speakers and slides come back, ms. */
const LINGER = 10_000;

/** Decides when the sender of a picture is told that a low encoding of it is wanted, at which rate, or not any more. */
export class LowWish {
  /** Told last, kbit/s; null is none wanted. */
  told: number | null = null;
  private toldAt = Number.NEGATIVE_INFINITY;
  private idleSince: number | null = null;

  /** `kbps`: what those who need it can be sent, null while nobody does. True: tell `told`. */
  due(kbps: number | null, now: number): boolean {
    if (kbps !== null) {
      this.idleSince = null;
      if (this.told !== null && (Math.abs(kbps - this.told) <= CHANGE * this.told || now - this.toldAt < APART))
        return false;
    } else {
      if (this.told === null) return false;
      this.idleSince ??= now;
      if (now - this.idleSince < LINGER) return false;
    }
    this.told = kbps;
    this.toldAt = now;
    return true;
  }
}
