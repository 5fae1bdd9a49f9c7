import type { PeerInfo } from '../../rooms/leg.js';
import type { SipRequest } from './srf.js';

const nameLimit = 64;

/** Who calls, from From and User-Agent: without control characters, never empty. */
export function peerInfoOf(request: SipRequest, nameFromToken: string | null): PeerInfo {
  const from = request.getParsedHeader('from') as { name?: string; uri?: string } | undefined;
  const uri = clean(from?.uri ?? '', 255);
  const user = /^sips?:([^@;>]+)@/i.exec(uri)?.[1] ?? '';
  const quoted = (from?.name ?? '')
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .replace(/\\(.)/g, '$1');
  const name = clean(nameFromToken ?? quoted, nameLimit) || clean(unescapeUser(user), nameLimit) || 'unknown';
  return { name, uri, agent: clean(request.get('User-Agent') ?? '', nameLimit) };
}

function unescapeUser(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

function clean(text: string, limit: number): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim();
  return [...plain].slice(0, limit).join('');
}

/** A text of a peer as it may be shown. */
export function cleanText(text: string): string {
  return clean(text, nameLimit);
}
