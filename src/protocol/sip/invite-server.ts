import type { Clock } from '../../base/clock.js';
import type { SipResponse } from './message.js';
import { NamedTimers, type SipTimers } from './timers.js';

type State = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';
type TimerName = 'G' | 'H' | 'I' | 'L';
type Input =
  | { kind: 'request' }
  | { kind: 'ack' }
  | { kind: 'respond'; response: SipResponse }
  | { kind: 'timer'; name: TimerName };

/** What the machine asks of its surroundings. */
export interface InviteServerEffects {
  send(response: SipResponse): void;
  /** Timer H: the final response of 300 and more was never acknowledged. */
  unacknowledged(): void;
  terminated(): void;
}

/**
 * INVITE server transaction (RFC 3261 §17.2.1 with RFC 6026 §7.1). 2xx retransmission belongs to the user.
 *
 * ```
 * proceeding ──2xx──> accepted ──L──> terminated          (INVITE absorbed, 2xx sent again as the user says)
 *   │ INVITE: last 1xx again
 *   └──300-699──> completed ──ACK──> confirmed ──I──> terminated
 *                   │ INVITE, G: response again
 *                   └──H──> terminated
 * ```
 */
export class InviteServerMachine {
  private state: State = 'proceeding';
  private last: SipResponse | null = null;
  private interval: number;
  private readonly running: NamedTimers<TimerName>;

  constructor(
    clock: Clock,
    private readonly timers: SipTimers,
    private readonly reliable: boolean,
    private readonly effects: InviteServerEffects,
  ) {
    this.interval = timers.t1;
    this.running = new NamedTimers(clock, (name) => this.step({ kind: 'timer', name }));
  }

  /** A retransmission of the INVITE. */
  again(): void {
    this.step({ kind: 'request' });
  }

  /** ACK with the INVITE's branch. */
  ack(): void {
    this.step({ kind: 'ack' });
  }

  /** Returns false when the state does not allow this response any more. */
  respond(response: SipResponse): boolean {
    const allowed =
      this.state === 'proceeding' || (this.state === 'accepted' && Math.floor(response.status / 100) === 2);
    if (allowed) this.step({ kind: 'respond', response });
    return allowed;
  }

  /** Whether a final response was sent. */
  get answered(): boolean {
    return this.state !== 'proceeding';
  }

  dispose(): void {
    this.running.clear();
    this.state = 'terminated';
  }

  describe(): string {
    return `INVITE server ${this.state} ${this.running.describe()}`;
  }

  private step(input: Input): void {
    switch (this.state) {
      case 'proceeding':
        if (input.kind === 'respond') this.answer(input.response);
        else if (input.kind === 'request' && this.last) this.effects.send(this.last);
        return;
      case 'accepted':
        if (input.kind === 'respond') this.effects.send(input.response);
        else if (input.kind === 'timer') this.end();
        return;
      case 'completed':
        this.stepCompleted(input);
        return;
      case 'confirmed':
        if (input.kind === 'timer') this.end();
        return;
      case 'terminated':
        return;
    }
  }

  private answer(response: SipResponse): void {
    this.last = response;
    if (response.status >= 300) {
      this.state = 'completed';
      if (!this.reliable) this.running.start('G', this.interval);
      this.running.start('H', 64 * this.timers.t1);
    } else if (response.status >= 200) {
      this.state = 'accepted';
      this.running.start('L', 64 * this.timers.t1);
    }
    this.effects.send(response);
  }

  private stepCompleted(input: Input): void {
    if (input.kind === 'ack') {
      this.running.clear();
      this.state = 'confirmed';
      this.running.start('I', this.reliable ? 0 : this.timers.t4);
    } else if (input.kind === 'request' && this.last) {
      this.effects.send(this.last);
    } else if (input.kind === 'timer' && input.name === 'G' && this.last) {
      this.interval = Math.min(this.interval * 2, this.timers.t2);
      this.running.start('G', this.interval);
      this.effects.send(this.last);
    } else if (input.kind === 'timer' && input.name === 'H') {
      this.effects.unacknowledged();
      this.end();
    }
  }

  private end(): void {
    this.dispose();
    this.effects.terminated();
  }
}
