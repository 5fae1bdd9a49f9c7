import type { Clock } from '../../base/clock.js';
import type { Events } from '../../base/events.js';
import { MalformedSip } from '../../protocol/sip-values/errors.js';
import { parseNameAddrList } from '../../protocol/sip-values/name-addr.js';
import { bareHost, isSipUri, parseSipUri } from '../../protocol/sip-values/uri.js';
import type { LegEvents } from '../../rooms/leg.js';
import { ask } from './dialog-link.js';
import type { SipDialog, SipRequest } from './srf.js';

/** Routers forget a UDP path that was silent for 30 s (RFC 4787 §4.3 asks for 2 minutes; few keep to it). */
const everyMs = 25_000;

/** Whether a call came over UDP through a router that hides the caller: its Contact is not where it calls from. */
export function isBehindNat(request: SipRequest): boolean {
  if (!/^udp$/i.test(request.protocol) || request.has('Record-Route')) return false;
  try {
    const [contact] = parseNameAddrList(request.get('Contact') ?? '');
    if (!contact || !isSipUri(contact.uri)) return false;
    const { host, port } = parseSipUri(contact.uri);
    return bareHost(host) !== request.source_address || (port ?? 5060) !== Number(request.source_port);
  } catch (error) {
    if (error instanceof MalformedSip) return false;
    throw error;
  }
}

/**
 * Keeps the way to such a caller open until its leg ends: an OPTIONS goes in, its answer comes out, and the router sees
 * both. Whatever the answer is, it does; a caller that is gone is noticed by its silent media.
 */
export function keepPathOpen(dialog: SipDialog, leg: { on: Events<LegEvents> }, clock: Clock): void {
  const timer = clock.every(everyMs, () => void ask(dialog, 'OPTIONS', {}));
  leg.on.on('ended', () => timer.cancel());
}
