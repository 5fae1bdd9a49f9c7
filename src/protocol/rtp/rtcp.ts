/** RFC 3550 §6.4.1 report block. */
export interface ReportBlock {
  ssrc: number;
  /** Of 256, in the last interval. */
  fractionLost: number;
  /** Signed 24 bits. */
  cumulativeLost: number;
  /** Extended highest sequence number received. */
  highestSeq: number;
  /** Timestamp units. */
  jitter: number;
  lastSr: number;
  /** Units of 1/65536 s. */
  delaySinceLastSr: number;
}

/** RFC 3550 §6.4.1. */
export interface SenderReport {
  type: 'sr';
  ssrc: number;
  ntp: { seconds: number; fraction: number };
  rtp: number;
  packets: number;
  octets: number;
  reports: ReportBlock[];
}

/** RFC 3550 §6.4.2. */
export interface ReceiverReport {
  type: 'rr';
  ssrc: number;
  reports: ReportBlock[];
}

/** RFC 3550 §6.5; item 1 is CNAME. Texts are octets read as Latin-1, at most 255. */
export interface SourceDescription {
  type: 'sdes';
  chunks: { ssrc: number; items: { kind: number; text: string }[] }[];
}

/** RFC 3550 §6.6. */
export interface Goodbye {
  type: 'bye';
  ssrcs: number[];
}

/** RFC 4585 §6.3.1. */
export interface PictureLoss {
  type: 'pli';
  sender: number;
  media: number;
}

/** RFC 5104 §4.3.1. */
export interface FullIntraRequest {
  type: 'fir';
  sender: number;
  requests: { ssrc: number; seq: number }[];
}

/** RFC 4585 §6.2.1; `mask` bit i stands for packet `pid + i + 1`. */
export interface GenericNack {
  type: 'nack';
  sender: number;
  media: number;
  lost: { pid: number; mask: number }[];
}

/** One wish or bound of RFC 5104 §4.2.1.1; `overhead` are the bytes below the payload that `bps` counts in each packet. */
export interface RateBound {
  /** Of a request: whose sending is meant; of a notification: who asked for it. */
  ssrc: number;
  bps: number;
  overhead: number;
}

/** Temporary maximum media stream bit rate request (RFC 5104 §4.2.1). */
export interface RateRequest {
  type: 'tmmbr';
  sender: number;
  bounds: RateBound[];
}

/** What the addressee of such requests goes by (RFC 5104 §4.2.2). */
export interface RateNotice {
  type: 'tmmbn';
  sender: number;
  bounds: RateBound[];
}

/** Receiver estimated maximum bit rate, bit/s (draft-alvestrand-rmcat-remb §2.2). */
export interface BitrateEstimate {
  type: 'remb';
  sender: number;
  bps: number;
  ssrcs: number[];
}

/** Any other packet: kept whole, count field and body after the common header. */
export interface OtherRtcp {
  type: 'other';
  packetType: number;
  count: number;
  body: Uint8Array;
}

/** One packet of a compound. */
export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | PictureLoss
  | FullIntraRequest
  | GenericNack
  | BitrateEstimate
  | RateRequest
  | RateNotice
  | OtherRtcp;

export const RTCP_SR = 200;
export const RTCP_RR = 201;
export const RTCP_SDES = 202;
export const RTCP_BYE = 203;
export const RTCP_RTPFB = 205;
export const RTCP_PSFB = 206;
export const FMT_NACK = 1;
export const FMT_TMMBR = 3;
export const FMT_TMMBN = 4;
export const FMT_PLI = 1;
export const FMT_FIR = 4;
export const FMT_AFB = 15;
/** "REMB" in ASCII. */
export const REMB_MARK = 0x52454d42;

/** CNAME of a source description, or null. */
export function cnameOf(packet: SourceDescription): string | null {
  for (const chunk of packet.chunks) for (const item of chunk.items) if (item.kind === 1) return item.text;
  return null;
}
