import { parseNameAddr } from '../sip-values/name-addr.js';
import { splitOutside } from '../sip-values/split.js';
import { isSipUri } from '../sip-values/uri.js';
import { phraseOf } from './compose.js';
import { headerKey } from './header-names.js';
import { Headers, type SipRequest, type SipResponse } from './message.js';
import { isLoose, routeValues } from './routing.js';

/** How a request is changed on its way through (RFC 3261 §16.6). */
export interface Forwarding {
  uri: string;
  /** Our Via value. */
  via: string;
  /** Our Record-Route values, the one for the far side first. */
  recordRoutes: readonly string[];
  /** Route values that are left. */
  routes: readonly string[];
  /** Value of Max-Breadth (RFC 5393 §5.3), or null to leave it out. */
  maxBreadth: number | null;
}

/** Hops a request without Max-Forwards may still go (RFC 3261 §16.6 step 3). */
const usualHops = 70;

/** Hops left of a received request; one without the header, or with one nobody can read, starts anew. */
export function hopsLeft({ headers }: SipRequest): number {
  const text = headers.get('max-forwards')?.trim() ?? '';
  return /^\d{1,3}$/.test(text) ? Math.min(Number(text), 255) : usualHops + 1;
}

/** Branches a request may still be split into, Max-Breadth (RFC 5393 §5.3.3). */
export function breadthOf({ headers }: SipRequest): number {
  const text = headers.get('max-breadth')?.trim() ?? '';
  return /^\d{1,3}$/.test(text) ? Math.min(Number(text), 60) : 60;
}

/** The request as it is passed on: one Via more, one hop less, everything else as it came. */
export function forwarded(request: SipRequest, how: Forwarding): SipRequest {
  const headers = new Headers([{ name: 'Via', value: how.via }]);
  for (const via of request.headers.all('via')) headers.add('Via', via);
  for (const value of [...how.recordRoutes, ...request.headers.all('record-route')]) headers.add('Record-Route', value);
  for (const value of how.routes) headers.add('Route', value);
  headers.add('Max-Forwards', String(hopsLeft(request) - 1));
  if (how.maxBreadth !== null) headers.add('Max-Breadth', String(how.maxBreadth));
  for (const { name, value } of request.headers) if (!rewritten.has(headerKey(name))) headers.add(name, value);
  if (!headers.has('content-length')) headers.add('Content-Length', String(request.body.length));
  return { ...request, uri: how.uri, headers };
}

const rewritten = new Set(['via', 'record-route', 'route', 'max-forwards', 'max-breadth']);

/** A response on its way back: without the topmost Via, which is ours (RFC 3261 §16.7 step 3). */
export function withoutTopVia(response: SipResponse): SipResponse {
  const headers = new Headers();
  let taken = false;
  for (const { name, value } of response.headers) {
    if (taken || headerKey(name) !== 'via') headers.add(name, value);
    else {
      taken = true;
      const [, ...rest] = splitOutside(value, ',');
      if (rest.length > 0) headers.add('Via', rest.map(({ text }) => text.trim()).join(', '));
    }
  }
  if (!headers.has('content-length')) headers.add('Content-Length', String(response.body.length));
  return { ...response, headers };
}

/** Request-URI and Route values with which a request leaves; a strict router as next hop gets its own URI (§16.6 step 6). */
export function departure(uri: string, routes: readonly string[]): { uri: string; routes: string[]; next: string } {
  const [first, ...rest] = routes;
  if (first === undefined) return { uri, routes: [], next: uri };
  const next = parseNameAddr(first).uri;
  return isLoose(first) ? { uri, routes: [...routes], next } : { uri: next, routes: [...rest, `<${uri}>`], next };
}

/** What a received request still has before it once our own entries are taken away. */
export interface Arrival {
  uri: string;
  routes: string[];
  /** Whether it came by a route of ours. */
  ours: boolean;
}

/**
 * RFC 3261 §16.4: a strict router before us has put our Record-Route into the Request-URI and the real one last; and the
 * topmost Route values that name us have done their service.
 */
export function arrival(request: SipRequest, isOurs: (uri: string) => boolean): Arrival {
  let { uri } = request;
  let routes = routeValues(request.headers, 'route');
  let ours = false;
  const last = routes.at(-1);
  if (last !== undefined && isSipUri(uri) && isLoose(`<${uri}>`) && isOurs(uri)) {
    uri = parseNameAddr(last).uri;
    routes = routes.slice(0, -1);
    ours = true;
  }
  while (routes[0] !== undefined && isOurs(parseNameAddr(routes[0]).uri)) {
    routes = routes.slice(1);
    ours = true;
  }
  return { uri, routes, ours };
}

/** Codes that say something the caller can mend, in place of any other of their class (RFC 3261 §16.7 step 6). */
const helpful = [401, 407, 415, 420, 484];

/** The response to pass on when no branch succeeded: 6xx, else the lowest class, what can be mended first. */
export function bestOf(responses: readonly SipResponse[]): SipResponse | null {
  const rank = ({ status }: SipResponse): number => {
    if (status >= 600) return 0;
    const level = Math.floor(status / 100) * 10;
    if (helpful.includes(status)) return level;
    return level + (status === 503 ? 2 : 1);
  };
  const [best = null] = [...responses].sort((a, b) => rank(a) - rank(b));
  if (!best || (best.status !== 401 && best.status !== 407)) return best && asForwarded(best);
  return withChallenges(best, responses);
}

/** 503 is about the next hop, not about us (RFC 3261 §16.7 step 6). */
function asForwarded(best: SipResponse): SipResponse {
  if (best.status !== 503) return best;
  const headers = new Headers([...best.headers].filter(({ name }) => name.toLowerCase() !== 'retry-after'));
  return { ...best, status: 500, reason: phraseOf(500), headers };
}

/** The caller learns every challenge of every branch (RFC 3261 §16.7 step 7). */
function withChallenges(best: SipResponse, responses: readonly SipResponse[]): SipResponse {
  const headers = new Headers([...best.headers]);
  for (const other of responses) {
    if (other === best || (other.status !== 401 && other.status !== 407)) continue;
    for (const name of ['WWW-Authenticate', 'Proxy-Authenticate']) {
      for (const value of other.headers.all(name)) headers.add(name, value);
    }
  }
  return { ...best, headers };
}
