import { ApiError, NoTransport, type CallEnd } from './errors.js';
import { noticeOf, noticeOfEnd, type Notice } from './notices.js';

/** What follows an interruption. */
export type Step = { then: 'over'; notice: Notice } | { then: 'again'; afterMs: number; notice: Notice };

/** Trying stops after this, milliseconds. */
export const patienceMs = 30_000;
/** How far back interruptions count against trying once more, milliseconds. */
export const memoryMs = 60_000;
/** Most times a call is brought back within `memoryMs`: lost connections are common, a failing gateway is not. */
export const mostReturns = { connection: 4, gateway: 1 };
const pauses = [200, 500, 1000, 2000, 3000];

/**
 * Decides whether a page that lost its call tries again. No timers: give it the time, in milliseconds of any clock.
 *
 *   outside --joined--> in --temporary end--> trying --joined--> in
 *   in --final end, or too many temporary ones within `memoryMs`--> over
 *   trying --final failure, or `patienceMs` over--> over
 */
export class Recovery {
  private wasIn = false;
  private trying: { since: number; tries: number; why: Notice } | null = null;
  /** Interruptions so far and whose fault they were. */
  private past: { at: number; fault: Fault }[] = [];

  /** The call stands. */
  joined(): void {
    this.trying = null;
    this.wasIn = true;
  }

  /** A call ended, or did not come about. */
  ended(end: CallEnd, now: number): Step {
    const fault = end.kind === 'signalling-lost' ? 'connection' : 'gateway';
    return this.decide(noticeOfEnd(end), isTemporary(end), fault, now);
  }

  /** An attempt to join failed before there was a call. */
  failed(error: unknown, now: number): Step {
    const temporary = error instanceof NoTransport || (error instanceof ApiError && isTemporaryCode(error));
    return this.decide(noticeOf(error), temporary, 'connection', now);
  }

  private decide(notice: Notice, temporary: boolean, fault: Fault, now: number): Step {
    const over: Step = { then: 'over', notice };
    if (!this.wasIn || !temporary) return over;
    if (!this.trying) {
      this.past = [...this.past.filter(({ at }) => at > now - memoryMs), { at: now, fault }];
      if (this.past.filter((one) => one.fault === fault).length > mostReturns[fault]) return over;
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

type Fault = keyof typeof mostReturns;

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
