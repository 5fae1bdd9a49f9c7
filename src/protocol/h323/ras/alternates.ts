import type { Endpoint } from '../../../base/net.js';
import { endpointsOf } from '../addresses.js';
import type { Endpoint as EndpointInfo } from '../h225/schema.js';

/** Most addresses of one device that are tried. */
const most = 8;

/** Call signalling addresses of other ends, the preferred first: the smaller number goes before (H.225.0 §7.6). */
export function addressesOf(others: readonly EndpointInfo[] = []): Endpoint[] {
  const sorted = others.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
  return sorted.flatMap(({ callSignalAddress }) => endpointsOf(callSignalAddress)).slice(0, most);
}
