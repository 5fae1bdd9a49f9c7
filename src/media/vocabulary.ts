/** The three lines a leg can have. `content` is the second video line (slides, screen). */
export type LineName = 'audio' | 'video' | 'content';

/** A second, low encoding of what a peer sends on `video` and `content`, for receivers that take less. */
export type LowName = 'lowVideo' | 'lowContent';

/** Every line of RTP that a description can have. */
export type StreamName = LineName | LowName;

/** Direction as seen by the side whose description it stands in. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Codecs of sound that the gateway decodes and encodes. */
export type MixedCodecName = 'opus' | 'G722' | 'PCMA' | 'PCMU';

/** G.722.1 at 24 and 32 kbit/s (RFC 5577): passed on as it is between two that have it, and never mixed. */
export type PassedCodecName = 'G7221-24' | 'G7221-32';

/** Codecs of sound that the gateway handles. */
export type AudioCodecName = MixedCodecName | PassedCodecName;

/** One audio payload format. `clock` is the RTP clock (G722: 8000 although it samples at 16 kHz, RFC 3551 §4.5.2). */
export interface AudioFormat {
  kind: 'audio';
  name: AudioCodecName;
  /** Payload type number, 0-127, of the side whose description it stands in. */
  pt: number;
  clock: number;
  channels: number;
  /** fmtp parameters by lower-case name. */
  params: Record<string, string>;
}

/** An audio payload format that can be mixed. */
export type MixedFormat = AudioFormat & { name: MixedCodecName };

/** One H.264 payload format (RFC 6184). Limits are what its author can receive. */
export interface H264Format {
  kind: 'video';
  name: 'H264';
  pt: number;
  clock: 90000;
  /** profile_idc. */
  profileIdc: number;
  /** profile-iop: constraint_set0..5 flags and two zero bits. */
  profileIop: number;
  levelIdc: number;
  /** packetization-mode; 2 is never negotiated. */
  mode: 0 | 1;
  levelAsymmetry: boolean;
  /** Effective limits: max(level value, explicit parameter); macroblocks a second, macroblocks, kbit/s. */
  maxMbps: number;
  maxFs: number;
  maxBr: number;
  /** Macroblocks of all pictures that are kept to predict from; absent is not known. */
  maxDpb?: number;
  /** sprop-parameter-sets of the author, as NAL units. */
  parameterSets: Uint8Array[];
}

/** Video codecs that are taken only where they can be encoded anew: nobody else in a room speaks them. */
export type OtherVideoName = 'VP8' | 'H265' | 'H263' | 'H263-1998' | 'H263-2000' | 'H261';

/** Codecs of pictures. */
export type VideoCodecName = H264Format['name'] | OtherVideoName;

/** One payload format of another codec. Limits are what its author can receive. */
export interface OtherVideoFormat {
  kind: 'video';
  name: OtherVideoName;
  pt: number;
  clock: 90000;
  /** fmtp parameters by lower-case name. */
  params: Record<string, string>;
  /** Macroblocks of 16 x 16 a second and a picture, kbit/s; Infinity where it names none. */
  maxMbps: number;
  maxFs: number;
  maxBr: number;
}

/** One payload format of pictures. */
export type VideoFormat = H264Format | OtherVideoFormat;

/** One line's payload format. */
export type Format = AudioFormat | VideoFormat;

/** Payload number under which packets of the format `apt` are sent again (RFC 4588 §8.1). */
export interface ResendFormat {
  pt: number;
  apt: number;
}

/** Payload numbers of FEC (RFC 5109) and of RED (RFC 2198), which media and FEC are wrapped in. */
export interface FecFormat {
  red: number;
  ulpfec: number;
}

/** RFC 4733 events. `clock` equals the audio clock it goes with. */
export interface TelephoneEventFormat {
  pt: number;
  clock: number;
}

/** RTCP feedback its author reacts to. `info` stands for SIP INFO media_control and is never negotiated. */
export interface Feedback {
  pli: boolean;
  fir: boolean;
  nack: boolean;
  remb: boolean;
  /** Takes requests for a rate (RFC 5104 §7.1 `ccm tmmbr`); absent means that it does not. */
  tmmbr?: boolean;
}

/** Where a line's media goes. */
export interface MediaAddress {
  /** IP literal; null address (0.0.0.0) is expressed as direction, never here. */
  address: string;
  rtpPort: number;
  /** Equal to rtpPort with rtcp-mux. */
  rtcpPort: number;
}
