import type { PeerInfo } from '../../rooms/leg.js';
import { cleanText } from '../shown-text.js';
import type { SipRequest } from './srf.js';

/** Who calls, from From and User-Agent: without control characters, never empty. */
export function peerInfoOf(request: SipRequest, nameFromToken: string | null): PeerInfo {
  const from = request.getParsedHeader('from') as { name?: string; uri?: string } | undefined;
  const uri = cleanText(from?.uri ?? '', 255);
  const user = /^sips?:([^@;>]+)@/i.exec(uri)?.[1] ?? '';
  const quoted = (from?.name ?? '')
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .replace(/\\(.)/g, '$1');
  const name = cleanText(nameFromToken ?? quoted) || cleanText(unescapeUser(user)) || 'unknown';
  return { name, uri, agent: cleanText(request.get('User-Agent') ?? '') };
}

function unescapeUser(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
