import type { Clock } from '../../base/clock.js';
import type { SipResponse } from './message.js';
import { NamedTimers, type SipTimers } from './timers.js';

type State = 'trying' | 'proceeding' | 'completed' | 'terminated';
type Input = { kind: 'request' } | { kind: 'respond'; response: SipResponse } | { kind: 'timer' };

/** What the machine asks of its surroundings. */
export interface ServerEffects {
  send(response: SipResponse): void;
  terminated(): void;
}

/**
 * Non-INVITE server transaction (RFC 3261 §17.2.2).
 *
 * ```
 * trying ──1xx──> proceeding ──200-699──> completed ──J──> terminated
 *   └──200-699──> completed     └ request: last response again (also in completed)
 * ```
 */
export class ServerMachine {
  private state: State = 'trying';
  private last: SipResponse | null = null;
  private readonly running: NamedTimers<'J'>;

  constructor(
    clock: Clock,
    private readonly timers: SipTimers,
    private readonly reliable: boolean,
    private readonly effects: ServerEffects,
  ) {
    this.running = new NamedTimers(clock, () => this.step({ kind: 'timer' }));
  }

  /** A retransmission of the request. */
  again(): void {
    this.step({ kind: 'request' });
  }

  /** Returns false when a final response was sent before. */
  respond(response: SipResponse): boolean {
    if (this.answered) return false;
    this.step({ kind: 'respond', response });
    return true;
  }

  /** Whether a final response was sent. */
  get answered(): boolean {
    return this.state === 'completed' || this.state === 'terminated';
  }

  dispose(): void {
    this.running.clear();
    this.state = 'terminated';
  }

  describe(): string {
    return `server ${this.state} ${this.running.describe()}`;
  }

  private step(input: Input): void {
    if (this.state === 'terminated') return;
    if (input.kind === 'request') {
      if (this.last) this.effects.send(this.last);
    } else if (input.kind === 'timer') {
      this.dispose();
      this.effects.terminated();
    } else {
      this.last = input.response;
      if (input.response.status < 200) this.state = 'proceeding';
      else {
        this.state = 'completed';
        this.running.start('J', this.reliable ? 0 : 64 * this.timers.t1);
      }
      this.effects.send(input.response);
    }
  }
}
