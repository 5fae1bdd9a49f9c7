/** How many packets the jitter measurement looks back over. */
const WINDOW = 100;
/** So many packets are enough that the latest one of them may be chance: all but 2 % shall arrive in time. */
const MANY = 51;
/** A new estimate every so many packets. */
const EVERY = 10;
/** Half of the time over which the least transit is remembered, ms; bounds how fast clock drift is followed. */
const HALF_WINDOW_MS = 4000;
/** More lateness than this after a pause is no lateness. */
const STANDSTILL_MS = 200;

/**
 * Measures how late packets come against the quickest of the last seconds. Transit is arrival minus media time; its
 * absolute value means nothing, only differences do.
 */
export class DelayEstimator {
  private readonly recent = new Float32Array(WINDOW);
  private count = 0;
  private least = Infinity;
  private leastBefore = Infinity;
  private halfSince = -Infinity;
  private late = 0;

  /** `at` arrival and `media` media time of the packet's begin, both ms. */
  push(at: number, media: number): void {
    const transit = at - media;
    if (at - this.halfSince > HALF_WINDOW_MS) {
      this.leastBefore = this.least;
      this.least = Infinity;
      this.halfSince = at;
    }
    this.least = Math.min(this.least, transit);
    this.recent[this.count % WINDOW] = transit - this.base;
    this.count += 1;
    if (this.count % EVERY === 0 || this.count < EVERY) this.estimate();
  }

  /** A sender went on after a pause: where its timestamps stood still meanwhile, transit is counted anew. */
  resume(at: number, media: number): void {
    const transit = at - media;
    if (transit - this.base < STANDSTILL_MS) return;
    this.least = transit;
    this.leastBefore = Infinity;
    this.halfSince = at;
  }

  /** Transit of the quickest packet, ms. */
  get base(): number {
    return Math.min(this.least, this.leastBefore);
  }

  /** Lateness that all but 2 % of the packets stay under, ms. */
  get jitterMs(): number {
    return this.late;
  }

  reset(): void {
    this.count = 0;
    this.least = Infinity;
    this.leastBefore = Infinity;
    this.halfSince = -Infinity;
    this.late = 0;
  }

  private estimate(): void {
    const { recent } = this;
    const n = Math.min(this.count, WINDOW);
    let latest = 0;
    let second = 0;
    for (let i = 0; i < n; i += 1) {
      const late = recent[i] as number;
      if (late > latest) {
        second = latest;
        latest = late;
      } else if (late > second) second = late;
    }
    this.late = n < MANY ? latest : second;
  }
}
