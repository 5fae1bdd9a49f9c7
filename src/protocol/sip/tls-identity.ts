import { isIP } from 'node:net';
import type { TlsPeer } from '../../base/tls.js';
import { namesHost } from '../../base/tls.js';

/**
 * Why a verified certificate is not that of a SIP domain (RFC 5922 §7); null when it is. A SIP URI among its names
 * decides, then its DNS names, and the common name only where there are no alternative names at all. No wildcards
 * (§7.2), unless they are allowed for providers who have them.
 */
export function domainRefusal({ names, commonName }: TlsPeer, domain: string, wildcards: boolean): string | null {
  const refused = (told: readonly string[]): string =>
    `its certificate is not of ${domain} but of ${told.length > 0 ? told.slice(0, 5).join(', ') : 'nobody'}`;
  if (isIP(domain) !== 0) return names.ips.some((ip) => sameAddress(ip, domain)) ? null : refused(names.ips);
  const uris = names.uris.flatMap(sipDomain);
  const empty = names.dns.length + names.uris.length + names.ips.length === 0;
  const told = uris.length > 0 ? uris : empty && commonName !== null ? [commonName] : names.dns;
  const usable = wildcards ? told : told.filter((name) => !name.startsWith('*.'));
  if (namesHost(usable, domain)) return null;
  const byWildcard = namesHost(told, domain);
  return byWildcard ? `${refused(told)}, and wildcards do not count (sip.tls.wildcards)` : refused(told);
}

/** Domain of a `sip:` URI that names a domain and no user (RFC 5922 §7.1). */
function sipDomain(uri: string): string[] {
  const [, host] = /^sip:([^@;?:]+)$/i.exec(uri) ?? [];
  return host === undefined ? [] : [host];
}

function sameAddress(a: string, b: string): boolean {
  return plainIp(a) === plainIp(b);
}

/** One spelling for each address. */
function plainIp(ip: string): string {
  return isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname : ip;
}
