/**
 * A copy in memory of its own. For what outlives the packet that it came in: a slice keeps all of the buffer that it is of,
 * and that of a short packet is a pool of 8 kB which it shares with others.
 */
export function kept(octets: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(octets.length);
  copy.set(octets);
  return copy;
}
