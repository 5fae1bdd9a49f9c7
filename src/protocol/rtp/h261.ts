/** What one H.261 payload says; reused from payload to payload. */
export interface H261View {
  /** The first packet of a picture. */
  first: boolean;
  /** The first packet of a picture that decoding can begin with. */
  key: boolean;
}

/** An empty view to inspect into. */
export function emptyH261View(): H261View {
  return { first: false, key: false };
}

const HEADER = 4;
/** Spare bytes behind a picture or group header (PEI, GEI) that are looked over at most: nobody sends any. */
const MOST_SPARE = 16;

/**
 * Inspects a payload of RFC 4587 §4.1 at [start, end). False when it is malformed. H.261 has no mark for a picture that
 * decoding can begin with: it is one that releases a frozen picture, which answers a request for it (H.261 §4.2.1.3), or one
 * whose first macroblock is coded by itself (§4.2.3.3).
 */
export function inspectH261(bytes: Uint8Array, start: number, end: number, into: H261View): boolean {
  into.first = into.key = false;
  const at = start + HEADER;
  if (end <= at) return false;
  const bits = reader(bytes.subarray(at, end), bytes[start]! >> 5);
  // picture start code
  if (bits(20) !== 0x00010) return true;
  into.first = true;
  // temporal reference, and the third of six bits about the picture
  bits(5);
  into.key = (bits(6) & 0x08) !== 0;
  if (into.key || !skipSpare(bits) || bits(16) !== 1) return true;
  // number and quantiser of the group
  bits(9);
  if (!skipSpare(bits)) return true;
  // the first macroblock at its place, and intra, without or with a quantiser of its own
  if (bits(1) !== 1) return true;
  const kind = bits(7);
  into.key = kind >> 3 === 1 || kind === 1;
  return true;
}

function skipSpare(bits: (count: number) => number): boolean {
  for (let spare = 0; spare <= MOST_SPARE; spare += 1) {
    if (bits(1) === 0) return true;
    bits(8);
  }
  return false;
}

/** Bits one after the other, zeros behind the end. */
function reader(bytes: Uint8Array, from: number): (count: number) => number {
  let at = from;
  return (count) => {
    let value = 0;
    for (let i = 0; i < count; i += 1, at += 1) value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
}
