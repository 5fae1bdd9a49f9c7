import type { Clock } from '../../base/clock.js';
import type { SipResponse } from './message.js';
import { NamedTimers, type SipTimers } from './timers.js';

type State = 'trying' | 'proceeding' | 'completed' | 'terminated';
type TimerName = 'E' | 'F' | 'K';
type Input =
  | { kind: 'start' }
  | { kind: 'response'; response: SipResponse }
  | { kind: 'timer'; name: TimerName }
  | { kind: 'transport-failed' };

/** What the machine asks of its surroundings. */
export interface ClientEffects {
  /** Sends the request (again). */
  send(): void;
  /** A response for the user: every provisional and the first final. */
  response(response: SipResponse): void;
  /** No final response will come: 408 after timer F, 503 when the transport failed. */
  failed(status: 408 | 503): void;
  terminated(): void;
}

/**
 * Non-INVITE client transaction (RFC 3261 §17.1.2).
 *
 * ```
 * trying ──1xx──> proceeding ──200-699──> completed ──K──> terminated
 *   │ E: send        │ E: send every T2
 *   ├──200-699───────┼──> completed
 *   └──F, transport failed (both)──> terminated
 * ```
 */
export class ClientMachine {
  private state: State = 'trying';
  private interval: number;
  private readonly running: NamedTimers<TimerName>;

  constructor(
    clock: Clock,
    private readonly timers: SipTimers,
    private readonly reliable: boolean,
    private readonly effects: ClientEffects,
  ) {
    this.interval = timers.t1;
    this.running = new NamedTimers(clock, (name) => this.step({ kind: 'timer', name }));
  }

  start(): void {
    this.step({ kind: 'start' });
  }

  receive(response: SipResponse): void {
    this.step({ kind: 'response', response });
  }

  transportFailed(): void {
    this.step({ kind: 'transport-failed' });
  }

  /** Forgets everything without telling the user. */
  dispose(): void {
    this.running.clear();
    this.state = 'terminated';
  }

  get waiting(): boolean {
    return this.state === 'trying' || this.state === 'proceeding';
  }

  describe(): string {
    return `client ${this.state} ${this.running.describe()}`;
  }

  private step(input: Input): void {
    if (this.state === 'terminated') return;
    if (this.state === 'completed') {
      if (input.kind === 'timer') this.end();
      return;
    }
    switch (input.kind) {
      case 'start':
        if (!this.reliable) this.running.start('E', this.interval);
        this.running.start('F', 64 * this.timers.t1);
        this.effects.send();
        return;
      case 'timer':
        if (input.name === 'E') this.again();
        else this.fail(408);
        return;
      case 'transport-failed':
        this.fail(503);
        return;
      case 'response':
        this.respond(input.response);
        return;
    }
  }

  private again(): void {
    this.interval = this.state === 'proceeding' ? this.timers.t2 : Math.min(this.interval * 2, this.timers.t2);
    this.running.start('E', this.interval);
    this.effects.send();
  }

  private respond(response: SipResponse): void {
    if (response.status < 200) {
      this.state = 'proceeding';
    } else {
      this.running.clear();
      this.state = 'completed';
      this.running.start('K', this.reliable ? 0 : this.timers.t4);
    }
    this.effects.response(response);
  }

  private fail(status: 408 | 503): void {
    this.dispose();
    this.effects.failed(status);
    this.effects.terminated();
  }

  private end(): void {
    this.dispose();
    this.effects.terminated();
  }
}
