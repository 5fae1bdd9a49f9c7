import type { Leg } from '../../rooms/leg.js';
import type { Room } from '../../rooms/room.js';

/** Where an admitted call goes. */
export interface Destination<L extends Leg> {
  /** Null while it is not known yet (a call that is asked for its PIN first). */
  readonly room: Room | null;
  /** Display name instead of the caller's own, or null. */
  readonly name: string | null;
  /** It is asked by a voice first, so that `take` needs its audio. */
  readonly asks: boolean;
  /** Before anything is opened for the call; throws when it would be for nothing. */
  ready(): void;
  /** Its media is agreed on; throws to refuse it. */
  take(leg: L): void;
}
