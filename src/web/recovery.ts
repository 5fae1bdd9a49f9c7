import { ApiError, NoTransport, type CallEnd } from './errors.js';
import { noticeOf, noticeOfEnd, type Notice } from './notices.js';

/** What follows an interruption. */
export type Step = { then: 'over'; notice: Notice } | { then: 'again'; afterMs: number; notice: Notice };

/** Trying stops after this, milliseconds. */
export const patienceMs = 30_000;
/** A call that was brought back and lasted this long may be brought back once more, milliseconds. */
export const settledMs = 60_000;
const pauses = [200, 500, 1000, 2000, 3000];

/**
 * Decides whether a page that lost its call tries again. No timers: give it the time, in milliseconds of any clock.
 *
 *   outside --joined--> in --temporary end--> trying --joined--> in
 *   in --final end, or a second temporary one within `settledMs`--> over
 *   trying --final failure, or `patienceMs` over--> over
 */
export class Recovery {
  private joinedAt: number | null = null;
  private trying: { since: number; tries: number; why: Notice } | null = null;
  private rejoined = false;

  joined(now: number): void {
    this.rejoined = this.trying !== null;
    this.trying = null;
    this.joinedAt = now;
  }

  /** A call ended, or did not come about. */
  ended(end: CallEnd, now: number): Step {
    return this.decide(noticeOfEnd(end), isTemporary(end), now);
  }

  /** An attempt to join failed before there was a call. */
  failed(error: unknown, now: number): Step {
    const temporary = error instanceof NoTransport || (error instanceof ApiError && isTemporaryCode(error));
    return this.decide(noticeOf(error), temporary, now);
  }

  private decide(notice: Notice, temporary: boolean, now: number): Step {
    const over: Step = { then: 'over', notice };
    if (this.joinedAt === null || !temporary) return over;
    if (!this.trying) {
      if (this.rejoined && now - this.joinedAt < settledMs) return over;
      this.trying = { since: now, tries: 0, why: notice };
    }
    const { since, tries, why } = this.trying;
    const afterMs = pauses[Math.min(tries, pauses.length - 1)] ?? 0;
    // what began it says more than why the last attempt failed
    if (now + afterMs - since > patienceMs) return { then: 'over', notice: why };
    this.trying.tries += 1;
    return { then: 'again', afterMs, notice: why };
  }
}

function isTemporary(end: CallEnd): boolean {
  switch (end.kind) {
    case 'left':
      return false;
    case 'signalling-lost':
    case 'media-failed':
      return true;
    case 'refused':
      return end.status === 408 || end.status === 480 || end.status >= 500;
    case 'ended':
      // 488: the gateway could not go on with this call; 102: it heard nothing of us
      return end.cause?.cause === 488 || end.cause?.cause === 102;
  }
}

function isTemporaryCode({ code, retry }: ApiError): boolean {
  return code === 'unreachable' || (retry && !['room_full', 'room_locked', 'pin_required', 'wrong_pin'].includes(code));
}
