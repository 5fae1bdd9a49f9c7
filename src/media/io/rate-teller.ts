/** By which means a source learns what it may send. */
export type RateWay = 'remb' | 'tmmbr' | 'signalling';

/** A smaller change is none. */
const CHANGE = 0.1;
/** RTCP: so far apart at least; a TMMBR that is not acknowledged is repeated a few times, ms. */
const APART = 200;
const REPEAT = 1000;
const REPEATS = 3;
/** Signalling disturbs a device more: larger changes, that last, not often, ms. */
const SIGNALLED_CHANGE = 0.2;
const LASTING = 3000;
const SIGNALLED_APART = 15_000;

/**
 * Decides when one source is told its rate.
 *
 *     told --changed enough--> due now (RTCP), or when it has lasted (signalling) --> told
 *     told by TMMBR --no TMMBN for a second, three times--> due again
 */
export class RateTeller {
  /** Told last, kbit/s; null before the first time. */
  told: number | null = null;
  private toldAt = Number.NEGATIVE_INFINITY;
  private repeats = 0;
  private wanted = 0;
  private wantedSince = Number.NEGATIVE_INFINITY;

  /** `open`: what the source goes by as long as it was told nothing, kbit/s. */
  constructor(private readonly open: number) {}

  /** True: tell it `kbps` now; it counts as told then. */
  due(kbps: number, way: RateWay, now: number): boolean {
    if (far(kbps, this.wanted, CHANGE)) {
      this.wanted = kbps;
      this.wantedSince = now;
    }
    if (!this.isDue(kbps, way, now)) return false;
    this.repeats = far(kbps, this.told ?? this.open, CHANGE) && way === 'tmmbr' ? REPEATS : this.repeats - 1;
    this.told = kbps;
    this.toldAt = now;
    return true;
  }

  /** It said that it goes by what it was told (TMMBN). */
  acknowledged(): void {
    this.repeats = 0;
  }

  /** The source is another one, or was told by its description. */
  forget(): void {
    this.told = null;
    this.repeats = 0;
    this.toldAt = Number.NEGATIVE_INFINITY;
  }

  private isDue(kbps: number, way: RateWay, now: number): boolean {
    const since = now - this.toldAt;
    const before = this.told ?? this.open;
    if (way === 'signalling')
      return far(kbps, before, SIGNALLED_CHANGE) && now - this.wantedSince >= LASTING && since >= SIGNALLED_APART;
    if (far(kbps, before, CHANGE)) return since >= APART;
    return way === 'tmmbr' && this.repeats > 0 && since >= REPEAT;
  }
}

function far(a: number, b: number, share: number): boolean {
  return Math.abs(a - b) > share * b;
}
