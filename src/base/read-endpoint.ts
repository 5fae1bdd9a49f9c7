import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Endpoint } from './net.js';

/** Reads `192.0.2.1`, `192.0.2.1:1719`, `2001:db8::1` and `[2001:db8::1]:1719`; null for anything else. */
export function readEndpoint(text: string, usualPort: number): Endpoint | null {
  if (isIP(text) !== 0) return { address: text, port: usualPort };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? usualPort : Number(digits);
  if (port < 1 || port > 65_535) return null;
  if (bracketed !== undefined && isIPv6(bracketed)) return { address: bracketed, port };
  return plain !== undefined && isIPv4(plain) ? { address: plain, port } : null;
}
