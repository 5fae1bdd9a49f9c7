import { Bits, skipColours, WITH_COLOURS } from './h264-bits.js';
import { NAL_FU_A, NAL_IDR, NAL_SPS, NAL_STAP_A, fuNalHeader, stapEnd } from './h264.js';

/** Octets of a slice that are looked at: all that is read lies in them. */
const LOOKED_AT = 32;

/** What a slice says of the order of pictures (H.264 §7.3.3). */
export interface SliceStart {
  idr: boolean;
  /** Other pictures are predicted from this one. */
  reference: boolean;
  /** It is the first of its picture. */
  first: boolean;
  frameNum: number;
}

/** What of an SPS is needed to read slices. */
export interface FrameNumbering {
  /** Length of frame_num, bits. */
  bits: number;
  /** A colour plane stands before it. */
  planes: boolean;
}

/** Reads an SPS (H.264 §7.3.2.1.1) up to the length of frame_num; null when it is cut short. */
export function readFrameNumbering(sps: Uint8Array): FrameNumbering | null {
  const bits = new Bits(sps, 4);
  bits.code();
  const planes = WITH_COLOURS.has(sps[1] ?? 0) && skipColours(bits).planes;
  const length = bits.code() + 4;
  return !bits.whole || length > 16 ? null : { bits: length, planes };
}

/** The first slice that begins in an RTP payload; null when none does, or it is cut short. */
export function sliceOf(payload: Uint8Array, numbering: FrameNumbering): SliceStart | null {
  const type = (payload[0] ?? 0) & 0x1f;
  if (type === NAL_FU_A) {
    if (payload.length < 3 || (payload[1]! & 0x80) === 0) return null;
    return readSlice(fuNalHeader(payload, 0), payload, 2, numbering);
  }
  if (type !== NAL_STAP_A) return readSlice(payload[0] ?? 0, payload, 1, numbering);
  for (let at = 1; at < payload.length;) {
    const end = stapEnd(payload, at, payload.length);
    if (end < 0) return null;
    const slice = readSlice(payload[at + 2]!, payload.subarray(0, end), at + 3, numbering);
    if (slice) return slice;
    at = end;
  }
  return null;
}

/** Whether a payload begins with the parameter sets of a new picture. */
export function beginsWithSets(payload: Uint8Array): boolean {
  const type = (payload[0] ?? 0) & 0x1f;
  return type === NAL_SPS || (type === NAL_STAP_A && payload.length > 3 && (payload[3]! & 0x1f) === NAL_SPS);
}

/**
 * Whether no picture that `after` is predicted from lies between it and `before`. Of an IDR nobody knows: its parameter
 * sets may have stood before it.
 */
export function follows(before: SliceStart, after: SliceStart, { bits }: FrameNumbering): boolean {
  if (!after.first || after.idr) return false;
  const next = before.reference ? (before.frameNum + 1) % 2 ** bits : before.frameNum;
  return after.frameNum === next;
}

function readSlice(header: number, bytes: Uint8Array, at: number, numbering: FrameNumbering): SliceStart | null {
  const type = header & 0x1f;
  if (type !== 1 && type !== NAL_IDR) return null;
  const bits = new Bits(bytes, at, LOOKED_AT);
  const first = bits.code() === 0;
  bits.code();
  bits.code();
  if (numbering.planes) bits.skip(2);
  const frameNum = bits.take(numbering.bits);
  return !bits.whole ? null : { idr: type === NAL_IDR, reference: (header & 0x60) !== 0, first, frameNum };
}
