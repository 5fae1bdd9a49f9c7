import { type Infer } from '../../asn1/schema.js';
import { sequence } from '../../asn1/sequence.js';
import { CallIdentifier, TimeToLive, TransportAddress } from '../h225/schema.js';

// H.460.18: the types of module SIGNALLING-TRAVERSAL.
// Written by `npm run asn1` from scripts/asn1/modules; not to be edited.

export const IncomingCallIndication = sequence({ callSignallingAddress: TransportAddress, callID: CallIdentifier }, {});
export type IncomingCallIndication = Infer<typeof IncomingCallIndication>;

export const LRQKeepAliveData = sequence({ lrqKeepAliveInterval: TimeToLive }, {});
export type LRQKeepAliveData = Infer<typeof LRQKeepAliveData>;
