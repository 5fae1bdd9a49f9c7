import type { Endpoint } from '../../base/net.js';
import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddr, parseNameAddrList, printNameAddr } from '../sip-values/name-addr.js';
import { bareHost, hostOf, parseSipUri, type SipUri } from '../sip-values/uri.js';
import type { Via } from '../sip-values/via.js';
import { withParam } from '../sip-values/params.js';
import type { Flow, TransportName } from './flow.js';
import type { Headers } from './message.js';

/** Where a URI leads without DNS (RFC 3263 §4.1 with numeric hosts and default ports; names are left to the system). */
export interface NextHop {
  transport: TransportName;
  host: string;
  port: number;
}

/** Next hop of a sip: or sips: URI; `maddr` replaces the host. Null when the transport is not one we know. */
export function nextHop(uri: SipUri): NextHop | null {
  const asked = uri.params.get('transport')?.toLowerCase() ?? null;
  const secure = uri.scheme === 'sips';
  const transport = transportOf(asked, secure);
  if (!transport) return null;
  const host = bareHost(uri.params.get('maddr') ?? uri.host);
  return { transport, host, port: uri.port ?? defaultPort(transport) };
}

/** Transport a URI asks for, or the usual one; null when it is not one we know, or not a secure one for sips. */
export function transportOf(asked: string | null, secure: boolean): TransportName | null {
  switch (asked) {
    case null:
      return secure ? 'tls' : 'udp';
    case 'udp':
      return secure ? null : 'udp';
    case 'tcp':
      return secure ? 'tls' : 'tcp';
    case 'tls':
      return 'tls';
    case 'ws':
      return secure ? 'wss' : 'ws';
    case 'wss':
      return 'wss';
    default:
      return null;
  }
}

/** Values of Route or Record-Route in order, as written. */
export function routeValues(headers: Headers, name: 'route' | 'record-route'): string[] {
  const text = headers.joined(name);
  return text === null ? [] : parseNameAddrList(text).map(printNameAddr);
}

/** Whether a Route value names a loose router (RFC 3261 §16.12); what cannot be read counts as one. */
export function isLoose(route: string): boolean {
  try {
    return parseSipUri(parseNameAddr(route).uri).params.has('lr');
  } catch (error) {
    if (error instanceof MalformedSip) return true;
    throw error;
  }
}

/** Port of a transport when none is written (RFC 3261 §18.2.1, RFC 7118 §5). */
export function defaultPort(transport: TransportName): number {
  switch (transport) {
    case 'tls':
      return 5061;
    case 'ws':
      return 80;
    case 'wss':
      return 443;
    default:
      return 5060;
  }
}

/** Top Via of a request as received: `received` when the sender's address differs, `rport` filled in (RFC 3581 §4). */
export function stampVia(via: Via, from: Endpoint): Via {
  let params = via.params;
  // a zone means nothing to others
  const address = from.address.replace(/%.*$/, '');
  if (bareHost(via.host).toLowerCase() !== address.toLowerCase()) params = withParam(params, 'received', address);
  if (params.has('rport')) params = withParam(params, 'rport', String(from.port));
  return params === via.params ? via : { ...via, params };
}

/**
 * Where a response goes when not down the connection of its request (RFC 3261 §18.2.2, RFC 3581 §4). `maddr` is not
 * followed: it would let anybody aim our responses at somebody else.
 */
export function responseTarget(via: Via, flow: Flow): Endpoint {
  const port = via.port ?? defaultPort(flow.transport);
  const address = bareHost(via.params.get('received') ?? via.host);
  const rport = Number(via.params.get('rport') ?? 0);
  return { address, port: flow.transport === 'udp' && rport > 0 ? rport : port };
}

/** Our Via on a flow. `rport` is asked for on UDP only, as connections answer where they came from. */
export function ownVia(flow: Flow, branch: string): string {
  const { address, port } = flow.advertised;
  const rport = flow.transport === 'udp' ? ';rport' : '';
  return `SIP/2.0/${flow.transport.toUpperCase()} ${hostOf(address)}:${port}${rport};branch=${branch}`;
}
