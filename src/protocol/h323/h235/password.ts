import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { encode } from '../../asn1/codec.js';
import { bitsOf } from '../../asn1/octets.js';
import { aliasOf, aliasText } from '../aliases.js';
import type { CryptoH323Token } from '../h225/schema.js';
import { ClearToken } from './schema.js';

// Passwords in messages of H.225.0, two forms of `cryptoTokens`:
//
// - H.235.1 procedure I ("baseline"): a nested cryptoHashedToken with HMAC-SHA1-96 over the whole message, its own hash
//   taken as zeros. The key is the SHA-1 of the password. Proves the sender and that nothing was changed.
// - cryptoEPPwdHash (H.225.0): MD5 over a ClearToken of name, password and time. Proves that the sender knew the password
//   at that time, nothing about the rest of the message.

/** What the password is checked with. */
export type Secret = { password: string } | { sha1: string };

/** MD5 as algorithm of a cryptoEPPwdHash. */
export const md5 = '1.2.840.113549.2.5';
/** "U" of H.235.1: HMAC-SHA1-96. */
export const hmacSha1 = '0.0.8.235.0.2.6';
/** "A": all of the message is hashed. */
const wholeMessage = '0.0.8.235.0.2.1';
/** "T": for the hop between endpoint and gatekeeper. */
const baseline = '0.0.8.235.0.2.5';
/** Octets of the hash. */
const hashOctets = 12;
/** Places where the hash may stand that are looked at: its octets may stand elsewhere too, but not often. */
const mostPlaces = 8;

/** Who says it to whom, when. */
export interface Stamp {
  /** Name of the one who has the password, or identifier of the registered endpoint, or of the gatekeeper. */
  sendersID: string;
  /** The other side, where it is known. */
  generalID: string | null;
  /** Seconds since 1970. */
  timeStamp: number;
  random: number;
}

/** What a token says, before it is known whether it is true. */
export interface Claim {
  form: 'hmac-sha1-96' | 'md5';
  user: string;
  generalID: string | null;
  timeStamp: number;
  /** Null in the form that has none. */
  random: number | null;
  /** Whether the sender knew this secret. */
  provedBy(secret: Secret): boolean;
}

/** Writes a message with a token of H.235.1. `write` is to write the same message each time, with the tokens it is given. */
export function sealed(write: (tokens: CryptoH323Token[]) => Buffer, stamp: Stamp, secret: Secret): Buffer {
  // The hash stands where the two differ.
  const zeros = write([hashedToken(stamp, 0)]);
  const ones = write([hashedToken(stamp, 0xff)]);
  const at = zeros.findIndex((octet, index) => octet !== ones[index]);
  hashOf(zeros, secret).copy(zeros, at);
  return zeros;
}

/** A cryptoEPPwdHash. */
export function passwordHash(user: string, timeStamp: number, secret: Secret): CryptoH323Token {
  // Cisco's form, which the others took over: texts with their closing NUL.
  const hash = md5Of({ user: `${user}\0`, timeStamp }, secret, '\0') ?? Buffer.alloc(16);
  return {
    cryptoEPPwdHash: {
      alias: aliasOf(user),
      timeStamp,
      token: { algorithmOID: md5, paramS: {}, hash: bitsOf(hash) },
    },
  };
}

/** What the tokens of a message claim. Tokens of other procedures are left out. `octets` is the message as it came. */
export function claimsOf(tokens: readonly CryptoH323Token[] | undefined, octets: Uint8Array): Claim[] {
  return (tokens ?? []).map((token) => sealClaim(token, octets) ?? hashClaim(token)).filter((claim) => claim !== null);
}

function sealClaim(token: CryptoH323Token, octets: Uint8Array): Claim | null {
  const hashed = token.nestedcryptoToken?.cryptoHashedToken;
  if (!hashed) return null;
  const { hashedVals, token: proof } = hashed;
  if (!isOid(hashed.tokenOID, wholeMessage) || !isOid(hashedVals.tokenOID, baseline)) return null;
  if (!isOid(proof.algorithmOID, hmacSha1) || proof.hash.length !== hashOctets * 8) return null;
  const { sendersID, timeStamp, random } = hashedVals;
  if (sendersID === undefined || timeStamp === undefined || random === undefined) return null;
  return {
    form: 'hmac-sha1-96',
    user: plain(sendersID),
    generalID: hashedVals.generalID === undefined ? null : plain(hashedVals.generalID),
    timeStamp,
    random,
    provedBy: (secret) => isSealedBy(secret, octets, proof.hash.octets),
  };
}

function hashClaim({ cryptoEPPwdHash: token }: CryptoH323Token): Claim | null {
  if (!token || token.token.algorithmOID !== md5 || token.token.hash.length !== 128) return null;
  const user = aliasText(token.alias);
  if (user === null) return null;
  const { timeStamp, token: proof } = token;
  return {
    form: 'md5',
    user,
    generalID: null,
    timeStamp,
    random: null,
    provedBy(secret) {
      const hashes = ['\0', ''].map((end) => md5Of({ user: user + end, timeStamp }, secret, end));
      return hashes.some((hash) => hash !== null && timingSafeEqual(hash, proof.hash.octets));
    },
  };
}

function isSealedBy(secret: Secret, octets: Uint8Array, hash: Buffer): boolean {
  const message = Buffer.from(octets);
  let at = message.indexOf(hash);
  for (let places = 0; at >= 0 && places < mostPlaces; places++) {
    message.fill(0, at, at + hashOctets);
    if (timingSafeEqual(hashOf(message, secret), hash)) return true;
    hash.copy(message, at);
    at = message.indexOf(hash, at + 1);
  }
  return false;
}

function hashOf(message: Uint8Array, secret: Secret): Buffer {
  const key = 'sha1' in secret ? Buffer.from(secret.sha1, 'hex') : createHash('sha1').update(secret.password).digest();
  return createHmac('sha1', key).update(message).digest().subarray(0, hashOctets);
}

/** Null where only the SHA-1 of the password is known, and for what fits into no ClearToken. */
function md5Of(who: { user: string; timeStamp: number }, secret: Secret, end: string): Buffer | null {
  if (!('password' in secret)) return null;
  const password = secret.password + end;
  if (who.user.length > 128 || password.length > 128) return null;
  const token = { tokenOID: '0.0', timeStamp: who.timeStamp, password, generalID: who.user };
  return createHash('md5').update(encode(ClearToken, token)).digest();
}

/** The same identifier in whatever version of H.235. */
function isOid(oid: string, wanted: string): boolean {
  const version = /^(0\.0\.8\.235\.0\.)[1-9](\.\d+)$/;
  return oid.replace(version, '$12$2') === wanted;
}

const plain = (text: string): string => text.replace(/\0+$/, '');

function hashedToken({ sendersID, generalID, timeStamp, random }: Stamp, fill: number): CryptoH323Token {
  return {
    nestedcryptoToken: {
      cryptoHashedToken: {
        tokenOID: wholeMessage,
        hashedVals: { tokenOID: baseline, timeStamp, random, generalID: generalID ?? undefined, sendersID },
        token: { algorithmOID: hmacSha1, paramS: {}, hash: bitsOf(Buffer.alloc(hashOctets, fill)) },
      },
    },
  };
}
