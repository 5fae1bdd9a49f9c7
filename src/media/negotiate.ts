import type { Verdict } from '../base/errors.js';
import { DualstreamError } from '../base/errors.js';
import type {
  AudioCodecName,
  Direction,
  Feedback,
  Format,
  LineName,
  MediaAddress,
  TelephoneEventFormat,
} from './vocabulary.js';

/** How a line's media is keyed. */
export type Secure = 'none' | 'sdes' | 'dtls';

/** One line as its author describes it: where it wants its media, and in which formats. */
export interface LineOffer {
  /** As seen by the author. */
  direction: Direction;
  /** Null while the author gives no usable address (hold with 0.0.0.0). */
  remote: MediaAddress | null;
  /** Formats of our vocabulary the author can receive, in its order of preference, with its payload numbers. */
  formats: Format[];
  events: TelephoneEventFormat[];
  feedback: Feedback;
  /** What the author wants to receive at most, kbit/s; null is unlimited. */
  maxKbps: number | null;
  /** RFC 4574 label in the author's description. */
  label: string | null;
  /** The author put the line on hold: null address, sendonly or inactive (content: null address or inactive only). */
  held: boolean;
  /** RTCP on the RTP port is possible (RFC 5761). */
  rtcpMux: boolean;
  secure: Secure;
  /** Index of the m-line (SDP) or channel it came from; -1 where there is none. */
  index: number;
}

/** Floor control as offered. */
export interface FloorOffer {
  transport: 'UDP' | 'TCP';
  /** Null when the offerer does not listen (TCP active, port 9). */
  remote: { address: string; port: number } | null;
  /** Which side we take when we accept: `client` only where the peer insists on being the server (s-only). */
  weWouldBe: 'server' | 'client';
  /** Ids in the offer; they count only when the peer becomes server. */
  confId: number | null;
  userId: number | null;
  floorId: number | null;
  /** Index of the m-line. */
  index: number;
}

/** What a peer offers, whatever syntax it came in (SDP, H.245). Absent: not offered or switched off. */
export interface MediaOffer {
  audio?: LineOffer;
  video?: LineOffer;
  content?: LineOffer;
  floor?: FloorOffer;
  /** Of the whole call, kbit/s; already applied to each line. */
  maxKbps: number | null;
  /** Keying that the offer demands on its RTP lines (SAVP profiles); such an offer needs the media anchor. */
  secure: Secure;
  /** Keys were offered beside a plain profile (best-effort encryption); the plain line is answered. */
  bestEffort: boolean;
}

/** One audio codec we can handle; `params` are our receive preferences for the fmtp line. */
export interface AudioAbility {
  name: AudioCodecName;
  params: Record<string, string>;
}

/** One H.264 profile we can handle, with what we can receive in it. */
export interface VideoAbility {
  profileIdc: number;
  profileIop: number;
  levelIdc: number;
  modes: (0 | 1)[];
  /** Macroblocks a second, macroblocks, kbit/s. */
  maxMbps: number;
  maxFs: number;
  maxBr: number;
}

/** What we can do, in our order of preference. */
export interface Abilities {
  audio: AudioAbility[];
  video: VideoAbility[];
  events: boolean;
  feedback: Feedback;
  /** What we want to receive at most on each line, kbit/s. */
  maxKbps: Partial<Record<LineName, number>>;
  /** Whether RTCP may share the RTP port. */
  rtcpMux: boolean;
}

/** One line after negotiation, from our side. */
export interface LineAnswer {
  /** Ours. */
  direction: Direction;
  remote: MediaAddress | null;
  /** What the peer may send: its payload numbers towards us, our limits. */
  receive: Format[];
  /** What we may send: the peer's numbers and limits, preferred first. */
  send: Format[];
  events: { receive: TelephoneEventFormat[]; send: TelephoneEventFormat[] };
  feedback: Feedback;
  maxKbps: number | null;
  held: boolean;
  rtcpMux: boolean;
  label: string | null;
  secure: Secure;
}

/** Result of a negotiation; a line not in `lines` is refused or absent. */
export interface MediaAnswer {
  lines: Partial<Record<LineName, LineAnswer>>;
  /** Why an offered line is refused. */
  refused: Partial<Record<LineName, string>>;
}

/** RFC 3261 §20.43 warning. */
export interface Warning {
  /** 302, 304, 305, 399. */
  code: number;
  text: string;
}

/** Nothing in the offer can be used: SIP 488 with a Warning. */
export class NoCommonMedia extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'unreachableDestination',
    bfcp: 0,
    http: 415,
    label: 'no_common_media',
    retry: false,
  };
  constructor(readonly warning: Warning) {
    super(warning.text);
  }
}
