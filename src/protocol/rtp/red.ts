/** One block of a RED payload: bytes [start, end) of the packet it stands in. */
export interface RedBlock {
  pt: number;
  /** Of a redundant block: how much earlier than the packet its media is, timestamp units; 0 for the primary one. */
  offset: number;
  start: number;
  end: number;
}

/** Blocks of one packet that are read at most; more are a fault. */
const MOST = 8;

/** Octets that the primary block alone costs. */
export const RED_HEADER = 1;

/** Blocks to read into, reused so that reading allocates nothing. */
export function emptyRedBlocks(): RedBlock[] {
  return Array.from({ length: MOST }, () => ({ pt: 0, offset: 0, start: 0, end: 0 }));
}

/**
 * Reads a RED payload (RFC 2198 §3) at [start, end): how many blocks there are, the primary one last, or 0 when it is
 * malformed.
 */
export function readRed(bytes: Uint8Array, start: number, end: number, into: readonly RedBlock[]): number {
  let at = start;
  let count = 0;
  let lengths = 0;
  for (;;) {
    const block = into[count];
    if (!block || at >= end) return 0;
    const first = bytes[at]!;
    block.pt = first & 0x7f;
    count++;
    if (first < 0x80) {
      at++;
      block.offset = 0;
      break;
    }
    if (at + 4 > end) return 0;
    block.offset = (bytes[at + 1]! << 6) | (bytes[at + 2]! >> 2);
    // its length for now: where it begins is known when all headers are read
    block.end = ((bytes[at + 2]! & 3) << 8) | bytes[at + 3]!;
    lengths += block.end;
    at += 4;
  }
  if (at + lengths > end) return 0;
  for (let i = 0; i < count; i++) {
    const block = into[i]!;
    block.start = at;
    at = i === count - 1 ? end : at + block.end;
    block.end = at;
  }
  return count;
}
