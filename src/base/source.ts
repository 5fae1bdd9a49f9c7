import { isIPv6 } from 'node:net';

/**
 * Under which name a source is counted: an IPv4 address by itself, of IPv6 the /64 network, because one host has all of
 * it (RFC 6177).
 */
export function sourceOf(address: string): string {
  const plain = address
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/%.*$/, '');
  return isIPv6(plain) ? `${firstGroups(plain)}::/64` : plain;
}

/** The first four groups as they are written without leading zeros. */
function firstGroups(address: string): string {
  const [head = '', tail] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  // a dotted quad stands for two groups
  const width = back.at(-1)?.includes('.') === true ? back.length + 1 : back.length;
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - width)).fill('0');
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
