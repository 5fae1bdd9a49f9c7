import { isIPv6 } from 'node:net';
import { BadTarget, LoopDetected, TargetNotAllowed } from '../../rooms/dialer.js';
import { fitsTarget } from '../target-patterns.js';

/** Who may be called by H.323. */
export interface H323DialRules {
  /** Addresses `user@host` or `user@host:port` with `*` for any part of user or host; `host` alone is nobody's name there. */
  targets: readonly string[];
  /** Whether a host is this gateway, at this port where one is written. */
  isOwn: (host: string, port: number | null) => boolean;
}

/** Somebody who may be called. */
export interface H323Target {
  /** Alias or number to be asked for; null calls the address itself. */
  user: string | null;
  /** Without brackets. */
  host: string;
  port: number;
}

/** Well-known port of call signalling (H.225.0 Appendix IV). */
const usualPort = 1720;
/** Names and numbers; anything else is a way to mean something else than it seems. */
const plainUser = /^[\p{L}\p{N}+*#][\p{L}\p{N}+*#._~! -]{0,63}$/u;
const plainHost = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?)$/;

/**
 * Reads whom a room is to call and finds whether it may (RFC 3508 without parameters). Every address is taken apart, so
 * that nothing but user, host and port of what was checked is used.
 * @throws BadTarget, TargetNotAllowed, LoopDetected
 */
export function readH323Target(text: string, { targets, isOwn }: H323DialRules): H323Target {
  const rest = /^h323:(.+)$/is.exec(text)?.[1];
  if (rest === undefined) throw new BadTarget('an address begins with h323:');
  if (rest.includes(';')) throw new BadTarget('an address with parameters');
  const at = rest.lastIndexOf('@');
  const user = at < 0 ? null : unescaped(rest.slice(0, at));
  const [, host = '', digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(rest.slice(at + 1).toLowerCase()) ?? [];
  if (!plainHost.test(host)) throw new BadTarget('a host is missing or cannot be read');
  if (user !== null && !plainUser.test(user)) throw new BadTarget('unusual characters before the @');
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && (port < 1 || port > 65_535)) throw new BadTarget('a port that is none');
  const bare = host.replace(/^\[|\]$/g, '');
  if (host.startsWith('[') && !isIPv6(bare)) throw new BadTarget('an address that cannot be read');
  if (isOwn(bare, port)) throw new LoopDetected(`${host} is an address of this gateway`);
  if (!targets.some((pattern) => fitsTarget(pattern, { user: user ?? '', host, port }, usualPort))) {
    throw new TargetNotAllowed('it is not among h323.dialOut.targets');
  }
  return { user, host: bare, port: port ?? usualPort };
}

function unescaped(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    throw new BadTarget('a name that cannot be read');
  }
}
