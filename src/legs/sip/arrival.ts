import type { Endpoint } from '../../base/net.js';
import type { TlsPeer } from '../../base/tls.js';
import type { SipRequest } from './srf.js';

/** Where a call came in, as the embedded engine knows it. */
export interface CallArrival {
  /** Name of the listener (`sip.listen[].name`); null for browsers of the page. */
  listener: string | null;
  transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  /** Certificate the caller showed; who it is counts only where it is `verified`. */
  peer: TlsPeer | null;
  /** Address that callers of this listener are told whoever they are, or null. */
  advertise: string | null;
}

/** What tells where a request came in; calls of ours came in nowhere. */
export type Arrived = Pick<SipRequest, 'source_address'> & Partial<Pick<SipRequest, 'source_port' | 'receivedOn'>>;

/** Finds out where a request came in; null with an engine that does not tell. */
export type ArrivalOf = (request: Arrived) => CallArrival | null;

/** The address of the engine's that took a request, from what the library makes of it; null where it does not tell. */
export function receivedOn(request: Arrived): Endpoint | null {
  const [, address, port] = /^\[?(.+?)\]?:(\d+)$/.exec(request.receivedOn ?? '') ?? [];
  return address === undefined ? null : { address, port: Number(port) };
}
