import type { LineName } from '../../media/vocabulary.js';

/** What the lines of a leg tell. */
export interface LegLinesEvents {
  /** A line came, went or changed. */
  changed: undefined;
  /** The peer needs a keyframe of what we send. */
  refresh: { line: LineName };
  /** The peer opened its content channel, or closed it. */
  content: { open: boolean };
  /** Nothing that the peer takes can be encrypted, and nothing may be plain. */
  plainOnly: undefined;
}
