import { endpointOf, endpointText } from './addresses.js';
import type { AliasAddress } from './h225/schema.js';

const digits = /^[0-9#*,]{1,128}$/;
/** Longest h323-ID, in 16-bit units. */
const longestId = 256;

/**
 * An alias for a name that somebody wrote: digits as a number, `h323:` URLs and other URLs as url-ID, all else as h323-ID.
 * A name that is too long is cut: nobody can have it.
 */
export function aliasOf(text: string): AliasAddress {
  if (digits.test(text)) return { dialledDigits: text };
  // url-ID is of 7-bit characters
  if (/^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,500}$/i.test(text)) return { 'url-ID': text };
  return { 'h323-ID': text === '' ? '-' : text.slice(0, longestId) };
}

/** What a person would read of an alias; null for kinds that say nothing to one. */
export function aliasText(alias: AliasAddress): string | null {
  const text = rawText(alias);
  // Some stacks count the closing NUL as a character.
  return text === undefined || text === null ? null : text.replace(/\0+$/, '') || null;
}

function rawText(alias: AliasAddress): string | null | undefined {
  if (alias.transportID !== undefined) {
    const endpoint = endpointOf(alias.transportID);
    return endpoint && endpointText(endpoint);
  }
  return (
    alias.dialledDigits ??
    alias['h323-ID'] ??
    alias['url-ID']?.replace(/^h323:/i, '') ??
    alias['email-ID'] ??
    alias.partyNumber?.e164Number?.publicNumberDigits ??
    alias.partyNumber?.privateNumber?.privateNumberDigits ??
    alias.partyNumber?.nationalStandardPartyNumber
  );
}

/** Texts of aliases, those without one left out. */
export function aliasTexts(aliases: readonly AliasAddress[] | undefined): string[] {
  return (aliases ?? []).map(aliasText).filter((text) => text !== null);
}

/**
 * By what aliases are compared: the text alone, in lower case. A device registers `1002` as a number and another one
 * dials it as h323-ID; people mean the same.
 */
export function aliasKey(text: string): string {
  return text.toLowerCase();
}
