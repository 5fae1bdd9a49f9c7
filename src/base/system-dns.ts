import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';
import type { Dns, DnsAnswer } from './dns.js';

/** How the machine's resolver is asked. */
export interface SystemDnsOptions {
  /** Servers as `address` or `address:port` (IPv6 in brackets); empty: those of the machine. */
  servers: readonly string[];
  /** Milliseconds one server may take. */
  queryMs: number;
}

const hostsFile = '/etc/hosts';
/** Nothing by that name, which is an answer and no failure. */
const nothing = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * The machine's DNS. Addresses written in the hosts file come first, as everywhere on the machine; a name without a dot is
 * looked up as the machine does it, search domains included. With servers of one's own neither counts.
 */
export function systemDns({ servers, queryMs }: SystemDnsOptions): Dns {
  const resolver = new Resolver({ timeout: queryMs, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  const local = servers.length === 0;
  const addresses = async (name: string, family: 4 | 6): Promise<DnsAnswer<string>> => {
    const known = local ? await hosts(name, family) : [];
    if (known.length > 0) return { records: known, ttl: null };
    if (local && !name.includes('.')) return { records: await short(name, family), ttl: null };
    const query = family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true });
    const found = await orNone(query);
    const ttl = found.length === 0 ? null : Math.min(...found.map((each) => each.ttl));
    return { records: found.map((each) => each.address), ttl };
  };
  return {
    naptr: async (name) => ({ records: await orNone(resolver.resolveNaptr(name)), ttl: null }),
    srv: async (name) => ({ records: await orNone(resolver.resolveSrv(name)), ttl: null }),
    a: (name) => addresses(name, 4),
    aaaa: (name) => addresses(name, 6),
  };
}

async function orNone<R>(query: Promise<R[]>): Promise<R[]> {
  try {
    return await query;
  } catch (error) {
    if (error instanceof Error && 'code' in error && nothing.has(String(error.code))) return [];
    throw error;
  }
}

async function short(name: string, family: 4 | 6): Promise<string[]> {
  const found = await orNone(lookup(name, { family, all: true }));
  return found.map((each) => each.address);
}

/** Addresses of a name in the hosts file; a machine without one has none. */
async function hosts(name: string, family: 4 | 6): Promise<string[]> {
  const text = await readFile(hostsFile, 'utf8').catch(() => '');
  return addressesIn(text, name, family);
}

/** Addresses a hosts file gives for a name. */
export function addressesIn(text: string, name: string, family: 4 | 6): string[] {
  const wanted = name.toLowerCase();
  const fits = family === 4 ? isIPv4 : isIPv6;
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return fits(address) && names.includes(wanted) ? [address] : [];
  });
}
