import { isIPv6 } from 'node:net';
import { BadTarget, DialFailed, LoopDetected, TargetNotAllowed } from '../../rooms/dialer.js';
import { fitsTarget } from '../target-patterns.js';

/** Who may be called by H.323. */
export interface H323DialRules {
  /** Addresses `user@host` or `user@host:port` with `*` for any part of user or host; `host` alone is nobody's name there. */
  targets: readonly string[];
  /** Which names and numbers go to which gatekeeper elsewhere, asked for as `to`; the first that fits counts. */
  numbers?: readonly NumberRule[] | undefined;
  /** Whether gatekeepers beside ours are asked for a name or number. */
  asksFor?: ((name: string) => boolean) | undefined;
  /** Whether a host is this gateway, at this port where one is written. */
  isOwn: (host: string, port: number | null) => boolean;
}

/** A name or number that a gatekeeper elsewhere is asked for. */
export interface NumberRule {
  /** The whole of it has to match. */
  dialled: RegExp;
  registration: string;
  /** `$1` to `$9` stand for what the groups matched. */
  to: string;
}

/** Somebody who may be called: a device of ours by name, by leave of a gatekeeper elsewhere, where a gatekeeper beside ours has it, or at an address. */
export type H323Target =
  | { kind: 'name'; name: string }
  | { kind: 'elsewhere'; registration: string; to: string }
  | { kind: 'beside'; name: string }
  | ({ kind: 'address' } & H323Address);

/** An address that may be called. */
export interface H323Address {
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
 * that nothing but user, host and port of what was checked is used. A word without @ is a name that `knows` knows, one for
 * which gatekeepers are asked, or else a host; with a dot it is a host.
 * @throws BadTarget, TargetNotAllowed, LoopDetected, DialFailed for a name that nobody has
 */
export function readH323Target(
  text: string,
  rules: H323DialRules,
  knows: (name: string) => boolean = () => false,
): H323Target {
  const rest = /^h323:(.+)$/is.exec(text)?.[1];
  if (rest === undefined) throw new BadTarget('an address begins with h323:');
  if (rest.includes(';')) throw new BadTarget('an address with parameters');
  const name = unescaped(rest);
  if (knows(name)) return { kind: 'name', name };
  const elsewhere = plainUser.test(name) ? numberTarget(name, rules.numbers ?? []) : null;
  if (elsewhere) return elsewhere;
  if (plainUser.test(name) && !name.includes('.') && rules.asksFor?.(name)) return { kind: 'beside', name };
  return { kind: 'address', ...addressTarget(rest, rules) };
}

function numberTarget(name: string, rules: readonly NumberRule[]): H323Target | null {
  for (const { dialled, registration, to } of rules) {
    const match = dialled.exec(name);
    if (!match) continue;
    const asked = to.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
    if (!plainUser.test(asked)) throw new BadTarget('the rule makes no number of it');
    return { kind: 'elsewhere', registration, to: asked };
  }
  return null;
}

function addressTarget(rest: string, { targets, isOwn }: H323DialRules): H323Address {
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
  const allowed = targets.some((pattern) => fitsTarget(pattern, { user: user ?? '', host, port }, usualPort));
  // a bare word that is no host of ours to call was meant as the name of a device
  if (!allowed && at < 0 && !/[.:]/.test(host)) throw new DialFailed(480, `nobody is registered as ${host}`);
  if (!allowed) throw new TargetNotAllowed('it is not among h323.dialOut.targets');
  return { user, host: bare, port: port ?? usualPort };
}

function unescaped(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    throw new BadTarget('a name that cannot be read');
  }
}
