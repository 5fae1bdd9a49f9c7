import type { Clock, Timer } from '../base/clock.js';
import type { ParticipantId } from './floor-party.js';
import type { EndReason } from './leg.js';

/** How long the floor is kept for who presents and lost its connection, milliseconds. */
export const keepMs = 10_000;

/**
 * How a participant went: by its will or somebody's, without wanting to, so that it may be back soon, or so long ago that
 * it would be back by now.
 */
export function wayOf(why: EndReason): 'left' | 'astray' | 'dead' {
  if (why.kind === 'silent') return 'dead';
  return why.kind === 'failed' ? 'astray' : 'left';
}

/**
 * The seat of one presenter whose call broke: its number and its floor are kept for whoever comes with the same identity.
 *
 *   nothing --keep--> kept --claim, drop, 10 s--> nothing
 */
export class KeptFloor {
  private kept: { identity: string; id: ParticipantId; timer: Timer } | null = null;

  constructor(
    private readonly clock: Clock,
    /** Nobody came in time. */
    private readonly expired: () => void,
  ) {}

  /** Number that nobody else may have; null while none is kept. */
  get id(): ParticipantId | null {
    return this.kept?.id ?? null;
  }

  keep(identity: string, id: ParticipantId): void {
    this.drop();
    const timer = this.clock.after(keepMs, () => {
      this.kept = null;
      this.expired();
    });
    this.kept = { identity, id, timer };
  }

  /** The number kept for this identity, once. */
  claim(identity: string | null): ParticipantId | null {
    const { kept } = this;
    if (!kept || identity !== kept.identity) return null;
    this.drop();
    return kept.id;
  }

  /** Idempotent. */
  drop(): void {
    this.kept?.timer.cancel();
    this.kept = null;
  }
}
