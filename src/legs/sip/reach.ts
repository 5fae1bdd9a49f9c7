import { parseNameAddr } from '../../protocol/sip-values/name-addr.js';
import { withoutParam } from '../../protocol/sip-values/params.js';
import { hostOf, parseSipUri, printSipUri } from '../../protocol/sip-values/uri.js';
import type { Binding } from '../../rooms/store.js';
import { isElsewhere } from './register-request.js';

/** How to call a registered device. */
export interface Reach {
  /** Of the binding. */
  id: string;
  user: string;
  /** Request-URI. */
  uri: string;
  /** Where to send it when not to the Request-URI: `proxy` of the library, as it stands. */
  nextHop: string | null;
  transport: Binding['transport'];
  /** Where it registered from. */
  address: string;
  agent: string;
  /** Of several with the same one, only one may be called at a time. */
  instance: string | null;
  /** Wall-clock milliseconds since 1970. */
  expiresAt: number;
  /** False when the way is known to be gone: worth a try only where there is no other. */
  reachable: boolean;
  /** Preference that the device gave its binding, 0 to 1000 (RFC 3261 §20.10). */
  q: number;
}

/**
 * What an engine makes of the proxies on the way to a device (RFC 3327): the embedded one writes them into Route when
 * they are its next hop; a drachtio-server takes no Route from an application, so that the request goes to the first of
 * them and on by its Request-URI.
 */
export type WayOfPaths = 'route' | 'first-hop';

/**
 * By its path; else where it registered from, when that is not where its contact says: through the router in between, or
 * down its connection, which either engine finds by the contact (and by its far end where two contacts look the same).
 */
export function reachOf(binding: Binding, reachable: boolean, way: WayOfPaths): Reach {
  const { id, user, path, transport, address, agent, instance, expiresAt, q } = binding;
  const [first] = path;
  const whole = way === 'route' ? path.join(', ') : first && parseNameAddr(first).uri;
  const nextHop = first === undefined ? hopTo(binding, way) : (whole ?? null);
  const where = { uri: requestUri(binding.contact), nextHop, transport, address };
  return { id, user, ...where, agent, instance, expiresAt, reachable, q };
}

/** Whether the connection that a device made is a WebSocket. */
export function isWebSocket({ transport }: Pick<Binding, 'transport'>): boolean {
  return transport === 'ws' || transport === 'wss';
}

/** Whether a device can only be reached by the connection that it made. */
export function isFlowBound(binding: Binding): boolean {
  if (binding.path.length > 0 || binding.transport === 'udp') return false;
  if (isWebSocket(binding)) return true;
  return binding.regId !== null || isElsewhere(binding.contact, binding);
}

/** Whether a router stands before a device, and must see packets to keep the way open. */
export function isBehindRouter(binding: Binding): boolean {
  return binding.transport === 'udp' && binding.path.length === 0 && isElsewhere(binding.contact, binding);
}

function hopTo(binding: Binding, way: WayOfPaths): string | null {
  // a browser cannot be connected to: a drachtio-server knows its connection by the contact alone, ours by the far end too
  if (isWebSocket(binding) && way === 'first-hop') return null;
  if (!isFlowBound(binding) && !isBehindRouter(binding)) return null;
  return `sip:${hostOf(binding.address)}:${binding.port};transport=${binding.transport}`;
}

/** A Request-URI has no headers, and no `method` (RFC 3261 §19.1.1, table 1). */
function requestUri(contact: string): string {
  const uri = parseSipUri(contact);
  return printSipUri({ ...uri, headers: null, params: withoutParam(uri.params, 'method') });
}
