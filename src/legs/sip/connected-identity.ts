import { MalformedSip } from '../../protocol/sip-values/errors.js';
import { displayOf, parseNameAddrList } from '../../protocol/sip-values/name-addr.js';
import type { PeerInfo } from '../../rooms/leg.js';
import { cleanText } from '../shown-text.js';

/** The part of a response that says who it is of. */
interface Answer {
  get(name: string): string | undefined;
}

/**
 * What the answer to a call of ours says of who answered, as far as the network vouches for it (RFC 3325 §9.1); {} where it
 * does not.
 */
export function assertedIn(answer: Answer | null): Partial<PeerInfo> {
  // RFC 3323 §4.2: it may be known to us, and to nobody behind us
  if (/(^|[;,\s])(id|user|header)\b/i.test(answer?.get('Privacy') ?? '')) return { identity: 'hidden' };
  const text = answer?.get('P-Asserted-Identity');
  if (text === undefined) return {};
  try {
    const all = parseNameAddrList(text);
    const uri = cleanText(all[0]?.uri ?? '', 255);
    const name = all.map((one) => cleanText(displayOf(one) ?? '')).find((one) => one !== '') ?? userOf(uri);
    return name === '' ? {} : { name, uri, identity: 'told' };
  } catch (error) {
    if (error instanceof MalformedSip) return {};
    throw error;
  }
}

/** Tells the caller of a call that is passed on who answered it, where that is known. */
export function assertedBy({ name, uri, identity }: PeerInfo): { 'P-Asserted-Identity'?: string } {
  if (identity !== 'told') return {};
  const user = userOf(uri) || 'unknown';
  return { 'P-Asserted-Identity': `"${name.replace(/["\\]/g, '')}" <sip:${escaped(user)}@localhost>` };
}

/** User part or number of an address, as people read it. */
function userOf(uri: string): string {
  const user = /^(?:(?:sips?|h323):([^@;>]+)@|tel:([^;>]+))/i.exec(uri);
  const text = user?.[1] ?? user?.[2] ?? '';
  try {
    return cleanText(decodeURIComponent(text));
  } catch {
    return cleanText(text);
  }
}

/** As the user part of a SIP URI has it (RFC 3261 §25.1). */
function escaped(user: string): string {
  return encodeURIComponent(user).replace(/%2B/gi, '+');
}
