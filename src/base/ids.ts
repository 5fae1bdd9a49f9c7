import { randomBytes, randomInt, randomUUID, timingSafeEqual } from 'node:crypto';

/** The only source of chance in the product; handed down so that tests can fix it. */
export interface Chance {
  /** Integer in [min, max], both included. */
  int(min: number, max: number): number;
  /** `bytes` random octets as lower-case hex. */
  hex(bytes: number): string;
  /** Version 4 UUID. */
  uuid(): string;
}

/** Random octets fetched ahead, each given out once: asking the system for every few costs more than all else of a tag. */
let ahead = Buffer.alloc(0);
const aheadBytes = 4096;

function hex(bytes: number): string {
  if (bytes > aheadBytes) return randomBytes(bytes).toString('hex');
  if (ahead.length < bytes) ahead = randomBytes(aheadBytes);
  const text = ahead.toString('hex', 0, bytes);
  ahead.fill(0, 0, bytes);
  ahead = ahead.subarray(bytes);
  return text;
}

/** Cryptographically strong chance. */
export const systemChance: Chance = {
  int: (min, max) => randomInt(min, max + 1),
  hex,
  uuid: () => randomUUID(),
};

/** Compares two secrets in constant time. */
export function sameSecret(a: string, b: string): boolean {
  const x = Buffer.from(a);
  const y = Buffer.from(b);
  return x.length === y.length && timingSafeEqual(x, y);
}
