import { integer } from '../../asn1/numbers.js';
import { optional, type Infer } from '../../asn1/schema.js';
import { sequence } from '../../asn1/sequence.js';
import { TimeToLive } from '../h225/schema.js';
import { TransportAddress } from '../h245/schema.js';

// H.460.19: the types of module MEDIA-TRAVERSAL.
// Written by `npm run asn1` from scripts/asn1/modules; not to be edited.

export const TraversalParameters = sequence(
  {
    multiplexedMediaChannel: optional(TransportAddress),
    multiplexedMediaControlChannel: optional(TransportAddress),
    multiplexID: optional(integer(0, 4294967295)),
    keepAliveChannel: optional(TransportAddress),
    keepAlivePayloadType: optional(integer(0, 127)),
    keepAliveInterval: optional(TimeToLive),
  },
  {},
);
export type TraversalParameters = Infer<typeof TraversalParameters>;
