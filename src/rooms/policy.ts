import { sameSecret } from '../base/ids.js';
import { PinRequired, WrongPin } from './errors.js';
import type { Role } from './rights.js';
import type { TokenGrant } from './tokens.js';

/** Digits that open a room, or null; those of a moderator make one. */
export interface RoomKeys {
  pin: string | null;
  moderatorPin?: string | null | undefined;
}

/** Who wants in. */
export interface Applicant {
  /** Source address, an IP literal. */
  address: string;
  /** False when a proxy stands in front and `address` says nothing about the person. */
  direct: boolean;
  pin?: string | undefined;
  grant?: TokenGrant | null | undefined;
}

/**
 * Lets an applicant into a room or throws PinRequired or WrongPin: a token for the room always opens it; a room with a
 * PIN wants it; without one only loopback and private networks may come in. Answers with the role that the PIN gives, or
 * null when it gives none.
 */
export function admit(room: string, keys: RoomKeys, who: Applicant): Role | null {
  if (who.grant && (who.grant.room === null || who.grant.room === room)) return null;
  const moderatorPin = keys.moderatorPin ?? null;
  const given = who.pin ?? '';
  if (given !== '' && moderatorPin !== null && sameSecret(given, moderatorPin)) return 'moderator';
  if (given !== '' && keys.pin !== null && sameSecret(given, keys.pin)) return null;
  if (given !== '' && hasKey(keys)) throw new WrongPin();
  if (keys.pin !== null || !who.direct || !isNearby(who.address)) throw new PinRequired(room);
  return null;
}

/** Whether some PIN opens it. */
export function hasKey({ pin, moderatorPin = null }: RoomKeys): boolean {
  return pin !== null || moderatorPin !== null;
}

/** Loopback, private (RFC 1918), link-local and unique local (RFC 4193) addresses. Anything unreadable is far. */
export function isNearby(address: string): boolean {
  const plain = address
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/%.*$/, '');
  if (isLoopback(plain)) return true;
  const parts = plain.split('.');
  if (parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    const [a, b] = parts.map(Number) as [number, number];
    return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
  }
  return /^(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/.test(plain);
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return plain === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}
