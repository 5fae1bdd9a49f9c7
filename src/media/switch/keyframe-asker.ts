/** Requests to one source are at least this far apart, ms. */
const DEBOUNCE = 500;
/** The same where a receiver has no picture yet, ms: libwebrtc ignores what comes within 300 ms of the last one. */
const URGENT_DEBOUNCE = 320;
/** An unanswered request is repeated after this long, ms: soon the first time, it may be lost; slower once many were ignored. */
const FIRST_RETRY = 500;
const RETRY = 1000;
const SLOW_RETRY = 5000;
const PATIENCE = 10;
/** So many requests may follow each other, then one a second: receivers that lose all the time cost the others no more. */
const BURST = 5;
const REFILL = 1000;

/**
 * Decides when to ask one source for a keyframe, however many receivers want one: one request is pending at a time,
 * repeated until the keyframe comes.
 *
 *     idle --want--> pending --received--> idle
 *                    pending --due, after half a second and then every second--> pending (asks again)
 */
export class KeyframeAsker {
  private wanted = false;
  private askedAt = Number.NEGATIVE_INFINITY;
  /** Requests sent for the present wish. */
  private tries = 0;
  private left = BURST;
  /** Who waits has no picture at all. */
  private urgent = false;

  get pending(): boolean {
    return this.wanted;
  }

  /** How many requests went out for the present wish; 0 when the first is still held back. */
  get asked(): number {
    return this.tries;
  }

  /** A receiver needs a keyframe; `urgent`: it has no picture at all yet, and is not to wait for what others used up. */
  want(urgent = false): void {
    if (urgent) this.left = Math.max(this.left, 1);
    this.urgent = urgent || (this.wanted && this.urgent);
    if (this.wanted) return;
    this.wanted = true;
    this.tries = 0;
  }

  /** Called after `want` and on a tick. True: send a request now. */
  due(now: number): boolean {
    const since = now - this.askedAt;
    if (!this.wanted || since < this.pause) return false;
    const left = Math.min(BURST, this.left + since / REFILL);
    if (left < 1) return false;
    this.left = left - 1;
    this.askedAt = now;
    this.tries++;
    return true;
  }

  /** A keyframe began. */
  received(): void {
    this.wanted = false;
  }

  /** Nobody needs it any more. */
  cancel(): void {
    this.wanted = false;
  }

  private get pause(): number {
    if (this.tries === 0) return this.urgent ? URGENT_DEBOUNCE : DEBOUNCE;
    if (this.tries === 1) return FIRST_RETRY;
    return this.tries < PATIENCE ? RETRY : SLOW_RETRY;
  }
}
