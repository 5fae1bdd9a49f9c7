import { NAL_FU_A, NAL_IDR, NAL_SPS, NAL_STAP_A, fuNalHeader, stapEnd } from './h264.js';

/** Octets of a slice header or SPS that are looked at: all that is read lies in them, in any stream of this field. */
const LOOKED_AT = 96;

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
  const bits = new BitReader(sps, 1);
  const profile = bits.take(8);
  bits.take(16);
  bits.golomb();
  let planes = false;
  if (HIGH.has(profile)) {
    const chroma = bits.golomb();
    if (chroma === 3) planes = bits.take(1) === 1;
    bits.golomb();
    bits.golomb();
    bits.take(1);
    if (bits.take(1) === 1) skipScalingLists(bits, chroma === 3 ? 12 : 8);
  }
  const length = bits.golomb() + 4;
  return bits.over || length > 16 ? null : { bits: length, planes };
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
  const bits = new BitReader(bytes, at);
  const first = bits.golomb() === 0;
  bits.golomb();
  bits.golomb();
  if (numbering.planes) bits.take(2);
  const frameNum = bits.take(numbering.bits);
  return bits.over ? null : { idr: type === NAL_IDR, reference: (header & 0x60) !== 0, first, frameNum };
}

const HIGH = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

function skipScalingLists(bits: BitReader, lists: number): void {
  for (let i = 0; i < lists; i++) {
    if (bits.take(1) === 0) continue;
    let next = 8;
    let last = 8;
    for (let n = i < 6 ? 16 : 64; n > 0; n--) {
      if (next !== 0) next = (last + bits.signed() + 256) & 0xff;
      if (next !== 0) last = next;
    }
  }
}

/** Bits of a NAL unit without its emulation prevention (H.264 §7.3.1, §9.1). */
class BitReader {
  /** More was asked for than there is. */
  over = false;
  private readonly bytes: number[] = [];
  private at = 0;

  constructor(nal: Uint8Array, from: number) {
    let zeros = 0;
    for (let i = from; i < nal.length && this.bytes.length < LOOKED_AT; i++) {
      const octet = nal[i]!;
      if (zeros >= 2 && octet === 3) {
        zeros = 0;
        continue;
      }
      zeros = octet === 0 ? zeros + 1 : 0;
      this.bytes.push(octet);
    }
  }

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const octet = this.bytes[this.at >> 3];
      if (octet === undefined) {
        this.over = true;
        return 0;
      }
      value = value * 2 + ((octet >> (7 - (this.at & 7))) & 1);
      this.at++;
    }
    return value;
  }

  golomb(): number {
    let zeros = 0;
    while (!this.over && zeros < 32 && this.take(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.take(zeros);
  }

  signed(): number {
    const code = this.golomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
