import { createHash } from 'node:crypto';
import { MalformedSip } from './errors.js';
import { quote, splitOutside, unquote } from './split.js';

/** Values of a Digest challenge or of credentials by lower-case name, unquoted. */
export type DigestFields = ReadonlyMap<string, string>;

/** What a digest response is computed from (RFC 7616 §3.4, RFC 8760). */
export interface DigestInput {
  algorithm: string;
  username: string;
  realm: string;
  password: string;
  method: string;
  uri: string;
  nonce: string;
  /** Absent without `qop`. */
  cnonce?: string;
  /** 8 hexadecimal digits. */
  nc?: string;
  qop?: 'auth' | 'auth-int';
  /** Hashed with auth-int only. */
  body?: Uint8Array;
}

const hashes: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/** Whether responses of this algorithm can be computed (`-sess` included). */
export function isKnownAlgorithm(algorithm: string): boolean {
  return algorithm.toUpperCase().replace(/-SESS$/, '') in hashes;
}

/**
 * Parses `Digest name=value, ...` of WWW-Authenticate, Proxy-Authenticate, Authorization or Proxy-Authorization.
 *
 * @throws MalformedSip when the scheme is another or a field is not `name=value`.
 */
export function parseDigest(text: string): DigestFields {
  const match = /^\s*Digest\s+(.*)$/is.exec(text);
  if (!match) throw new MalformedSip('authentication scheme is not Digest', 0);
  const fields = new Map<string, string>();
  for (const piece of splitOutside(match[1] ?? '', ',')) {
    const cut = piece.text.indexOf('=');
    if (cut < 0) throw new MalformedSip('digest field without a value', piece.at);
    fields.set(piece.text.slice(0, cut).trim().toLowerCase(), unquote(piece.text.slice(cut + 1).trim()));
  }
  return fields;
}

/** Lower-case hexadecimal response. Throws MalformedSip when the algorithm is unknown. */
export function digestResponse(input: DigestInput): string {
  const name = input.algorithm.toUpperCase();
  const session = name.endsWith('-SESS');
  const hash = hashes[session ? name.slice(0, -5) : name];
  if (hash === undefined) throw new MalformedSip(`digest algorithm ${input.algorithm} is unknown`, 0);
  const h = (data: string | Uint8Array): string => createHash(hash).update(data).digest('hex');
  const cnonce = input.cnonce ?? '';
  const secret = h(`${input.username}:${input.realm}:${input.password}`);
  const a1 = session ? h(`${secret}:${input.nonce}:${cnonce}`) : secret;
  const integrity = input.qop === 'auth-int' ? `:${h(input.body ?? '')}` : '';
  const a2 = h(`${input.method}:${input.uri}${integrity}`);
  if (input.qop === undefined) return h(`${a1}:${input.nonce}:${a2}`);
  return h(`${a1}:${input.nonce}:${input.nc ?? '00000001'}:${cnonce}:${input.qop}:${a2}`);
}

/** Writes credentials; numbers and tokens stay unquoted as RFC 3261 §25.1 wants. */
export function printDigest(fields: DigestFields): string {
  const plain = new Set(['algorithm', 'nc', 'qop', 'stale']);
  return `Digest ${[...fields].map(([name, value]) => `${name}=${plain.has(name) ? value : quote(value)}`).join(', ')}`;
}
