import type { Claim } from './password.js';

/** Pairs of time and random number that are remembered of one sender. */
const mostPairs = 1024;

/**
 * Whether messages of one sender are new: not older or newer than its clock may be wrong, and none twice (H.235.1).
 * Asked only for what was proved, so that others cannot fill it.
 */
export class Freshness {
  /** By time and random number, in the order in which they came. */
  private readonly seen = new Map<string, number>();
  /** Up to this time nothing is remembered, so nothing is taken. */
  private floor = 0;

  /** Why a message is not to be taken; null for a new one. */
  fault(claim: Claim, now: number, window: number): 'time' | 'replay' | null {
    if (Math.abs(now - claim.timeStamp) > window) return 'time';
    // The older form has no random number: within the window it can be repeated by whoever hears it.
    if (claim.random === null) return null;
    const pair = `${claim.timeStamp}/${claim.random}`;
    if (claim.timeStamp <= this.floor || this.seen.has(pair)) return 'replay';
    this.seen.set(pair, claim.timeStamp);
    if (this.seen.size > mostPairs) this.forgetOldest(now, window);
    return null;
  }

  private forgetOldest(now: number, window: number): void {
    const [first] = this.seen;
    if (!first) return;
    this.seen.delete(first[0]);
    if (now - first[1] <= window) this.floor = Math.max(this.floor, first[1]);
  }
}
