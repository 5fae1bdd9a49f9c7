/** Requests to one source are at least this far apart, ms. */
const DEBOUNCE = 500;
/** An unanswered request is repeated after this long, ms; slower once the source has ignored many. */
const RETRY = 1000;
const SLOW_RETRY = 5000;
const PATIENCE = 10;

/**
 * Decides when to ask one source for a keyframe, however many receivers want one: one request is pending at a time,
 * repeated until the keyframe comes.
 *
 *     idle --want--> pending --received--> idle
 *                    pending --due, every second--> pending (asks again)
 */
export class KeyframeAsker {
  private wanted = false;
  private askedAt = Number.NEGATIVE_INFINITY;
  /** Requests sent for the present wish. */
  private tries = 0;

  get pending(): boolean {
    return this.wanted;
  }

  /** How many requests went out for the present wish; 0 when the first is still held back. */
  get asked(): number {
    return this.tries;
  }

  /** A receiver needs a keyframe. */
  want(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.tries = 0;
  }

  /** Called after `want` and on a tick. True: send a request now. */
  due(now: number): boolean {
    if (!this.wanted || now - this.askedAt < this.pause) return false;
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
    if (this.tries === 0) return DEBOUNCE;
    return this.tries < PATIENCE ? RETRY : SLOW_RETRY;
  }
}
