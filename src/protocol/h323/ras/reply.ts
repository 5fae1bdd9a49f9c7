import type { Endpoint } from '../../../base/net.js';
import { endpointOf, sameHost } from '../addresses.js';
import type { TransportAddress } from '../h225/schema.js';

/**
 * Where an answer goes: to the address that is asked for, if that is on the host where the request came from; else there.
 * So nobody has us send to a third party, and NAT is passed.
 */
export function replyTo(asked: TransportAddress | undefined, from: Endpoint): Endpoint {
  const wanted = endpointOf(asked);
  return wanted && sameHost(wanted, from) ? wanted : from;
}
