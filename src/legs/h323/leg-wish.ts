import type { AudioCodecName } from '../../media/vocabulary.js';
import type { CallKeys } from './call-keys.js';
import type { FastOffer } from './fast-offer.js';

/** What fast start of a call of ours is to propose. */
export interface OfferWish {
  /** Codecs that it wants first. */
  sounds: readonly AudioCodecName[];
  /** All of it is encrypted. */
  sealed: boolean;
  /** The device is behind NAT. */
  hidden: boolean;
}

/** How a leg is made. */
export interface LegWish {
  /** Null until the callee has answered. */
  keys: CallKeys | null;
  /** Fast start of our Setup. */
  offer?: FastOffer | null;
  /** Codecs that it wants first. */
  sounds?: readonly AudioCodecName[];
  /** These are what the far end has agreed on, so that no others are taken from a device that has one of them. */
  agreed?: boolean;
}
