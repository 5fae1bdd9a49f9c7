import { peerAddress } from './base/addressing.js';
import { receivedOn, type ArrivalOf } from './legs/sip/arrival.js';
import type { PeerPlace } from './legs/sip/gateway-parts.js';
import type { SipRequest } from './legs/sip/srf.js';
import { listenerPolicy } from './legs/sip/srtp-policy.js';
import type { SrtpPolicy } from './media/keying.js';
import type { Engine } from './protocol/drachtio/server.js';

/** Asks the embedded engine where requests come in; a drachtio-server does not tell. */
export function arrivals(engine: Engine | null): ArrivalOf {
  return (request) => {
    const at = engine && receivedOn(request);
    const source = { address: request.source_address, port: Number(request.source_port) };
    return at ? engine.arrival(source, at) : null;
  };
}

/** What a listener of the embedded engine says about encryption: by its name, or by where it turned out to be. */
export function listenerRules(
  listen: readonly { name?: string; transport: string; srtp?: SrtpPolicy }[],
  engine: Engine | null,
  arrivalOf: ArrivalOf,
): (request: SipRequest) => SrtpPolicy | null {
  if (!engine) return () => null;
  const named = new Map(listen.flatMap(({ name, srtp = null }) => (name === undefined ? [] : [[name, srtp]])));
  const isSocket = ({ transport }: { transport: string }): boolean => !transport.startsWith('ws');
  const settings = listen.filter(isSocket);
  const placed = engine.listening.filter(isSocket).map((at, index) => ({ ...at, srtp: settings[index]?.srtp ?? null }));
  return (request) => named.get(arrivalOf(request)?.listener ?? '') ?? listenerPolicy(placed, request);
}

/** Where a caller's media is. */
export function mediaPeer({ source_address, body }: PeerPlace): string {
  const [, told] = /^c=IN IP[46] ([0-9a-f.:]+)/im.exec(body) ?? [];
  return peerAddress(source_address, told ?? null);
}
