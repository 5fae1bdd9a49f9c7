/** What one VP8 payload says (RFC 7741 §4.2); reused so that inspecting allocates nothing. */
export interface Vp8View {
  /** Where the frame's bytes begin. */
  at: number;
  /** The first packet of a picture. */
  first: boolean;
  /** The first packet of a picture that decoding can begin with. */
  key: boolean;
  /** No other picture is predicted from this one. */
  disposable: boolean;
  /** -1 where it is not told. */
  pictureId: number;
  /** -1 where it is not told. */
  temporalLayer: number;
}

/** An empty view to inspect into. */
export function emptyVp8View(): Vp8View {
  return { at: 0, first: false, key: false, disposable: false, pictureId: -1, temporalLayer: -1 };
}

/** Inspects the payload at [start, end). False when it is malformed. */
export function inspectVp8(bytes: Uint8Array, start: number, end: number, into: Vp8View): boolean {
  into.pictureId = into.temporalLayer = -1;
  into.key = false;
  if (start >= end) return false;
  const head = bytes[start]!;
  into.disposable = (head & 0x20) !== 0;
  into.first = (head & 0x10) !== 0 && (head & 0x07) === 0;
  let at = start + 1;
  if ((head & 0x80) !== 0) {
    at = readExtension(bytes, at, end, into);
    if (at < 0) return false;
  }
  if (at >= end) return false;
  into.at = at;
  // RFC 6386 §9.1: the lowest bit of the frame tag is clear in key frames
  into.key = into.first && (bytes[at]! & 1) === 0;
  return true;
}

/** End of the extension whose flags stand at `at`, or -1 when it does not fit. */
function readExtension(bytes: Uint8Array, at: number, end: number, into: Vp8View): number {
  if (at >= end) return -1;
  const flags = bytes[at++]!;
  if ((flags & 0x80) !== 0) {
    if (at >= end) return -1;
    const high = bytes[at++]!;
    into.pictureId = high & 0x7f;
    if ((high & 0x80) !== 0) {
      if (at >= end) return -1;
      into.pictureId = (into.pictureId << 8) | bytes[at++]!;
    }
  }
  if ((flags & 0x40) !== 0) at += 1;
  if ((flags & 0x30) !== 0) {
    if (at >= end) return -1;
    if ((flags & 0x20) !== 0) into.temporalLayer = bytes[at]! >> 6;
    at += 1;
  }
  return at;
}

/** RTP payloads of one frame, cut anywhere into pieces of at most `limit` bytes; with its picture id where one is given. */
export function packetizeVp8(frame: Uint8Array, limit: number, pictureId: number | null = null): Uint8Array[] {
  const more = pictureId === null ? [] : [0x80, 0x80 | ((pictureId >> 8) & 0x7f), pictureId & 0xff];
  const step = limit - 1 - more.length;
  const payloads: Uint8Array[] = [];
  for (let at = 0; at < frame.length; at += step) {
    const head = (more.length > 0 ? 0x80 : 0) | (at === 0 ? 0x10 : 0);
    payloads.push(Uint8Array.of(head, ...more, ...frame.subarray(at, at + step)));
  }
  return payloads;
}

/** The frame of its payloads in order; null when one is malformed or the first is missing. */
export function depacketizeVp8(payloads: readonly Uint8Array[]): Uint8Array | null {
  const view = emptyVp8View();
  const parts: Uint8Array[] = [];
  for (const payload of payloads) {
    if (!inspectVp8(payload, 0, payload.length, view) || (parts.length === 0 && !view.first)) return null;
    parts.push(payload.subarray(view.at));
  }
  return parts.length > 0 ? joined(parts) : null;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
