import type { Clock } from '../../../../base/clock.js';
import type { Endpoint } from '../../../../base/net.js';
import type { Candidate } from './gatekeepers.js';

/** Two gatekeepers that assign us to each other have us no more often than this, ms. */
const calmMs = 300_000;

/** What going home needs of the registration. */
export interface RehomingOwner {
  /** Asks a gatekeeper whether it takes us; `done` is told when it does. */
  probe(to: Endpoint, done: () => void): void;
  /** Whether we are registered, and no call would lose its gatekeeper. */
  free(): boolean;
  leaveFor(home: Candidate): void;
}

/**
 * Goes to the gatekeeper that we are assigned to (H.225.0 v6, assignedGatekeeper) when that is there and we have no calls.
 * Until then the registration elsewhere stands.
 */
export class Rehoming {
  private movedAt = -Infinity;

  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    private readonly owner: RehomingOwner,
  ) {}

  seek(home: Candidate | null): void {
    if (!home || !this.owner.free() || this.clock.now() - this.movedAt < calmMs) return;
    this.owner.probe(home.ras, () => {
      if (!this.owner.free()) return;
      this.movedAt = this.clock.now();
      this.owner.leaveFor(home);
    });
  }
}
