import { isIP } from 'node:net';
import type { Dns } from './dns.js';

/** An address of a host; the text itself when it is one already or nothing is found. */
export async function lookupAddress(dns: Dns, host: string): Promise<string> {
  const plain = host.replace(/^\[|\]$/g, '');
  if (isIP(plain) !== 0) return plain;
  for (const query of ['a', 'aaaa'] as const) {
    const [address] = await dns[query](plain).then(
      ({ records }) => records,
      () => [],
    );
    if (address !== undefined) return address;
  }
  return plain;
}
