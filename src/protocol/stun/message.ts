import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Endpoint } from '../../base/net.js';
import { crc32 } from './crc.js';

/** Method Binding, RFC 8489 §18.1: the only one there is here. */
export type StunKind = 'request' | 'indication' | 'success' | 'error';

/** What a Binding message says; what it leaves out is null, false or empty. */
export interface StunMessage {
  kind: StunKind;
  /** 12 octets. */
  transaction: Uint8Array;
  username: string | null;
  /** XOR-MAPPED-ADDRESS: where our request came from. */
  mapped: Endpoint | null;
  error: { code: number; reason: string } | null;
  /** UNKNOWN-ATTRIBUTES. */
  unknown: number[];
  /** RFC 8445 §16.1. */
  priority: number | null;
  useCandidate: boolean;
  /** ICE-CONTROLLING or ICE-CONTROLLED with its tie-breaker. */
  role: { controlling: boolean; tieBreaker: bigint } | null;
  /** Attributes that have to be understood and are not (RFC 8489 §5: types below 0x8000). */
  strange: number[];
}

const cookie = 0x2112a442;
const headerLength = 20;
const kinds: Readonly<Record<StunKind, number>> = { request: 0x001, indication: 0x011, success: 0x101, error: 0x111 };
const types = {
  mappedAddress: 0x0001,
  username: 0x0006,
  integrity: 0x0008,
  errorCode: 0x0009,
  unknown: 0x000a,
  realm: 0x0014,
  nonce: 0x0015,
  integritySha256: 0x001c,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  controlled: 0x8029,
  controlling: 0x802a,
} as const;
/** They need no understanding here: the address by its old name, and what is not ICE's way to prove who one is. */
const passedOver: readonly number[] = [types.mappedAddress, types.realm, types.nonce, types.integritySha256];
const fingerprintMask = 0x5354554e;
const integrityLength = 24;
const fingerprintLength = 8;
/** Longest USERNAME, RFC 8489 §14.3. */
const mostUsername = 508;

/** A message with nothing in it, to be filled. */
export function stunMessage(kind: StunKind, transaction: Uint8Array): StunMessage {
  const nothing = { username: null, mapped: null, error: null, priority: null, role: null };
  return { kind, transaction, ...nothing, unknown: [], useCandidate: false, strange: [] };
}

/** Whether a datagram on a shared port is STUN (RFC 7983 §7): its first octet, and the cookie where it has to be. */
export function looksLikeStun(data: Uint8Array): boolean {
  return data.length >= headerLength && (data[0] ?? 255) < 4 && wordAt(data, 4) === cookie;
}

/**
 * Reads a Binding message; null for everything else and for what breaks the format. What follows MESSAGE-INTEGRITY counts
 * for nothing (RFC 8489 §14.5). Whether it is genuine, `isIntact` and `isSigned` tell.
 */
export function decodeStun(data: Uint8Array): StunMessage | null {
  if (!looksLikeStun(data)) return null;
  const kind = (Object.keys(kinds) as StunKind[]).find((one) => kinds[one] === shortAt(data, 0));
  const attributes = attributesOf(data);
  if (!kind || !attributes) return null;
  const message = stunMessage(kind, Buffer.from(data.subarray(8, headerLength)));
  const seen = new Set<number>();
  for (const { type, value } of attributes) {
    if (type === types.integrity) break;
    // of attributes that come twice the first counts (RFC 8489 §14)
    if (seen.has(type)) continue;
    seen.add(type);
    if (!readAttribute(message, type, value)) return null;
  }
  return message;
}

/** Whether FINGERPRINT is there, last and right (RFC 8489 §14.7). */
export function isIntact(data: Uint8Array): boolean {
  const last = attributesOf(data)?.at(-1);
  if (last?.type !== types.fingerprint || last.value.length !== 4) return false;
  return wordAt(last.value, 0) === fingerprintOf(data.subarray(0, last.at));
}

/** Whether it has MESSAGE-INTEGRITY, right or wrong. */
export function hasSignature(data: Uint8Array): boolean {
  return attributesOf(data)?.some(({ type }) => type === types.integrity) ?? false;
}

/** Whether whoever made it knows the password: MESSAGE-INTEGRITY with SHA-1, as ICE has it (RFC 8445 §7.1.4). */
export function isSigned(data: Uint8Array, password: string | Uint8Array): boolean {
  const found = attributesOf(data)?.find(({ type }) => type === types.integrity);
  if (found?.value.length !== 20) return false;
  return timingSafeEqual(found.value, signatureOf(data.subarray(0, found.at), password));
}

/** Writes a message, signed where there is a password, with FINGERPRINT at the end. */
export function encodeStun(message: StunMessage, password: string | null): Buffer {
  const parts = writtenAttributes(message);
  const head = Buffer.alloc(headerLength);
  head.writeUInt16BE(kinds[message.kind], 0);
  head.writeUInt32BE(cookie, 4);
  head.set(message.transaction.subarray(0, 12), 8);
  let bytes = Buffer.concat([head, ...parts]);
  if (password !== null) bytes = Buffer.concat([bytes, attribute(types.integrity, signatureOf(bytes, password))]);
  const print = Buffer.alloc(4);
  print.writeUInt32BE(fingerprintOf(bytes));
  bytes = Buffer.concat([bytes, attribute(types.fingerprint, print)]);
  bytes.writeUInt16BE(bytes.length - headerLength, 2);
  return bytes;
}

interface Attribute {
  type: number;
  value: Uint8Array;
  /** Where it begins. */
  at: number;
}

/** Null where the lengths do not add up. */
function attributesOf(data: Uint8Array): Attribute[] | null {
  const end = headerLength + shortAt(data, 2);
  if (end !== data.length || end % 4 !== 0) return null;
  const found: Attribute[] = [];
  for (let at = headerLength; at < end;) {
    const length = shortAt(data, at + 2);
    const next = at + 4 + Math.ceil(length / 4) * 4;
    if (next > end) return null;
    found.push({ type: shortAt(data, at), value: data.subarray(at + 4, at + 4 + length), at });
    at = next;
  }
  return found;
}

/** False when the value cannot be. */
function readAttribute(message: StunMessage, type: number, value: Uint8Array): boolean {
  switch (type) {
    case types.username:
      message.username = Buffer.from(value).toString();
      return value.length <= mostUsername && Buffer.from(message.username).equals(value);
    case types.xorMappedAddress:
      message.mapped = readAddress(value, message.transaction);
      return message.mapped !== null;
    case types.errorCode:
      message.error = readError(value);
      return message.error !== null;
    case types.unknown:
      message.unknown = Array.from({ length: value.length >> 1 }, (_, index) => shortAt(value, 2 * index));
      return value.length % 2 === 0;
    case types.priority:
      message.priority = value.length === 4 ? wordAt(value, 0) : null;
      return value.length === 4;
    case types.useCandidate:
      message.useCandidate = true;
      return value.length === 0;
    case types.controlled:
    case types.controlling:
      if (value.length !== 8 || message.role) return false;
      message.role = { controlling: type === types.controlling, tieBreaker: Buffer.from(value).readBigUInt64BE() };
      return true;
    default:
      if (type < 0x8000 && !passedOver.includes(type)) message.strange.push(type);
      return true;
  }
}

function writtenAttributes(message: StunMessage): Buffer[] {
  const { username, mapped, error, unknown, priority, useCandidate, role, transaction } = message;
  const parts: Buffer[] = [];
  if (error) {
    const code = Buffer.from([0, 0, Math.floor(error.code / 100), error.code % 100]);
    parts.push(attribute(types.errorCode, Buffer.concat([code, Buffer.from(error.reason)])));
  }
  if (unknown.length > 0) {
    const list = Buffer.alloc(2 * unknown.length);
    for (const [index, type] of unknown.entries()) list.writeUInt16BE(type, 2 * index);
    parts.push(attribute(types.unknown, list));
  }
  if (mapped) parts.push(attribute(types.xorMappedAddress, writeAddress(mapped, transaction)));
  if (priority !== null) {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(priority);
    parts.push(attribute(types.priority, value));
  }
  if (role) {
    const value = Buffer.alloc(8);
    value.writeBigUInt64BE(role.tieBreaker);
    parts.push(attribute(role.controlling ? types.controlling : types.controlled, value));
  }
  if (useCandidate) parts.push(attribute(types.useCandidate, Buffer.alloc(0)));
  if (username !== null) parts.push(attribute(types.username, Buffer.from(username)));
  return parts;
}

function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function readError(value: Uint8Array): StunMessage['error'] {
  const [, , hundreds = 0, rest = 100] = value;
  const code = (hundreds & 7) * 100 + rest;
  if (value.length < 4 || rest > 99 || code < 300 || code > 699) return null;
  return { code, reason: Buffer.from(value.subarray(4)).toString() };
}

/** The mask of XOR-MAPPED-ADDRESS: the cookie, then the transaction (RFC 8489 §14.2). */
function maskOf(transaction: Uint8Array): Buffer {
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(cookie);
  mask.set(transaction.subarray(0, 12), 4);
  return mask;
}

function readAddress(value: Uint8Array, transaction: Uint8Array): Endpoint | null {
  const size = value[1] === 1 ? 4 : value[1] === 2 ? 16 : 0;
  if (size === 0 || value.length !== 4 + size) return null;
  const mask = maskOf(transaction);
  const port = shortAt(value, 2) ^ (cookie >>> 16);
  const bytes = value.subarray(4).map((octet, index) => octet ^ (mask[index] ?? 0));
  return { address: size === 4 ? bytes.join('.') : groupsOf(bytes), port };
}

function groupsOf(bytes: Uint8Array): string {
  return Array.from({ length: 8 }, (_, index) => shortAt(bytes, 2 * index).toString(16)).join(':');
}

function writeAddress({ address, port }: Endpoint, transaction: Uint8Array): Buffer {
  const bytes = octetsOf(address);
  const mask = maskOf(transaction);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (cookie >>> 16), 2);
  value.set(
    bytes.map((octet, index) => octet ^ (mask[index] ?? 0)),
    4,
  );
  return value;
}

/** Octets of an IP literal; a zone of IPv6 is of this machine only. */
function octetsOf(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.').map(Number));
  const plain = address.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...quad: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = quad.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const middle = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0);
  return Uint8Array.from([...before, ...middle, ...after].flatMap((group) => [group >> 8, group & 255]));
}

/** HMAC over what stands before MESSAGE-INTEGRITY, with a length that ends with it (RFC 8489 §14.5). */
function signatureOf(before: Uint8Array, password: string | Uint8Array): Buffer {
  return createHmac('sha1', password).update(withLength(before, integrityLength)).digest();
}

function fingerprintOf(before: Uint8Array): number {
  return (crc32(withLength(before, fingerprintLength)) ^ fingerprintMask) >>> 0;
}

function withLength(before: Uint8Array, more: number): Buffer {
  const bytes = Buffer.from(before);
  bytes.writeUInt16BE(before.length - headerLength + more, 2);
  return bytes;
}

function shortAt(data: Uint8Array, at: number): number {
  return ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
}

function wordAt(data: Uint8Array, at: number): number {
  return ((shortAt(data, at) << 16) | shortAt(data, at + 2)) >>> 0;
}
