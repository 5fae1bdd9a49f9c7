import { MalformedSip } from '../../protocol/sip-values/errors.js';
import { bareHost, isSipUri, parseSipUri, type SipUri } from '../../protocol/sip-values/uri.js';
import { BadTarget, TargetNotAllowed } from '../../rooms/dialer.js';
import { fitsTarget } from '../target-patterns.js';

/** Which numbers go to which trunk. */
export interface NumberRule {
  /** The whole number has to match. */
  dialled: RegExp;
  trunk: string;
  /** What the trunk is asked for; `$1` to `$9` stand for what the groups matched, `$0` for everything. */
  to: string;
}

/** Who may be called by rooms besides registered users. */
export interface DialRules {
  /** Addresses `user@host` or `user@host:port` with `*` for any part of user or host. */
  targets: readonly string[];
  numbers: readonly NumberRule[];
}

/** Somebody who may be called. */
export type DialTarget =
  /** `secure`: reached over TLS. */
  | { kind: 'uri'; uri: string; host: string; secure: boolean }
  | { kind: 'own'; user: string; uri: string }
  | { kind: 'user'; user: string }
  | { kind: 'trunk'; trunk: string; to: string };

/** Users and numbers are written in these; anything else is a way to mean something else than it seems. */
const plainUser = /^[A-Za-z0-9][\w.+*~!-]{0,63}$|^[+*]\w[\w.*-]{0,62}$/;
/** What a trunk can be asked for. */
const number = /^\+?[\w*.-]{1,64}$/;
const transports = new Set(['udp', 'tcp', 'tls']);

/** Whether a host is this gateway, at this port where one is written. */
export type IsOwn = (host: string, port: number | null) => boolean;

/**
 * Domains of ours are this gateway at any port. At an address of this machine other programs may take calls too: there a
 * port that is written has to be one of ours.
 */
export function ownPlaces(
  domains: readonly string[],
  addresses: readonly string[],
  listens: (port: number) => boolean,
): IsOwn {
  const [names, places] = [domains, addresses].map((all) => new Set(all.map((host) => host.toLowerCase())));
  return (host, port) => {
    const written = host.toLowerCase();
    return names?.has(written) === true || (places?.has(written) === true && (port === null || listens(port)));
  };
}

/**
 * Reads whom a room is to call and finds whether it may. Every address is taken apart and written anew, so that nothing
 * but user, host, port and transport of what was checked reaches the wire.
 * @throws BadTarget, TargetNotAllowed
 */
export function readTarget(text: string, rules: DialRules, isOwn: IsOwn): DialTarget {
  const user = /^user:(.*)$/i.exec(text)?.[1];
  if (user !== undefined) {
    if (!plainUser.test(user)) throw new BadTarget('no user has such a name');
    return { kind: 'user', user };
  }
  const dialled = /^tel:(.*)$/is.exec(text)?.[1];
  if (dialled !== undefined) return numberTarget(dialled, rules.numbers);
  if (!isSipUri(text)) throw new BadTarget('an address begins with sip:, sips: or tel:');
  return addressTarget(parsed(text), rules, isOwn);
}

function addressTarget(uri: SipUri, rules: DialRules, isOwn: IsOwn): DialTarget {
  if (uri.headers !== null) throw new BadTarget('an address with headers in it');
  for (const name of uri.params.keys()) if (name !== 'transport') throw new BadTarget(`an address with ;${name}`);
  const transport = uri.params.get('transport')?.toLowerCase();
  if (transport !== undefined && !transports.has(transport)) throw new BadTarget(`the transport ${transport}`);
  const { user, port } = uri;
  if (user !== null && !plainUser.test(user)) throw new BadTarget('escaped or unusual characters before the @');
  const host = uri.host.toLowerCase();
  const plain = `${uri.scheme}:${user === null ? '' : `${user}@`}${host}${port === null ? '' : `:${port}`}`;
  const written = transport === undefined ? plain : `${plain};transport=${transport}`;
  if (isOwn(bareHost(host), port)) return { kind: 'own', user: user ?? '', uri: written };
  if (!rules.targets.some((pattern) => fitsTarget(pattern, { user: user ?? '', host, port }, 5060))) {
    throw new TargetNotAllowed('it is not among sip.dialOut.targets');
  }
  return { kind: 'uri', uri: written, host: bareHost(host), secure: uri.scheme === 'sips' || transport === 'tls' };
}

/** RFC 3966 without parameters; what people write between the digits means nothing. */
function numberTarget(dialled: string, rules: readonly NumberRule[]): DialTarget {
  const digits = dialled.replace(/[-.() ]/g, '');
  if (!/^\+?[0-9*#]{1,32}$/.test(digits)) throw new BadTarget('a number with something else than digits in it');
  for (const { dialled: pattern, trunk, to } of rules) {
    const match = pattern.exec(digits);
    if (!match) continue;
    const asked = to.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
    if (!number.test(asked)) throw new BadTarget('the rule makes no number of it');
    return { kind: 'trunk', trunk, to: asked };
  }
  throw new TargetNotAllowed('no line of sip.dialOut.numbers leads there');
}

function parsed(text: string): SipUri {
  try {
    return parseSipUri(text);
  } catch (error) {
    if (error instanceof MalformedSip) throw new BadTarget(error.message);
    throw error;
  }
}
