import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';

/** What an incoming offer meets: process it, or answer with this status (RFC 3261 §14.2, RFC 3311 §5.2). */
export type OfferVerdict = { go: true } | { go: false; status: 491 } | { go: false; status: 500; retryAfter: number };

/**
 * One negotiation at a time on a dialog. While an offer of ours is out, the peer's is answered 491 and ours yields: a 491
 * to ours waits until a change of the peer has been served, or the time of RFC 3261 §14.1 is over.
 *
 *   idle --theirs--> answering --done--> idle
 *                      └--answered by an offer of ours--> offering
 *   idle --ours--> offering --2xx/final--> idle
 *   offering --491--> yielding --(their offer answered | back-off over)--> idle, ours is tried again
 */
export class Glare {
  private state: 'idle' | 'answering' | 'offering' | 'yielding' = 'idle';
  private waiters: (() => void)[] = [];
  private release: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly chance: Chance,
    /** Whether the peer generated the Call-ID: then it backs off 2.1-4 s and we 0-2 s. */
    private readonly peerOwnsCallId: boolean,
  ) {}

  describe(): string {
    return this.state;
  }

  /** The peer's offer arrived. With `go` the caller must call `theirsDone` after its final answer. */
  theirs(): OfferVerdict {
    if (this.state === 'offering') return { go: false, status: 491 };
    if (this.state === 'answering') return { go: false, status: 500, retryAfter: this.retryAfter() };
    this.state = 'answering';
    return { go: true };
  }

  theirsDone(): void {
    if (this.state === 'answering') this.toIdle();
  }

  /** Seconds after which what came too early may come again (RFC 3261 §14.2, RFC 3311 §5.2). */
  retryAfter(): number {
    return this.chance.int(0, 10);
  }

  /** A 2xx of ours carries an offer, whose answer comes with the ACK; `oursDone` ends it. */
  offeredInAnswer(): void {
    this.state = 'offering';
  }

  /** Waits for a turn to offer. */
  async ours(): Promise<void> {
    while (this.state !== 'idle') await new Promise<void>((resolve) => this.waiters.push(resolve));
    this.state = 'offering';
  }

  oursDone(): void {
    if (this.state === 'offering') this.toIdle();
  }

  /** Our offer met a 491: yields to the peer, resolves when it is time to try again. */
  async yieldToPeer(): Promise<void> {
    this.state = 'yielding';
    const wait = (this.peerOwnsCallId ? this.chance.int(0, 200) : this.chance.int(210, 400)) * 10;
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(wait, () => {
        this.release = null;
        // their change is being answered just now: ours goes when that is done
        if (this.state === 'yielding') this.toIdle();
        resolve();
      });
      this.release = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** The dialog is over: lets everything go. */
  close(): void {
    this.toIdle();
  }

  private toIdle(): void {
    this.state = 'idle';
    const release = this.release;
    this.release = null;
    release?.();
    for (const waiter of this.waiters.splice(0)) waiter();
  }
}
