import type { Abilities } from '../../media/negotiate.js';
import type { MediaPlane } from '../../media/plane.js';
import type { CallTraversal } from './traversal.js';

/** What the lines of a leg are made from. */
export interface H323Makers {
  plane: MediaPlane;
  abilities: Abilities;
  /** Where to bind and what to advertise towards this peer. */
  address(): { bind: string; advertise: string };
  traversal: CallTraversal;
  /** Far-end camera control is offered and taken. */
  fecc?: boolean | undefined;
}
