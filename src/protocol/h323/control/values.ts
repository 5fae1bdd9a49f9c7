// What H.245 speaks of, as plain values: capabilities, addresses, channels. Still in terms of H.245 and H.241.

/** Audio codecs that have a name of their own in H.245, and the two generic ones that rooms meet. */
export type AudioCodec =
  | 'g711A'
  | 'g711U'
  | 'g722'
  | 'g728'
  | 'g729'
  | 'g729A'
  | 'g729B'
  | 'g729AB'
  | 'g7231'
  | 'g7221' // 16 kHz, 24 or 32 kbit/s
  | 'g7221c'; // 32 kHz, Annex C

/** One audio codec. */
export interface AudioMedia {
  kind: 'audio';
  codec: AudioCodec;
  /** Frames a packet at most; of G.711 and G.722 milliseconds. */
  frames: number;
  /** Bit/s, where the codec has several. */
  bitRate?: number;
}

/** H.264 by H.241: what its author can receive, or sends. Numbers in natural units; absent is not told. */
export interface H264Media {
  kind: 'video';
  codec: 'h264';
  /** Bit/s. */
  maxBitRate: number;
  /** Bits of parameter 41, `h264Profiles`. */
  profiles: number;
  /** level_idc of H.264: 31 is level 3.1; 9 is level 1b. */
  levelIdc: number;
  /** Macroblocks a second. */
  maxMbps?: number;
  /** Macroblocks a picture. */
  maxFs?: number;
  /** Octets of the picture buffer. */
  maxDpb?: number;
  /** Bit/s, also of the coded picture buffer. */
  maxBrAndCpb?: number;
  /** Macroblocks a second of a still picture. */
  maxStaticMbps?: number;
  /** Octets of a NAL unit, as recommended and at most. */
  maxRcmdNalUnitSize?: number;
  maxNalUnitSize?: number;
  /** Pictures a second times 100; sent by some devices as parameter 13. */
  maxFps?: number;
}

/** Smallest interval between pictures, in 1/29.97 s, by picture size. */
export interface PictureIntervals {
  sqcif?: number;
  qcif?: number;
  cif?: number;
  cif4?: number;
  cif16?: number;
}

/** H.261, H.263: recognised. */
export interface OlderVideoMedia {
  kind: 'video';
  codec: 'h261' | 'h263';
  maxBitRate: number;
  intervals: PictureIntervals;
  /** H.263: optional modes are asked for (H.263+). */
  options: boolean;
}

/** Video of the main line. */
export type VideoMedia = H264Media | OlderVideoMedia;

/** Role label of H.239. */
export interface ContentRoles {
  presentation: boolean;
  live: boolean;
}

/** extendedVideoCapability of H.239: a second video stream, by any of these codecs. */
export interface ContentMedia {
  kind: 'content';
  roles: ContentRoles;
  video: VideoMedia[];
}

/** Far-end camera control: H.224 in RTP. */
export interface H224Media {
  kind: 'h224';
  maxBitRate: number;
}

/** Anything else; `name` is that of H.245 or an object identifier. */
export interface OtherMedia {
  kind: 'other';
  name: string;
}

/** What flows in a logical channel. */
export type ChannelMedia = AudioMedia | VideoMedia | ContentMedia | H224Media | OtherMedia;

/** RFC 4733 events that are received. */
export interface EventsCapability {
  kind: 'events';
  payloadType: number;
  /** As in SDP: `0-15,16`. */
  events: string;
}

/** A form of user input. */
export type UserInputForm =
  'basicString' | 'iA5String' | 'generalString' | 'dtmf' | 'hookflash' | 'extendedAlphanumeric';
export interface UserInputCapability {
  kind: 'userInput';
  form: UserInputForm;
}

/** H.239 can be spoken. */
export interface H239Capability {
  kind: 'h239';
}

/** Another entry of the table can be encrypted (H.235.6) by these algorithms. */
export interface SecurityCapability {
  kind: 'security';
  /** Entry of the table. */
  entry: number;
  /** Object identifiers. */
  algorithms: string[];
}

/** One capability of a set. */
export type Capability = ChannelMedia | EventsCapability | UserInputCapability | H239Capability | SecurityCapability;

/** Who sends: the author of the set takes it, sends it, or does both (and then by the same codec). */
export type CapabilityDirection = 'receive' | 'transmit' | 'both';

/** One entry of a capability table. */
export interface CapabilityEntry {
  /** 1-65535. */
  number: number;
  direction: CapabilityDirection;
  capability: Capability;
}

/** What can be at the same time: one alternative of each set. Alternatives are in order of preference. */
export interface CapabilityDescriptor {
  number: number;
  simultaneous: number[][];
}

/** Packetization of RTP by object identifier (H.264) or number of an RFC. */
export interface Packetization {
  format: { oid: string } | { rfc: number };
  payloadType?: number;
}

/** A terminal capability set. */
export interface CapabilitySet {
  entries: CapabilityEntry[];
  descriptors: CapabilityDescriptor[];
  packetizations: Packetization[];
  /** Milliseconds of jitter that the author's audio may have. */
  maxAudioDelayJitter: number;
}
