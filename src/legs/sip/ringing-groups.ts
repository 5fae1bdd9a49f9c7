import { DialFailed } from '../../rooms/dialer.js';
import type { EndReason } from '../../rooms/leg.js';
import { mostTelling } from '../through/failures.js';
import type { GatewayParts } from './gateway-parts.js';
import { OutgoingCall, type Hop, type OutgoingEvents, type OutgoingLimits } from './outgoing-call.js';

/** One place to ring. */
export interface Place {
  hop: Hop;
  /** The call did not get there; `why` in words, `retryMs` how long the place asked to be left alone, 0 if it did not. */
  unreached?(why: string, retryMs: number): void;
  /** It got there, whatever came of it. */
  reached?(): void;
}

/** What is rung, and what happens then. */
export interface RingingPlan {
  /** Rung one group after the other, the places of a group at the same time. */
  groups: readonly (readonly Place[])[];
  /** Whether the next group is rung after this failure. */
  goesOn(error: DialFailed, reached: boolean): boolean;
  name: string;
  events: Omit<OutgoingEvents, 'claim'>;
  limits: OutgoingLimits;
}

/** Rings groups of places until one answers; the first one wins and the others stop ringing. */
export class RingingGroups {
  private calls: OutgoingCall[] = [];
  private winner: OutgoingCall | null = null;
  private given: EndReason | null = null;

  constructor(
    private readonly parts: GatewayParts,
    private readonly plan: RingingPlan,
  ) {}

  /** Resolves when the answered leg is seated. Rejects with the failure that says most. */
  async run(): Promise<void> {
    let last: unknown = new DialFailed(480, 'there is nobody to call');
    for (const group of this.plan.groups) {
      if (this.given) throw last;
      try {
        return await this.ring(group);
      } catch (error) {
        last = error;
        const more =
          error instanceof DialFailed &&
          this.plan.goesOn(
            error,
            this.calls.some((call) => call.reacted),
          );
        if (this.given || !more) throw error;
      }
    }
    throw last;
  }

  cancel(why: EndReason): void {
    if (this.given || this.winner) return;
    this.given = why;
    for (const call of this.calls) call.cancel(why);
  }

  /** Somebody else answered. */
  lose(): void {
    if (this.given || this.winner) return;
    this.given = { kind: 'left' };
    for (const call of this.calls) call.lose();
  }

  private async ring(group: readonly Place[]): Promise<void> {
    const made = group.map((place) => ({ place, call: this.callOf(place) }));
    this.calls = made.map(({ call }) => call);
    const ends = await Promise.allSettled(made.map(({ place, call }) => this.follow(place, call)));
    if (ends.some(({ status }) => status === 'fulfilled')) return;
    const errors = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
    throw mostTelling(errors);
  }

  private callOf({ hop }: Place): OutgoingCall {
    const call: OutgoingCall = new OutgoingCall(
      this.parts,
      hop,
      { ...this.plan.events, claim: () => this.claim(call) },
      this.plan.limits,
    );
    return call;
  }

  private async follow(place: Place, call: OutgoingCall): Promise<void> {
    try {
      await call.run(this.plan.name);
      place.reached?.();
    } catch (error) {
      if (error instanceof DialFailed) {
        const { retryMs } = call;
        if (call.reacted && retryMs === 0) place.reached?.();
        else if (error.status === 408 || error.status === 503) {
          place.unreached?.(`${error.status} ${error.words}`, retryMs);
        }
        // nobody else is to be disturbed after a global refusal (RFC 3261 §16.7)
        if (error.status >= 600) for (const other of this.calls) if (other !== call) other.lose();
      }
      throw error;
    }
  }

  private claim(call: OutgoingCall): boolean {
    if (this.winner || this.given) return false;
    this.winner = call;
    for (const other of this.calls) if (other !== call) other.lose();
    return true;
  }
}
