import { readFileSync } from 'node:fs';

/** One golden message: bytes from another stack with what a decoder must find in them. */
export interface Vector {
  name: string;
  hex: string;
  transport: 'udp' | 'tcp';
  meaning: string;
  expect: Record<string, unknown> & { ok: boolean | 'partial' | 'complete' };
}

/** The golden messages of test/golden/bfcp. */
export const vectors = JSON.parse(
  readFileSync(new URL('../../golden/bfcp/vectors.json', import.meta.url), 'utf8'),
) as Vector[];

/** Bytes of a golden message. */
export function bytesOf(name: string): Buffer {
  const vector = vectors.find((candidate) => candidate.name === name);
  if (!vector) throw new Error(`no vector ${name}`);
  return Buffer.from(vector.hex, 'hex');
}

/** Hex of any bytes, for comparing. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
