/** One a=fingerprint line (RFC 8122 §5). */
export interface Fingerprint {
  /** Hash function as SDP names it, lower case: `sha-256`. */
  hash: string;
  /** Upper-case hexadecimal octets, `AA:BB:...`. */
  digest: string;
}

/** RFC 8122 §5 forbids MD5 and MD2; SHA-1 is what old room systems write. */
const known: Readonly<Record<string, number>> = {
  'sha-1': 20,
  'sha-224': 28,
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
};

/** Reads the value of an a=fingerprint line; null for a hash that is not to be used or a digest of the wrong length. */
export function readFingerprint(value: string): Fingerprint | null {
  const match = /^\s*([a-z0-9-]+)\s+([0-9a-f]{2}(?::[0-9a-f]{2})*)\s*$/i.exec(value);
  const hash = (match?.[1] ?? '').toLowerCase();
  const digest = (match?.[2] ?? '').toUpperCase();
  return Object.hasOwn(known, hash) && (digest.length + 1) / 3 === known[hash] ? { hash, digest } : null;
}
