/** Signed distance from `b` to `a` on the 16-bit circle: positive when `a` is newer, -32768..32767. */
export function seqDelta(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** Signed distance from `b` to `a` on the 32-bit circle. */
export function tsDelta(a: number, b: number): number {
  return (a - b) | 0;
}

/** Adds on the 16-bit circle. */
export function seqAdd(seq: number, by: number): number {
  return (seq + by) & 0xffff;
}

/** Adds on the 32-bit circle; the result is unsigned. */
export function tsAdd(timestamp: number, by: number): number {
  return (timestamp + by) >>> 0;
}
