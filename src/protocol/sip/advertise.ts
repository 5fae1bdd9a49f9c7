import { networkInterfaces } from 'node:os';

/** One address of this machine with its network mask, as `node:os` gives them. */
export interface LocalAddress {
  address: string;
  netmask: string;
  internal: boolean;
}

/** Whether an address means "all of them" and so must never be told to a peer. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Whether an address belongs to this machine only. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'localhost';
}

/** Whether an address is good on one cable only (with its zone, as the system writes it): nobody else could use it. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address) || address.includes('%');
}

/** The machine's own addresses. */
export function localAddresses(): LocalAddress[] {
  return Object.values(networkInterfaces()).flatMap((each) => each ?? []);
}

/** Address under which a peer is most likely to reach us: same network first, then the first that leaves the machine. */
export function addressFor(peer: string, addresses: LocalAddress[]): string {
  const v6 = peer.includes(':');
  if (isLoopback(peer)) return v6 ? '::1' : '127.0.0.1';
  const family = addresses.filter((each) => each.address.includes(':') === v6 && !isLinkLocal(each.address));
  const near = v6 ? undefined : family.find((each) => sameNetwork(each.address, peer, each.netmask));
  const chosen = near ?? family.find((each) => !each.internal) ?? family[0];
  return chosen?.address ?? (v6 ? '::1' : '127.0.0.1');
}

function sameNetwork(a: string, b: string, mask: string): boolean {
  const [x, y, m] = [toNumber(a), toNumber(b), toNumber(mask)];
  return x !== null && y !== null && m !== null && (x & m) === (y & m);
}

function toNumber(address: string): number | null {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return null;
  return parts.reduce((sum, part) => (sum << 8) | part, 0);
}
