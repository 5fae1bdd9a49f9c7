/** First value and lower bound of T1, milliseconds, RFC 8855 §8.3.1. */
export const initialT1 = 500;
const granularity = 100;
const maxRetransmissions = 3;

/** T2 for a given T1: how long responses are kept for replay, RFC 8855 §8.3.3. */
export function t2Of(t1: number): number {
  return t1 * 16 * 1.25;
}

/** RFC 6298 smoothing with the bounds of RFC 8855 §8.3.1. */
export class RoundTrip {
  private smoothed: number | null = null;
  private variation = 0;

  /** Current T1, milliseconds. */
  get t1(): number {
    if (this.smoothed === null) return initialT1;
    return Math.max(initialT1, this.smoothed + Math.max(granularity, 4 * this.variation));
  }

  /** Takes the round trip of a request that was sent once only (Karn). */
  sample(ms: number): void {
    if (this.smoothed === null) {
      this.smoothed = ms;
      this.variation = ms / 2;
      return;
    }
    this.variation = 0.75 * this.variation + 0.25 * Math.abs(this.smoothed - ms);
    this.smoothed = 0.875 * this.smoothed + 0.125 * ms;
  }
}

/** The single request that may wait for its answer in one direction, RFC 8855 §6.2. */
interface Pending {
  transactionId: number;
  bytes: Uint8Array;
  sentAt: number;
  transmissions: number;
  wait: number;
  dueAt: number;
}

/**
 * Sends one request at a time and repeats it on a datagram carriage:
 *
 *     idle -- begin --> waiting -- answered / abandon --> idle
 *                       waiting -- T1, 2 T1, 4 T1 --> sent again -- 8 T1 --> failed (idle)
 *
 * On reliable carriage nothing is repeated and the failure comes at the same age.
 */
export class Retransmitter {
  readonly roundTrip = new RoundTrip();
  private pending: Pending | null = null;

  constructor(
    private readonly repeat: boolean,
    private readonly send: (bytes: Uint8Array) => void,
  ) {}

  get busy(): boolean {
    return this.pending !== null;
  }

  /** When `tick` has work to do, or null. */
  get due(): number | null {
    return this.pending?.dueAt ?? null;
  }

  /** How often the waiting request was sent, 0 without one. */
  get transmissions(): number {
    return this.pending?.transmissions ?? 0;
  }

  /** Sends a request; the caller has made sure that none waits. */
  begin(transactionId: number, bytes: Uint8Array, now: number): void {
    const wait = this.repeat ? this.roundTrip.t1 : initialT1 * 15;
    this.pending = { transactionId, bytes, sentAt: now, transmissions: 1, wait, dueAt: now + wait };
    this.send(bytes);
  }

  /** Reports an answer; false when nothing with that id waits. */
  answered(transactionId: number, now: number): boolean {
    const { pending } = this;
    if (pending?.transactionId !== transactionId) return false;
    this.pending = null;
    if (pending.transmissions === 1) this.roundTrip.sample(now - pending.sentAt);
    return true;
  }

  /** Forgets the waiting request. */
  abandon(): void {
    this.pending = null;
  }

  /** Repeats or gives up what is due; returns the id of a request that failed for good. */
  tick(now: number): number | null {
    const { pending } = this;
    if (!pending || now < pending.dueAt) return null;
    if (!this.repeat || pending.transmissions > maxRetransmissions) {
      this.pending = null;
      return pending.transactionId;
    }
    pending.transmissions += 1;
    pending.wait *= 2;
    pending.dueAt = now + pending.wait;
    this.send(pending.bytes);
    return null;
  }
}
