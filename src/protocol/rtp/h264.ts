/** NAL unit types that matter to a gateway (RFC 6184 §5.2, H.264 table 7-1). */
export const NAL_IDR = 5;
export const NAL_SPS = 7;
export const NAL_PPS = 8;
export const NAL_STAP_A = 24;
export const NAL_FU_A = 28;

/** What one RTP payload holds; reused so that inspecting allocates nothing. */
export interface H264View {
  /** `single` is one whole NAL unit, `stap` several, `fu` a piece of one. */
  kind: 'single' | 'stap' | 'fu';
  /** A slice of an IDR picture, or the first piece of one. */
  idr: boolean;
  sps: boolean;
  pps: boolean;
  /** For `fu`: first and last piece. True for the others. */
  first: boolean;
  last: boolean;
}

/** An empty view to inspect into. */
export function emptyH264View(): H264View {
  return { kind: 'single', idr: false, sps: false, pps: false, first: true, last: true };
}

/**
 * Inspects the payload at [start, end). False when it is malformed or of a form that packetization modes 0 and 1 do
 * not have (STAP-B, MTAP, FU-B, reserved types).
 */
export function inspectH264(bytes: Uint8Array, start: number, end: number, into: H264View): boolean {
  into.idr = into.sps = into.pps = false;
  into.first = into.last = true;
  if (start >= end) return false;
  const type = bytes[start]! & 0x1f;
  if (type >= 1 && type <= 23) {
    into.kind = 'single';
    note(into, type);
    return true;
  }
  if (type === NAL_STAP_A) return inspectStap(bytes, start, end, into);
  return type === NAL_FU_A && inspectFu(bytes, start, end, into);
}

function inspectStap(bytes: Uint8Array, start: number, end: number, into: H264View): boolean {
  into.kind = 'stap';
  let at = start + 1;
  if (at >= end) return false;
  while (at < end) {
    const next = stapEnd(bytes, at, end);
    if (next < 0) return false;
    note(into, bytes[at + 2]! & 0x1f);
    at = next;
  }
  return true;
}

function inspectFu(bytes: Uint8Array, start: number, end: number, into: H264View): boolean {
  if (end - start < 3) return false;
  const header = bytes[start + 1]!;
  into.kind = 'fu';
  into.first = (header & 0x80) !== 0;
  into.last = (header & 0x40) !== 0;
  // RFC 6184 §5.8: start and end bits are never both set.
  if (into.first && into.last) return false;
  if (into.first) note(into, header & 0x1f);
  return true;
}

function note(into: H264View, type: number): void {
  if (type === NAL_IDR) into.idr = true;
  else if (type === NAL_SPS) into.sps = true;
  else if (type === NAL_PPS) into.pps = true;
}

/** End of the STAP-A element whose 16-bit size stands at `at`, or -1 when it does not fit or is empty. */
export function stapEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 3 > end) return -1;
  const next = at + 2 + ((bytes[at]! << 8) | bytes[at + 1]!);
  return next > end || next === at + 2 ? -1 : next;
}

/** Header octet of the NAL unit that an FU-A fragment belongs to. */
export function fuNalHeader(bytes: Uint8Array, start: number): number {
  return (bytes[start]! & 0xe0) | (bytes[start + 1]! & 0x1f);
}
