/** What one H.263 payload says, in either form; reused from payload to payload. */
export interface H263View {
  /** Where the bit stream begins; bits of that byte that do not count. */
  at: number;
  skip: number;
  /** Bits of the last byte that do not count. */
  spare: number;
  /** Two zero bytes stand in front of it that were not sent. */
  elided: boolean;
  /** The first packet of a picture. */
  first: boolean;
  /** The first packet of a picture that decoding can begin with. */
  key: boolean;
}

/** An empty view to inspect into. */
export function emptyH263View(): H263View {
  return { at: 0, skip: 0, spare: 0, elided: false, first: false, key: false };
}

/** Inspects a payload of RFC 4629 §5.1 (H263-1998, H263-2000) at [start, end). False when it is malformed. */
export function inspectH263(bytes: Uint8Array, start: number, end: number, into: H263View): boolean {
  into.skip = into.spare = 0;
  into.first = into.key = false;
  if (end - start <= 2) return false;
  const head = bytes[start]!;
  const extra = ((head & 1) << 5) | (bytes[start + 1]! >> 3);
  into.elided = (head & 0x04) !== 0;
  into.at = start + 2 + ((head & 0x02) !== 0 ? 1 : 0) + extra;
  if (into.at >= end) return false;
  if (into.elided) judge(bytes, into.at, end, into);
  return true;
}

/** Lengths of the headers of modes A, B and C (RFC 2190 §5). */
const MODES = { A: 4, B: 8, C: 12 } as const;

/** Inspects a payload of RFC 2190 (H263, payload type 34) at [start, end). False when it is malformed. */
export function inspectOldH263(bytes: Uint8Array, start: number, end: number, into: H263View): boolean {
  into.first = into.key = into.elided = false;
  if (end - start <= MODES.A) return false;
  const head = bytes[start]!;
  into.at = start + ((head & 0x80) === 0 ? MODES.A : (head & 0x40) === 0 ? MODES.B : MODES.C);
  into.skip = (head >> 3) & 7;
  into.spare = head & 7;
  if (into.at >= end) return false;
  const whole = bytes[into.at] === 0 && bytes[into.at + 1] === 0 && into.skip === 0;
  if (whole) judge(bytes, into.at + 2, end, into);
  return true;
}

/** H.263 §5.1: the picture start code, whose first 16 zero bits stand before `at`, and the kind of picture. */
function judge(bytes: Uint8Array, at: number, end: number, into: H263View): void {
  if ((bytes[at]! & 0xfc) !== 0x80 || at + 6 > end) return;
  into.first = true;
  const bit = (index: number): number => (bytes[at + (index >> 3)]! >> (7 - (index & 7))) & 1;
  const bits = (index: number, count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + bit(index + i);
    return value;
  };
  // after the rest of the start code (6) and the temporal reference (8) comes PTYPE: its source format at 5, its kind at 8
  const type = 14;
  if (bits(type + 5, 3) !== 7) into.key = bit(type + 8) === 0;
  // PLUSPTYPE (§5.1.4): with UFEP 1 the kind stands behind 18 bits of optional part
  else into.key = bits(type + 8, 3) === 1 ? bits(type + 29, 3) === 0 : bits(type + 11, 3) === 0;
}

/** RTP payloads of one picture by RFC 4629: cut anywhere into pieces of at most `limit` bytes. */
export function packetizeH263(picture: Uint8Array, limit: number): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  const step = limit - 2;
  // the picture start code begins with two zero bytes, which the P bit stands for
  for (let at = 2; at < picture.length; at += step)
    payloads.push(Uint8Array.of(at === 2 ? 0x04 : 0, 0, ...picture.subarray(at, at + step)));
  return payloads;
}

/** The picture of its payloads by RFC 4629 in order; null when one is malformed or the first is missing. */
export function depacketizeH263(payloads: readonly Uint8Array[]): Uint8Array | null {
  const view = emptyH263View();
  const bytes: number[] = [];
  for (const payload of payloads) {
    if (!inspectH263(payload, 0, payload.length, view) || (bytes.length === 0 && !view.first)) return null;
    if (view.elided) bytes.push(0, 0);
    for (const byte of payload.subarray(view.at)) bytes.push(byte);
  }
  return bytes.length > 0 ? Uint8Array.from(bytes) : null;
}

/** The same by RFC 2190 in modes A, B and C, whose pieces may meet within a byte. */
export function depacketizeOldH263(payloads: readonly Uint8Array[]): Uint8Array | null {
  const view = emptyH263View();
  const bytes: number[] = [];
  let spare = 0;
  for (const payload of payloads) {
    if (!inspectOldH263(payload, 0, payload.length, view) || (bytes.length === 0 && !view.first)) return null;
    if ((8 - spare) % 8 !== view.skip) return null;
    const piece = [...payload.subarray(view.at)];
    // both hold the byte in which they meet, each its own bits
    if (view.skip > 0) {
      const mine = 0xff >> view.skip;
      bytes.push((bytes.pop()! & ~mine & 0xff) | (piece.shift()! & mine));
    }
    for (const byte of piece) bytes.push(byte);
    spare = view.spare;
  }
  return bytes.length > 0 ? Uint8Array.from(bytes) : null;
}
