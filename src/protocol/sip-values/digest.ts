import { createHash } from 'node:crypto';
import { MalformedSip } from './errors.js';
import { quote, splitOutside, unquote } from './split.js';

/** Values of a Digest challenge or of credentials by lower-case name, unquoted. */
export type DigestFields = ReadonlyMap<string, string>;

/** Hash functions of RFC 8760 §2.2 in the order in which they are better. */
export const digestAlgorithms = ['SHA-512-256', 'SHA-256', 'MD5'] as const;
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

const hashes: Record<DigestAlgorithm, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/** What a digest response is computed from besides the secret (RFC 7616 §3.4, RFC 8760). */
export interface DigestRequest {
  algorithm: string;
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

/** The same with the secret of a client. */
export interface DigestInput extends DigestRequest {
  username: string;
  realm: string;
  password: string;
}

/** Hash function of a name as written in a message, and whether it is a session variant; null when unknown. */
function readAlgorithm(text: string): { algorithm: DigestAlgorithm; session: boolean } | null {
  const name = text.toUpperCase();
  const session = name.endsWith('-SESS');
  const algorithm = digestAlgorithms.find((one) => one === (session ? name.slice(0, -5) : name));
  return algorithm ? { algorithm, session } : null;
}

/** The algorithm that `algorithm=` of credentials names, MD5 where it is absent; null for all that we do not offer. */
export function offeredAlgorithm(text: string | undefined): DigestAlgorithm | null {
  const read = readAlgorithm(text ?? 'MD5');
  return read && !read.session ? read.algorithm : null;
}

/** Whether responses of this algorithm can be computed (`-sess` included). */
export function isKnownAlgorithm(algorithm: string): boolean {
  return readAlgorithm(algorithm) !== null;
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

/**
 * Parses several header lines that a library joined with commas: every Digest among them, other schemes left out. Each
 * begins with its scheme and a blank, which no field of the one before does (RFC 3261 §20.7).
 *
 * @throws MalformedSip when one is not `name=value`.
 */
export function parseDigests(text: string): DigestFields[] {
  const schemes: string[] = [];
  for (const { text: piece } of splitOutside(text, ',')) {
    if (schemes.length === 0 || /^\s*[^\s=,"]+\s+\S/.test(piece)) schemes.push(piece);
    else schemes.push(`${schemes.pop() ?? ''},${piece}`);
  }
  return schemes.filter((one) => /^\s*Digest\s/i.test(one)).map(parseDigest);
}

/** H(username:realm:password): what a server keeps in place of a password, in lower-case hexadecimal. */
export function digestSecret(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return createHash(hashes[algorithm]).update(`${username}:${realm}:${password}`).digest('hex');
}

/** Lower-case hexadecimal response. Throws MalformedSip when the algorithm is unknown. */
export function digestResponse(input: DigestInput): string {
  const { algorithm } = known(input.algorithm);
  return digestResponseOf(digestSecret(algorithm, input.username, input.realm, input.password), input);
}

/** The same from what a server keeps. */
export function digestResponseOf(secret: string, input: DigestRequest): string {
  const { algorithm, session } = known(input.algorithm);
  const h = (data: string | Uint8Array): string => createHash(hashes[algorithm]).update(data).digest('hex');
  const cnonce = input.cnonce ?? '';
  const a1 = session ? h(`${secret}:${input.nonce}:${cnonce}`) : secret;
  const integrity = input.qop === 'auth-int' ? `:${h(input.body ?? '')}` : '';
  const a2 = h(`${input.method}:${input.uri}${integrity}`);
  if (input.qop === undefined) return h(`${a1}:${input.nonce}:${a2}`);
  return h(`${a1}:${input.nonce}:${input.nc ?? '00000001'}:${cnonce}:${input.qop}:${a2}`);
}

function known(text: string): { algorithm: DigestAlgorithm; session: boolean } {
  const read = readAlgorithm(text);
  if (!read) throw new MalformedSip(`digest algorithm ${text} is unknown`, 0);
  return read;
}

/** Writes credentials or a challenge; numbers and tokens stay unquoted as RFC 3261 §25.1 wants. */
export function printDigest(fields: DigestFields): string {
  const plain = new Set(['algorithm', 'nc', 'qop', 'stale']);
  return `Digest ${[...fields].map(([name, value]) => `${name}=${plain.has(name) ? value : quote(value)}`).join(', ')}`;
}

/** Writes a challenge. Its `qop` is quoted, unlike that of credentials (RFC 3261 §25.1). */
export function printChallenge(challenge: {
  realm: string;
  nonce: string;
  algorithm: DigestAlgorithm;
  stale: boolean;
}): string {
  const { realm, nonce, algorithm, stale } = challenge;
  const rest = `${stale ? ', stale=true' : ''}, algorithm=${algorithm}, qop="auth"`;
  return `Digest realm=${quote(realm)}, nonce=${quote(nonce)}${rest}`;
}
