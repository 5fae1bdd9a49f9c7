import { isIPv4, isIPv6 } from 'node:net';
import type { Endpoint } from '../../base/net.js';
import type { TransportAddress } from './h225/schema.js';

/** An address and a port as H.225.0 writes them. @throws RangeError for what is no address literal */
export function transportOf({ address, port }: Endpoint): TransportAddress {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return { ipAddress: { ip: Buffer.from(plain.split('.').map(Number)), port } };
  if (!isIPv6(plain)) throw new RangeError(`no address: ${address}`);
  return { ip6Address: { ip: octetsOfIpv6(plain), port } };
}

/** What a transport address means to a socket; null for kinds of networks that we are not on, and for port 0. */
export function endpointOf(transport: TransportAddress | undefined): Endpoint | null {
  const found = transport?.ipAddress ?? transport?.ip6Address ?? transport?.ipSourceRoute;
  if (found === undefined || found.port === 0) return null;
  return { address: addressOf(found.ip), port: found.port };
}

/** Addresses of a list that a socket can reach, in their order. */
export function endpointsOf(transports: readonly TransportAddress[] | undefined): Endpoint[] {
  return (transports ?? []).map(endpointOf).filter((one) => one !== null);
}

/** Whether both name the same socket. */
export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && plainAddress(a.address) === plainAddress(b.address);
}

/** Whether both are on the same host. */
export function sameHost(a: Endpoint, b: Endpoint): boolean {
  return plainAddress(a.address) === plainAddress(b.address);
}

/** Text of an endpoint: `192.0.2.1:1720`, `[2001:db8::1]:1720`. */
export function endpointText({ address, port }: Endpoint): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Without the zone, and an IPv4 address in IPv6 clothes without them. */
function plainAddress(address: string): string {
  const bare = address.toLowerCase().replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(bare) ? addressOf(octetsOfIpv6(bare)) : bare;
}

function addressOf(ip: Uint8Array): string {
  if (ip.length === 4) return ip.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (((ip[2 * i] ?? 0) << 8) | (ip[2 * i + 1] ?? 0)).toString(16));
  return compressed(groups);
}

/** Groups with the longest run of zeros (of at least two) as `::`, RFC 5952. */
function compressed(groups: readonly string[]): string {
  let best = { from: -1, length: 1 };
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (groups[from + length] === '0') length++;
    if (length > best.length) best = { from, length };
  }
  if (best.from < 0) return groups.join(':');
  return `${groups.slice(0, best.from).join(':')}::${groups.slice(best.from + best.length).join(':')}`;
}

function octetsOfIpv6(address: string): Buffer {
  const quad = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high: number, low: number): string => ((high << 8) | low).toString(16);
  const text = quad
    ? `${quad[1]}${hex(Number(quad[2]), Number(quad[3]))}:${hex(Number(quad[4]), Number(quad[5]))}`
    : address;
  const [head = '', tail] = text.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = Array<string>(8 - front.length - back.length).fill('0');
  const octets = Buffer.alloc(16);
  for (const [i, group] of [...front, ...middle, ...back].entries()) octets.writeUInt16BE(parseInt(group, 16), 2 * i);
  return octets;
}
