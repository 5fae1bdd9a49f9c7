import type { Clock } from './clock.js';

/** Most sources remembered; beyond that everybody starts afresh. */
const mostSources = 20_000;

/** A bucket of `burst` for each source, refilled at `perSecond`. */
export class Buckets {
  private readonly sources = new Map<string, { left: number; at: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly burst: number,
    private readonly perSecond: number,
  ) {}

  /** Takes some, by default one; false when there are not as many. */
  take(source: string, some = 1): boolean {
    const bucket = this.bucket(source);
    if (bucket.left < some) return false;
    bucket.left -= some;
    return true;
  }

  /** Whether `take` would succeed. */
  has(source: string): boolean {
    return this.bucket(source).left >= 1;
  }

  private bucket(source: string): { left: number; at: number } {
    const now = this.clock.now();
    let bucket = this.sources.get(source);
    if (!bucket) {
      if (this.sources.size >= mostSources) this.sources.clear();
      this.sources.set(source, (bucket = { left: this.burst, at: now }));
    }
    bucket.left = Math.min(this.burst, bucket.left + ((now - bucket.at) / 1000) * this.perSecond);
    bucket.at = now;
    return bucket;
  }
}
