import type { IncomingMessage } from 'node:http';
import type { Endpoint } from '../../base/net.js';
import { isLoopback, isNearby, type Applicant } from '../../rooms/policy.js';
import type { TokenGrant } from '../../rooms/tokens.js';
import { Forbidden, Unauthorized } from './errors.js';
import type { TokenStore } from './tokens.js';

/** Name of the cookie that holds an administrator's token. */
export const adminCookie = 'dualstream_admin';

/** Who sent a request. */
export interface Caller extends Applicant {
  secure: boolean;
  /** `Host` as sent, for addresses given back. */
  host: string;
  grant: TokenGrant | null;
}

/** Reads the token from `Authorization: Bearer`, the administrator's cookie, or (WebSockets) the query. */
export function callerOf(request: IncomingMessage, secure: boolean, tokens: TokenStore, query?: string | null): Caller {
  const bearer = /^Bearer +([0-9a-f]{64})$/i.exec(request.headers.authorization ?? '')?.[1];
  const cookie = new RegExp(`(?:^|; *)${adminCookie}=([0-9a-f]{64})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1];
  const token = bearer ?? query ?? cookie;
  const grant = token ? tokens.verify(token) : null;
  return {
    address: plainAddress(request.socket.remoteAddress ?? ''),
    direct: isDirect(request),
    secure,
    host: request.headers.host ?? 'localhost',
    grant: grant?.kind === 'link' ? null : grant,
  };
}

/** Comes from this very machine, through no proxy. */
export function local(caller: Caller): boolean {
  return caller.direct && isLoopback(caller.address);
}

/** Comes from this machine or a private network, through no proxy. */
export function nearby(caller: Caller): boolean {
  return caller.direct && isNearby(caller.address);
}

export function isAdmin(caller: Caller): boolean {
  return caller.grant?.kind === 'admin';
}

/** Throws Unauthorized. */
export function requireAdmin(caller: Caller): void {
  if (!isAdmin(caller)) throw new Unauthorized();
}

/** The caller's grant for a room. Throws Unauthorized without any, Forbidden with another room's. */
export function requireMember(caller: Caller, room: string): TokenGrant {
  const grant = caller.grant;
  if (!grant) throw new Unauthorized();
  if (grant.room !== null && grant.room !== room) throw new Forbidden('the token is for another room');
  return grant;
}

/** Both ends of the connection that a request came by. */
export function endsOf(request: IncomingMessage): { local: Endpoint; remote: Endpoint } {
  const { localAddress, localPort, remoteAddress, remotePort } = request.socket;
  // whoever comes through a proxy must not enjoy the trust that the proxy's own address has
  const address = isDirect(request) ? plainAddress(remoteAddress ?? '') : '0.0.0.0';
  return {
    local: { address: plainAddress(localAddress ?? ''), port: localPort ?? 0 },
    remote: { address, port: remotePort ?? 0 },
  };
}

/** Whether a WebSocket may speak this protocol (RFC 6455 §4.1). */
export function offers(request: IncomingMessage, protocol: string): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((one) => one.trim() === protocol);
}

/** Through no proxy: behind one, the address is the proxy's own. */
function isDirect({ headers }: IncomingMessage): boolean {
  return !('x-forwarded-for' in headers) && !('forwarded' in headers);
}

/** A browser's request from a page that is not ours. */
export function isForeign(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  return hostOf(origin) !== host?.toLowerCase();
}

/**
 * Whether the plain listener may be addressed like that: `localhost`, an IP literal or a name it was told. Anything else
 * is another site's name pointed at this machine (DNS rebinding).
 */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (name === 'localhost' || name.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return true;
  return names.some((known) => known.toLowerCase() === name);
}

/** An IPv4 address that came in through a dual-stack socket, written plainly. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    // `null` and other opaque origins are nobody's page.
    return null;
  }
}
