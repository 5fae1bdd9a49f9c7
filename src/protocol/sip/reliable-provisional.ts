import type { Clock } from '../../base/clock.js';
import type { SipResponse } from './message.js';
import { NamedTimers, type SipTimers } from './timers.js';

/** What the sender of reliable provisional responses asks of its surroundings. */
export interface ReliableEffects {
  send(response: SipResponse): void;
  /** No PRACK within 64 T1 (RFC 3262 §3). */
  unacknowledged(): void;
}

/**
 * Reliable provisional responses of one INVITE (RFC 3262 §3): one at a time, repeated at T1, doubling, until PRACKed.
 *
 * ```
 * idle ──send──> waiting ──PRACK──> idle, or waiting with the next in the queue
 *                  │ repeat
 *                  └──64 T1: unacknowledged──> idle
 * ```
 */
export class ReliableProvisional {
  private current: SipResponse | null = null;
  private readonly queue: { response: SipResponse; rseq: number }[] = [];
  private readonly later: (() => void)[] = [];
  private rseq: number;
  private interval = 0;
  private pendingRseq = 0;
  private readonly running: NamedTimers<'repeat' | 'limit'>;

  constructor(
    clock: Clock,
    private readonly timers: SipTimers,
    firstRseq: number,
    private readonly effects: ReliableEffects,
  ) {
    this.rseq = firstRseq;
    this.running = new NamedTimers(clock, (name) => this.step(name));
  }

  /** The RSeq the next response must carry. */
  nextRseq(): number {
    return this.rseq++;
  }

  send(response: SipResponse, rseq: number): void {
    this.queue.push({ response, rseq });
    if (!this.current) this.advance();
  }

  /** True when the PRACK belongs to the response that waits. */
  acknowledged(rseq: number): boolean {
    if (!this.current || rseq !== this.pendingRseq) return false;
    this.advance();
    return true;
  }

  /** Runs `job` when nothing waits for a PRACK any more, at once if so now. */
  whenIdle(job: () => void): void {
    if (this.current) this.later.push(job);
    else job();
  }

  /** Whether a response with a body waits for its PRACK: a 2xx must then wait too (§3). */
  get holdsAnswer(): boolean {
    return this.current !== null && this.current.body.length > 0;
  }

  /** RSeq of the response that waits for its PRACK, or null. */
  get waiting(): number | null {
    return this.current === null ? null : this.pendingRseq;
  }

  stop(): void {
    this.running.clear();
    this.current = null;
    this.queue.length = 0;
    this.later.length = 0;
  }

  private advance(): void {
    this.running.clear();
    const next = this.queue.shift();
    this.current = next?.response ?? null;
    if (!next) {
      for (const job of this.later.splice(0)) job();
      return;
    }
    this.pendingRseq = next.rseq;
    this.interval = this.timers.t1;
    this.running.start('repeat', this.interval);
    this.running.start('limit', 64 * this.timers.t1);
    this.effects.send(next.response);
  }

  private step(input: 'repeat' | 'limit'): void {
    if (input === 'limit') {
      this.stop();
      this.effects.unacknowledged();
    } else if (this.current) {
      this.interval *= 2;
      this.running.start('repeat', this.interval);
      this.effects.send(this.current);
    }
  }
}
