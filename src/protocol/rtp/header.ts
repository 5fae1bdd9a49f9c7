/** Fields of one RTP packet; reused from packet to packet so that reading allocates nothing. */
export interface RtpHeader {
  pt: number;
  marker: boolean;
  seq: number;
  timestamp: number;
  ssrc: number;
  /** Payload is bytes [payloadStart, payloadEnd) of the datagram, padding excluded. */
  payloadStart: number;
  payloadEnd: number;
}

/** Why a datagram is no RTP packet. */
export type RtpFault = 'short' | 'version' | 'csrc' | 'extension' | 'padding';

/** Length of the fixed header without CSRC and extension. */
export const RTP_HEADER = 12;

/** An empty header to read into. */
export function emptyRtpHeader(): RtpHeader {
  return { pt: 0, marker: false, seq: 0, timestamp: 0, ssrc: 0, payloadStart: 0, payloadEnd: 0 };
}

/** Reads a packet (RFC 3550 §5.1, §5.3.1) into `into`; null when it is well formed. */
export function readRtp(bytes: Uint8Array, into: RtpHeader): RtpFault | null {
  const length = bytes.length;
  if (length < RTP_HEADER) return 'short';
  const first = bytes[0]!;
  if (first >> 6 !== 2) return 'version';
  let start = RTP_HEADER + (first & 0x0f) * 4;
  if (start > length) return 'csrc';
  if (first & 0x10) {
    if (start + 4 > length) return 'extension';
    start += 4 + ((bytes[start + 2]! << 8) | bytes[start + 3]!) * 4;
    if (start > length) return 'extension';
  }
  let end = length;
  if (first & 0x20) {
    const padding = bytes[length - 1]!;
    if (padding === 0 || start + padding > length) return 'padding';
    end = length - padding;
  }
  const second = bytes[1]!;
  into.pt = second & 0x7f;
  into.marker = second > 0x7f;
  into.seq = (bytes[2]! << 8) | bytes[3]!;
  into.timestamp = readUint32(bytes, 4);
  into.ssrc = readUint32(bytes, 8);
  into.payloadStart = start;
  into.payloadEnd = end;
  return null;
}

/** Writes a fixed header without CSRC, extension or padding at the start of `into` (at least 12 bytes). */
export function writeRtpHeader(
  into: Uint8Array,
  pt: number,
  marker: boolean,
  seq: number,
  timestamp: number,
  ssrc: number,
): void {
  into[0] = 0x80;
  into[1] = marker ? pt | 0x80 : pt;
  into[2] = seq >> 8;
  into[3] = seq;
  into[4] = timestamp >>> 24;
  into[5] = timestamp >>> 16;
  into[6] = timestamp >>> 8;
  into[7] = timestamp;
  into[8] = ssrc >>> 24;
  into[9] = ssrc >>> 16;
  into[10] = ssrc >>> 8;
  into[11] = ssrc;
}

/** Whether a datagram on a shared port is RTCP (RFC 5761 §4: packet types 192-223). */
export function isRtcp(bytes: Uint8Array): boolean {
  const type = bytes[1];
  return type !== undefined && type >= 192 && type <= 223 && bytes[0]! >> 6 === 2;
}

/** Big-endian 32-bit number at `at`, unsigned. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
