import type { Endpoint } from '../../../base/net.js';
import { encode } from '../../asn1/codec.js';
import { transportOf } from '../addresses.js';
import { TransportAddress } from '../h225/schema.js';

/** Compares addresses by their octets as they are written: the smaller one connects when both ask for H.245. */
export function compareEndpoints(a: Endpoint, b: Endpoint): number {
  return Buffer.compare(encode(TransportAddress, transportOf(a)), encode(TransportAddress, transportOf(b)));
}
