import type { AudioCodecName } from '../../media/vocabulary.js';
import type { CallKeys } from './call-keys.js';
import type { FastOffer } from './fast-offer.js';

/** How a leg is made. */
export interface LegWish {
  /** Null until the callee has answered. */
  keys: CallKeys | null;
  /** Fast start of our Setup. */
  offer?: FastOffer | null;
  /** Codecs that it wants first. */
  sounds?: readonly AudioCodecName[];
}
