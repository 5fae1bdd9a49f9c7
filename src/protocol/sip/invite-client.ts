import type { Clock } from '../../base/clock.js';
import type { SipResponse } from './message.js';
import { NamedTimers, type SipTimers } from './timers.js';

type State = 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated';
type TimerName = 'A' | 'B' | 'D' | 'M';
type Input =
  | { kind: 'start' }
  | { kind: 'response'; response: SipResponse }
  | { kind: 'timer'; name: TimerName }
  | { kind: 'transport-failed' };

/** What the machine asks of its surroundings. */
export interface InviteClientEffects {
  /** Sends the INVITE (again). */
  send(): void;
  /** Acknowledges a final response of 300 and more, hop by hop. */
  ack(response: SipResponse): void;
  /** A response for the user: every provisional, the first final, and every 2xx. */
  response(response: SipResponse): void;
  /** No final response will come: 408 after timer B, 503 when the transport failed. */
  failed(status: 408 | 503): void;
  terminated(): void;
}

/**
 * INVITE client transaction (RFC 3261 §17.1.1 with RFC 6026 §7.2).
 *
 * ```
 * calling ──1xx──> proceeding ──300-699: ack──> completed ──D──> terminated
 *   │ A: send          │                          └ 300-699: ack again
 *   ├──300-699─────────┼──> completed
 *   ├──2xx─────────────┴──> accepted ──M──> terminated   (each 2xx goes to the user)
 *   └──B, transport failed──> terminated
 * ```
 */
export class InviteClientMachine {
  private state: State = 'calling';
  private interval: number;
  private readonly running: NamedTimers<TimerName>;

  constructor(
    clock: Clock,
    private readonly timers: SipTimers,
    private readonly reliable: boolean,
    private readonly effects: InviteClientEffects,
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
    this.enter('terminated');
  }

  get waiting(): boolean {
    return this.state === 'calling' || this.state === 'proceeding';
  }

  describe(): string {
    return `INVITE client ${this.state} ${this.running.describe()}`;
  }

  private step(input: Input): void {
    switch (this.state) {
      case 'calling':
      case 'proceeding':
        this.stepWaiting(input);
        return;
      case 'accepted':
        if (input.kind === 'response' && isSuccess(input.response)) this.effects.response(input.response);
        else if (input.kind === 'timer') this.finish();
        return;
      case 'completed':
        if (input.kind === 'response' && input.response.status >= 300) this.effects.ack(input.response);
        else if (input.kind === 'timer' || input.kind === 'transport-failed') this.finish();
        return;
      case 'terminated':
        return;
    }
  }

  private stepWaiting(input: Input): void {
    if (input.kind === 'start') {
      if (!this.reliable) this.running.start('A', this.interval);
      this.running.start('B', 64 * this.timers.t1);
      this.effects.send();
    } else if (input.kind === 'timer' && input.name === 'A') {
      this.interval *= 2;
      this.running.start('A', this.interval);
      this.effects.send();
    } else if (input.kind === 'timer') this.fail(408);
    else if (input.kind === 'transport-failed') this.fail(503);
    else this.respond(input.response);
  }

  private respond(response: SipResponse): void {
    if (response.status < 200) {
      this.enter('proceeding');
    } else if (isSuccess(response)) {
      this.enter('accepted');
      this.running.start('M', 64 * this.timers.t1);
    } else {
      this.enter('completed');
      this.running.start('D', this.reliable ? 0 : Math.max(32_000, 64 * this.timers.t1));
      this.effects.ack(response);
    }
    this.effects.response(response);
  }

  private fail(status: 408 | 503): void {
    this.enter('terminated');
    this.effects.failed(status);
    this.effects.terminated();
  }

  private finish(): void {
    this.enter('terminated');
    this.effects.terminated();
  }

  private enter(state: State): void {
    this.running.clear();
    this.state = state;
  }
}

function isSuccess(response: SipResponse): boolean {
  return response.status >= 200 && response.status < 300;
}
