import type { Chance } from '../../../../base/ids.js';

/** Longest user in an identifier, which has at most 128 characters. */
const longestUser = 100;

/**
 * An identifier for a device. It ends with the user whose password the device proved: a device that is asked to register
 * again after we were restarted believes that only when it is told with its password, and names only its identifier.
 */
export function newIdentifier(chance: Chance, user: string | undefined): string {
  const random = chance.hex(12);
  return user === undefined || user.length > longestUser ? random : `${random}_${user}`;
}

/** The user in an identifier of ours, of whatever life; null in those without. */
export function userIn(identifier: string): string | null {
  return /^[0-9a-f]{24}_(.+)$/s.exec(identifier)?.[1] ?? null;
}
