import { parseSipUri } from '../../protocol/sip-values/uri.js';
import { MalformedSip } from '../../protocol/sip-values/errors.js';
import type { SipRequest } from './srf.js';

/** Event packages we notify of. */
export const allowedEvents = 'conference';

/**
 * Our Contact in a conference (RFC 4579 §3): its URI, marked as a focus. The engine puts its own address in the place of
 * `localhost`, as the peer can reach it. Over WebSocket the engine writes its own Contact: browsers read no roster from us.
 */
export function focusContact(room: string, request: SipRequest): { Contact?: string } {
  const via = /^SIP\s*\/\s*2\.0\s*\/\s*(\w+)/i.exec(request.get('Via') ?? '')?.[1]?.toLowerCase() ?? '';
  const transport = request.protocol.toLowerCase();
  if (via.startsWith('ws') || transport.startsWith('ws')) return {};
  const scheme = /^sips:/i.test(request.uri) ? 'sips' : 'sip';
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  return { Contact: `<${scheme}:${room}@localhost${parameter}>;isfocus` };
}

/**
 * The same in a call of ours: the way it leaves by is in the address where that says so, else the embedded engine adds it.
 */
export function calledFocus(room: string, uri: string, proxy: string | null): { Contact?: string } {
  const way = /;\s*transport=(\w+)/i.exec(proxy ?? uri)?.[1]?.toLowerCase() ?? 'udp';
  if (way.startsWith('ws')) return {};
  const scheme = /^sips:/i.test(uri) ? 'sips' : 'sip';
  return { Contact: `<${scheme}:${room}@localhost${way === 'udp' ? '' : `;transport=${way}`}>;isfocus` };
}

/** A Contact of ours as that of a room's focus, for a call that came into its room later; not for browsers. */
export function asFocus(contact: string, room: string): string {
  if (/;\s*transport=wss?/i.test(contact)) return contact;
  const named = contact.replace(/<(sips?):(?:[^@>]*@)?/i, `<$1:${room}@`);
  return named === contact || /;\s*isfocus/i.test(contact) ? named : `${named};isfocus`;
}

/** Conference URI of a room, by the address that a subscriber knows us at. */
export function conferenceUri(room: string, requestUri: string): string {
  try {
    const { host, port } = parseSipUri(requestUri);
    return `sip:${room}@${host}${port === null ? '' : `:${port}`}`;
  } catch (error) {
    if (error instanceof MalformedSip) return `sip:${room}@localhost`;
    throw error;
  }
}
