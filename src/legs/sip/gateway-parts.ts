import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Secure } from '../../media/negotiate.js';
import type { SdpSession } from '../../media/sdp-session.js';
import type { FloorTransport } from '../../protocol/sdp/floor-rules.js';
import type { CallWatch } from '../../rooms/call-diagnosis.js';
import type { Participant } from '../../rooms/participant.js';
import type { Room } from '../../rooms/room.js';
import type { ArrivalOf, Arrived } from './arrival.js';
import type { ConferenceEvents } from './conference-events.js';
import type { SdpAnchor } from './exchanges.js';
import type { MediaMakers } from './leg-media.js';
import type { SipLeg } from './sip-leg.js';
import type { Signalling, SipRequest } from './srf.js';
import type { SrtpRules } from './srtp-policy.js';

/** What is known of where a peer is: the source of its request, and its description. */
export type PeerPlace = Arrived & Pick<SipRequest, 'body'>;

/** What a call is made with. */
export interface GatewayParts {
  signalling: Signalling;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  /** Where a request came in. */
  arrivalOf: ArrivalOf;
  /** Keying an offer demands; `none` for plain RTP. Throws MalformedSdp. */
  keyingOf(offer: string): Secure;
  /** For the peer at this place; throws NoAnchor. */
  openAnchor(id: string, keying: Secure, peer: PeerPlace): Promise<SdpAnchor>;
  /** Addresses and makers for a leg towards this caller. */
  mediaFor(peer: PeerPlace, anchored: boolean): MediaMakers;
  /** Transports of floor control that our first offers say, in the order of trying; none is UDP. */
  floorOffers?: readonly FloorTransport[];
  newSession(): SdpSession;
  /** Bytes of the longest description that the SIP engine can send; left out where there is no limit. */
  longest?: number | undefined;
  /** An address of a host, for choosing ours; the name itself when none is found. */
  lookup(host: string): Promise<string>;
  /** Absent: what the caller wants. */
  srtpFor?(request: SipRequest, room: Room | null): SrtpRules;
  /** Keys in descriptions of ours may go over TLS only. */
  srtpKeysNeedTls?: boolean;
  /** Tells subscribers of the roster; absent where nobody may subscribe. */
  conference?: ConferenceEvents;
  /** Follows calls for whoever asks later how they went. */
  calls?: CallWatch;
  /** The leg sits in its room: floor control can be attached. */
  seated(leg: SipLeg, room: Room, participant: Participant): void;
}
