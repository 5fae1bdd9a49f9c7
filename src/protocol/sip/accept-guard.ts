import type { Clock } from '../../base/clock.js';
import { NamedTimers, type SipTimers } from './timers.js';

/** What the guard asks of its surroundings. */
export interface AcceptGuardEffects {
  /** Sends the 2xx again. */
  resend(): void;
  /** No ACK within 64 T1. */
  unacknowledged(): void;
}

/**
 * Repeats the 2xx of an INVITE until its ACK comes (RFC 3261 §13.3.1.4), on every transport because a hop beyond may be
 * UDP.
 *
 * ```
 * waiting ──ACK──> done
 *   │ resend after T1, doubling to T2
 *   └──64 T1: unacknowledged──> done
 * ```
 */
export class AcceptGuard {
  private interval: number;
  private readonly running: NamedTimers<'resend' | 'limit'>;

  constructor(
    clock: Clock,
    private readonly timers: SipTimers,
    private readonly effects: AcceptGuardEffects,
  ) {
    this.interval = timers.t1;
    this.running = new NamedTimers(clock, (name) => this.step(name));
    this.running.start('resend', this.interval);
    this.running.start('limit', 64 * timers.t1);
  }

  /** The ACK came, or the dialog ended. */
  stop(): void {
    this.running.clear();
  }

  private step(input: 'resend' | 'limit'): void {
    if (input === 'limit') {
      this.stop();
      this.effects.unacknowledged();
      return;
    }
    this.interval = Math.min(this.interval * 2, this.timers.t2);
    this.running.start('resend', this.interval);
    this.effects.resend();
  }
}
