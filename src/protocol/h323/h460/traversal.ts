import { decode, encode } from '../../asn1/codec.js';
import type { FeatureDescriptor } from '../h225/schema.js';
import type { GenericInformation } from '../h245/schema.js';
import { TraversalParameters } from './media-schema.js';

// H.460.19, media through NAT: what H.225.0 and H.245 carry of it, and how several streams share a port.

/** Number of the feature. */
export const mediaTraversal = 19;
/** In OpenLogicalChannel and its acknowledgement. */
const traversalParameters = '0.0.8.460.19.0.1';
/** Parameters of the feature: can send multiplexed; is the server, outside of the NAT. */
const multiplexed = 1;
const server = 2;
/** Octets before each packet of a port that several streams share. */
const identifierOctets = 4;

/** What a side can and is. */
export interface MediaTraversal {
  multiplex: boolean;
  server: boolean;
}

/** The feature for `supportedFeatures` of Setup, CallProceeding, Alerting and Connect. */
export function mediaTraversalFeature({ multiplex, server: isServer }: MediaTraversal): FeatureDescriptor {
  const numbers = [...(isServer ? [server] : []), ...(multiplex ? [multiplexed] : [])];
  const parameters = numbers.map((standard) => ({ id: { standard } }));
  return { id: { standard: mediaTraversal }, parameters: parameters.length > 0 ? parameters : undefined };
}

/** The feature in a list (Setup has its lists outside of a set); null where the sender has it not. */
export function mediaTraversalIn(features: readonly FeatureDescriptor[] | undefined): MediaTraversal | null {
  const found = features?.find(({ id }) => id.standard === mediaTraversal);
  if (!found) return null;
  const has = (number: number): boolean => (found.parameters ?? []).some(({ id }) => id.standard === number);
  return { multiplex: has(multiplexed), server: has(server) };
}

/** Parameters for `genericInformation` of OpenLogicalChannel and OpenLogicalChannelAck. */
export function traversalInformation(parameters: TraversalParameters): GenericInformation {
  const octetString = encode(TraversalParameters, parameters);
  return {
    messageIdentifier: { standard: traversalParameters },
    messageContent: [{ parameterIdentifier: { standard: 1 }, parameterValue: { octetString } }],
  };
}

/** The parameters in such information; null without any that can be read. */
export function traversalIn(information: readonly GenericInformation[] | undefined): TraversalParameters | null {
  const found = information?.find(({ messageIdentifier }) => messageIdentifier.standard === traversalParameters);
  const raw = found?.messageContent?.find(({ parameterIdentifier }) => parameterIdentifier.standard === 1);
  const read = raw?.parameterValue.octetString && decode(TraversalParameters, raw.parameterValue.octetString);
  return read?.ok ? read.value : null;
}

/** A packet for a shared port: the receiver's identifier of the stream before it. */
export function multiplexPacket(identifier: number, packet: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(identifierOctets + packet.length);
  whole.writeUInt32BE(identifier, 0);
  whole.set(packet, identifierOctets);
  return whole;
}

/** What came to a shared port; null for less than an identifier. The packet is a view. */
export function demultiplexPacket(whole: Buffer): { identifier: number; packet: Buffer } | null {
  if (whole.length < identifierOctets) return null;
  return { identifier: whole.readUInt32BE(0), packet: whole.subarray(identifierOctets) };
}

/**
 * A sign of life in the media: an RTP packet without payload, of the payload type that was agreed for it. The server sends
 * media to where it came from.
 */
export function keepAlivePacket(stamp: {
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
}): Buffer {
  const packet = Buffer.alloc(12);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(stamp.payloadType & 0x7f, 1);
  packet.writeUInt16BE(stamp.sequence & 0xffff, 2);
  packet.writeUInt32BE(stamp.timestamp >>> 0, 4);
  packet.writeUInt32BE(stamp.ssrc >>> 0, 8);
  return packet;
}
