import type { MediaOffer } from '../../media/negotiate.js';
import type { AudioCodecName } from '../../media/vocabulary.js';
import type { FloorTransport } from '../../protocol/sdp/floor-rules.js';
import type { WebServer } from '../bfcp-party/party.js';

/** Which lines a leg is to have. */
export interface Wanted {
  audio: boolean;
  video: boolean;
  content: boolean;
  floor: FloorTransport | null;
  /** Where the peer takes the WebSockets of its floor control. */
  floorServer?: WebServer | null;
  fecc?: boolean;
  lowVideo?: boolean;
  lowContent?: boolean;
  /** Codecs of sound that an offer is to list alone; absent is what is in use. */
  sounds?: readonly AudioCodecName[];
}

/** Lines asked for by an offer. */
export function wantedBy(offer: MediaOffer): Wanted {
  return {
    audio: offer.audio !== undefined,
    video: offer.video !== undefined,
    content: offer.content !== undefined,
    floor: offer.floor?.transport ?? null,
    floorServer: offer.floor?.webServer ?? null,
    fecc: offer.fecc !== undefined,
    lowVideo: offer.lowVideo !== undefined,
    lowContent: offer.lowContent !== undefined,
  };
}
