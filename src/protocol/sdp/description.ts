import type { Fingerprint } from './fingerprint.js';
import type { FloorAttributes } from './floor-attributes.js';
import type { IceAttributes } from './ice.js';

/** RFC 4566 §6, as seen by the author of the description. */
export type SdpDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** RFC 4145 §4. */
export type Setup = 'active' | 'passive' | 'actpass' | 'holdconn';

/** RFC 4145 §5. */
export type ConnectionReuse = 'new' | 'existing';

/** o= line. Id and version stay text: they may exceed 53 bits. */
export interface Origin {
  username: string;
  sessionId: string;
  version: string;
  address: string;
}

/** b= line; kbit/s except TIAS, RS and RR (bit/s). */
export interface Bandwidth {
  type: string;
  value: number;
}

/** One payload type's mapping; static ones (RFC 3551 §6) are filled in where rtpmap is missing. */
export interface RtpMap {
  pt: number;
  /** As written. */
  name: string;
  clock: number;
  channels: number;
  /** fmtp parameters by lower-case name; a value without a name is kept as a name with ''. */
  params: Record<string, string>;
}

/** a=rtcp-fb; `pt` null is the wildcard. */
export interface RtcpFeedback {
  pt: number | null;
  /** Value words in lower case, e.g. `['ccm', 'fir', 'tmmbr']`. */
  words: string[];
}

/** One m-line with what belongs to it. */
export interface MediaSection {
  index: number;
  /** Lower case: audio, video, application, ... */
  media: string;
  /** 0 is refused or switched off. */
  port: number;
  /** As written, e.g. `RTP/AVP`, `UDP/BFCP`. */
  proto: string;
  /** fmt tokens as written. */
  formats: string[];
  /** c= of the section, else of the session; null where neither has one. */
  address: string | null;
  bandwidth: Bandwidth[];
  /** Of the section, else of the session, else sendrecv. */
  direction: SdpDirection;
  /** Payload formats in the order of the m-line; payload numbers without meaning are left out. */
  rtpmaps: RtpMap[];
  feedback: RtcpFeedback[];
  /** a=rtcp (RFC 3605). */
  rtcp: { port: number; address: string | null } | null;
  rtcpMux: boolean;
  /** RFC 5888. */
  mid: string | null;
  /** RFC 4574. */
  label: string | null;
  /** RFC 4796 tokens in lower case. */
  content: string[];
  setup: Setup | null;
  connection: ConnectionReuse | null;
  /** a=crypto present with a key (RFC 4568). */
  crypto: boolean;
  /** a=fingerprint present, here or at session level (RFC 8122). */
  fingerprint: boolean;
  /** Those that can be used; the section's own replace those of the session (RFC 8122 §5). */
  fingerprints: Fingerprint[];
  /** RFC 8842 §5.1. */
  tlsId: string | null;
  /** Of BFCP sections. */
  floor: FloorAttributes | null;
  /** Where its author takes WebSockets (RFC 8124 and the drafts before it). */
  websocketUri: string | null;
  /** ICE of BFCP sections; that of media is the media anchor's. */
  ice: IceAttributes | null;
}

/** SDP read. */
export interface SessionDescription {
  origin: Origin;
  /** t= value, as written. */
  timing: string;
  bandwidth: Bandwidth[];
  media: MediaSection[];
}
