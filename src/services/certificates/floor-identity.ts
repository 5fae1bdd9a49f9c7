import type { Clock } from '../../base/clock.js';

/** Longer than a gateway runs; peers look at the fingerprint and not at dates. */
const lifetimeMs = 5 * 365 * 86_400_000;

/**
 * A certificate for encrypted floor control: peers know it by the fingerprint in the description (RFC 8122), so it names
 * nobody and is made anew at each start. RSA, since old devices know nothing else.
 */
export async function makeFloorIdentity(clock: Clock): Promise<{ cert: string; key: string }> {
  // Rarely needed and heavy: some 10 MiB of memory.
  const { generate } = await import('selfsigned');
  const now = clock.wall();
  const made = await generate([{ name: 'commonName', value: 'Dualstream' }], {
    keyType: 'rsa',
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 3_600_000),
    notAfterDate: new Date(now + lifetimeMs),
  });
  return { cert: made.cert, key: made.private };
}
