import { decode, encode } from '../../asn1/codec.js';
import { endpointOf, transportOf } from '../addresses.js';
import type { FeatureSet, GenericData } from '../h225/schema.js';
import { IncomingCallIndication } from '../h460/signalling-schema.js';
import type { Endpoint } from '../../../base/net.js';
import type { Features } from './contract.js';

/** Number of H.460.18, signalling through NAT. */
export const signallingTraversal = 18;
/** Parameter of it in which an IncomingCallIndication is. */
const incomingCall = 1;

/** A set that names these features as supported. */
export function supporting(...numbers: number[]): FeatureSet {
  return { replacementFeatureSet: false, supportedFeatures: numbers.map((standard) => ({ id: { standard } })) };
}

/** H.460.18: "somebody calls, connect there", for ServiceControlIndication. */
export function incomingCallData(address: Endpoint, callIdentifier: string): GenericData {
  const raw = encode(IncomingCallIndication, {
    callSignallingAddress: transportOf(address),
    callID: { guid: Buffer.from(callIdentifier, 'hex') },
  });
  return {
    id: { standard: signallingTraversal },
    parameters: [{ id: { standard: incomingCall }, content: { raw } }],
  };
}

/** The indication in a ServiceControlIndication; null without one that can be used. */
export function incomingCallOf(features: Features): { address: Endpoint; callIdentifier: string } | null {
  const parameters = features.get(signallingTraversal)?.parameters ?? [];
  const raw = parameters.find(({ id }) => id.standard === incomingCall)?.content?.raw;
  const read = raw && decode(IncomingCallIndication, raw);
  const address = read?.ok ? endpointOf(read.value.callSignallingAddress) : null;
  return read?.ok && address ? { address, callIdentifier: read.value.callID.guid.toString('hex') } : null;
}
