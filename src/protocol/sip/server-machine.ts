import type { Clock } from '../../base/clock.js';
import type { SipResponse } from './message.js';
import { NamedTimers, type SipTimers } from './timers.js';

type State = 'trying' | 'proceeding' | 'completed' | 'terminated';
type TimerName = 'trying' | 'J';
type Input = { kind: 'request' } | { kind: 'respond'; response: SipResponse } | { kind: 'timer'; name: TimerName };

/** What the machine asks of its surroundings. */
export interface ServerEffects {
  send(response: SipResponse): void;
  /** A 100 (Trying) to the request. */
  trying(): SipResponse;
  terminated(): void;
}

/**
 * Non-INVITE server transaction (RFC 3261 §17.2.2). The only provisional response is 100, on UDP not before the peer's
 * timer E has reached T2 but then without fail (RFC 4320 §4.1); there is no 408, which would come too late (§4.2).
 *
 * ```
 * trying ──100, on UDP when due: send 100──> proceeding ──200-699──> completed ──J──> terminated
 *   └──200-699──> completed                    └ request: last response again (also in completed)
 * ```
 */
export class ServerMachine {
  private state: State = 'trying';
  private last: SipResponse | null = null;
  private readonly running: NamedTimers<TimerName>;

  constructor(
    clock: Clock,
    private readonly timers: SipTimers,
    private readonly reliable: boolean,
    private readonly effects: ServerEffects,
  ) {
    this.running = new NamedTimers(clock, (name) => this.step({ kind: 'timer', name }));
    if (!reliable) this.running.start('trying', untilT2(timers));
  }

  /** A retransmission of the request. */
  again(): void {
    this.step({ kind: 'request' });
  }

  /** Returns false when a final response was sent before, or the response is none that may be sent now. */
  respond(response: SipResponse): boolean {
    if (this.answered || response.status === 408) return false;
    if (response.status < 200 && (response.status !== 100 || !this.reliable)) return false;
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
    } else if (input.kind === 'respond') {
      this.send(input.response);
    } else if (input.name === 'trying') {
      this.send(this.effects.trying());
    } else {
      this.dispose();
      this.effects.terminated();
    }
  }

  private send(response: SipResponse): void {
    this.last = response;
    this.running.stop('trying');
    if (response.status < 200) this.state = 'proceeding';
    else {
      this.state = 'completed';
      this.running.start('J', this.reliable ? 0 : 64 * this.timers.t1);
    }
    this.effects.send(response);
  }
}

/** When timer E, doubling from T1, is set to T2 for the first time: 3.5 s with the standard values. */
function untilT2({ t1, t2 }: SipTimers): number {
  let passed = 0;
  for (let interval = t1; interval < t2; interval *= 2) passed += interval;
  return passed;
}
