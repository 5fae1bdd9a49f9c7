import { endpointOf, transportOf } from '../addresses.js';
import type { Endpoint } from '../../../base/net.js';
import type {
  H2250LogicalChannelParameters,
  OpenLogicalChannel,
  OpenLogicalChannelAck,
  TransportAddress,
} from '../h245/schema.js';
import { readPacketization, writePacketization } from './capabilities.js';
import type { ChannelAcceptance, ChannelOpening, ChannelParameters, RejectCause } from './contract.js';
import { identifierOf } from './generic.js';
import { identifiers } from './identifiers.js';
import { readDataType, writeDataType } from './media-values.js';
import type { ChannelMedia } from './values.js';
import { roleInformation, rolesIn } from './video-values.js';

/** Text and port of an address of H.245; null for kinds of networks that we are not on. */
export function readAddress(address: TransportAddress | undefined): Endpoint | null {
  const { iPAddress, iP6Address } = address?.unicastAddress ?? {};
  if (iPAddress) return endpointOf({ ipAddress: { ip: iPAddress.network, port: iPAddress.tsapIdentifier } });
  if (iP6Address) return endpointOf({ ip6Address: { ip: iP6Address.network, port: iP6Address.tsapIdentifier } });
  return null;
}

/** @throws RangeError for what is no address literal */
export function writeAddress(endpoint: Endpoint): TransportAddress {
  const { ipAddress, ip6Address } = transportOf(endpoint);
  if (ip6Address) {
    return { unicastAddress: { iP6Address: { network: ip6Address.ip, tsapIdentifier: ip6Address.port } } };
  }
  const { ip, port } = ipAddress as { ip: Buffer; port: number };
  return { unicastAddress: { iPAddress: { network: ip, tsapIdentifier: port } } };
}

/** An opening, or why it cannot be one of ours. */
export type OpeningReading = { ok: true; opening: ChannelOpening } | { ok: false; cause: RejectCause };

/** OpenLogicalChannel as it comes in a request, and in fast start. */
export function readOpening(message: OpenLogicalChannel): OpeningReading {
  const { forwardLogicalChannelParameters: forward, reverseLogicalChannelParameters: reverse } = message;
  const { h2250LogicalChannelParameters: parameters } = forward.multiplexParameters;
  if (!parameters && !forward.dataType.nullData) return { ok: false, cause: 'dataTypeALCombinationNotSupported' };
  const backwards = reverse && (reverse.multiplexParameters?.h2250LogicalChannelParameters ?? { sessionID: 0 });
  const opening: ChannelOpening = {
    forward: parameters ? readParameters(forward.dataType, parameters) : null,
    reverse: reverse && backwards ? readParameters(reverse.dataType, backwards) : null,
  };
  const { replacementFor } = forward;
  if (replacementFor !== undefined) opening.replacementFor = replacementFor;
  if (message.encryptionSync) opening.encryptionSync = message.encryptionSync;
  if (message.genericInformation) {
    opening.genericInformation = message.genericInformation;
    labelled(opening);
  }
  return opening.forward || opening.reverse ? { ok: true, opening } : { ok: false, cause: 'unknownDataType' };
}

/** Some devices open content as plain video with the role of H.239 beside it. */
function labelled({ forward, genericInformation = [] }: ChannelOpening): void {
  const label = genericInformation.find(
    ({ messageIdentifier }) => identifierOf(messageIdentifier) === identifiers.h239ExtendedVideo,
  );
  const roles = label && rolesIn(label.messageContent);
  if (!forward || !roles) return;
  const { media } = forward;
  if (media.kind === 'video') forward.media = { kind: 'content', roles, video: [media] };
  else if (media.kind === 'content') forward.media = { ...media, roles };
}

function readParameters(
  dataType: OpenLogicalChannel['forwardLogicalChannelParameters']['dataType'],
  told: H2250LogicalChannelParameters,
): ChannelParameters | null {
  const data = readDataType(dataType);
  if (data === null) return null;
  const { mediaPacketization, associatedSessionID, silenceSuppression } = told;
  const packetization = mediaPacketization?.rtpPayloadType;
  const { media, encryption } = data;
  const read: ChannelParameters = {
    media,
    encryption,
    sessionId: told.sessionID,
    mediaChannel: readAddress(told.mediaChannel),
    mediaControlChannel: readAddress(told.mediaControlChannel),
    payloadType: told.dynamicRTPPayloadType ?? packetization?.payloadType ?? null,
    packetization: packetization ? readPacketization(packetization) : null,
  };
  if (associatedSessionID !== undefined) read.associatedSessionId = associatedSessionID;
  if (silenceSuppression !== undefined) read.silenceSuppression = silenceSuppression;
  return read;
}

/** @throws RangeError for media that has only a name, and for what is no address literal */
export function writeOpening(number: number, opening: ChannelOpening): OpenLogicalChannel {
  const { forward, reverse, replacementFor, encryptionSync } = opening;
  const genericInformation = informationOf(opening);
  return {
    forwardLogicalChannelNumber: number,
    forwardLogicalChannelParameters: {
      dataType: forward ? writeDataType(forward) : { nullData: true },
      multiplexParameters: forward ? { h2250LogicalChannelParameters: writeParameters(forward) } : { none: true },
      ...(replacementFor === undefined ? {} : { replacementFor }),
    },
    ...(reverse && {
      reverseLogicalChannelParameters: {
        dataType: writeDataType(reverse),
        multiplexParameters: { h2250LogicalChannelParameters: writeParameters(reverse) },
      },
    }),
    ...(encryptionSync ? { encryptionSync } : {}),
    ...(genericInformation.length > 0 ? { genericInformation } : {}),
  };
}

/**
 * The role of content is told in both places: devices look in one or the other. It comes last: some look for H.460.19 at the
 * first place only.
 */
function informationOf({ forward, genericInformation = [] }: ChannelOpening): typeof genericInformation {
  const isRole = (one: (typeof genericInformation)[number]): boolean =>
    identifierOf(one.messageIdentifier) === identifiers.h239ExtendedVideo;
  if (forward?.media.kind !== 'content') return genericInformation;
  return [...genericInformation.filter((one) => !isRole(one)), roleInformation(forward.media.roles)];
}

function writeParameters(parameters: ChannelParameters): H2250LogicalChannelParameters {
  const { media, sessionId, associatedSessionId, mediaChannel, mediaControlChannel } = parameters;
  const { payloadType, packetization, silenceSuppression } = parameters;
  const dynamic = payloadType !== null && payloadType >= 96 ? payloadType : null;
  return {
    sessionID: sessionId,
    ...(associatedSessionId === undefined ? {} : { associatedSessionID: associatedSessionId }),
    ...(mediaChannel ? { mediaChannel: writeAddress(mediaChannel) } : {}),
    mediaGuaranteedDelivery: false,
    ...(mediaControlChannel ? { mediaControlChannel: writeAddress(mediaControlChannel) } : {}),
    ...(media.kind === 'audio' ? { silenceSuppression: silenceSuppression ?? false } : {}),
    ...(dynamic === null ? {} : { dynamicRTPPayloadType: dynamic }),
    ...(packetization ? { mediaPacketization: { rtpPayloadType: writePacketization(packetization) } } : {}),
  };
}

/** What an OpenLogicalChannelAck says, with the numbers that it gives. */
export interface AckReading {
  acceptance: ChannelAcceptance;
  sessionId: number | null;
  reverseNumber: number | null;
}

export function readAck(message: OpenLogicalChannelAck, asked: ChannelParameters | null): AckReading {
  const told = message.forwardMultiplexAckParameters?.h2250LogicalChannelAckParameters;
  const { reverseLogicalChannelParameters: reverse } = message;
  const backwards = reverse?.multiplexParameters?.h2250LogicalChannelParameters;
  const acceptance: ChannelAcceptance = {
    mediaChannel: readAddress(told?.mediaChannel),
    mediaControlChannel: readAddress(told?.mediaControlChannel),
  };
  if (told?.dynamicRTPPayloadType !== undefined) acceptance.payloadType = told.dynamicRTPPayloadType;
  if (told?.flowControlToZero) acceptance.flowControlToZero = true;
  if (message.encryptionSync) acceptance.encryptionSync = message.encryptionSync;
  if (message.genericInformation) acceptance.genericInformation = message.genericInformation;
  if (message.dtlsSecurityCapability) acceptance.dtlsSecurityCapability = message.dtlsSecurityCapability;
  if (backwards && asked) {
    const { mediaChannel, mediaControlChannel, dynamicRTPPayloadType } = backwards;
    acceptance.reverse = {
      ...asked,
      sessionId: backwards.sessionID,
      mediaChannel: readAddress(mediaChannel),
      mediaControlChannel: readAddress(mediaControlChannel),
      payloadType: dynamicRTPPayloadType ?? asked.payloadType,
    };
    // Where only the reverse part has addresses they are those of its author.
    acceptance.mediaChannel ??= acceptance.reverse.mediaChannel;
    acceptance.mediaControlChannel ??= acceptance.reverse.mediaControlChannel;
  }
  return {
    acceptance,
    sessionId: told?.sessionID ?? (backwards && backwards.sessionID > 0 ? backwards.sessionID : null),
    reverseNumber: reverse?.reverseLogicalChannelNumber ?? null,
  };
}

/** The numbers of an incoming channel that its acknowledgement tells. */
export interface AckNumbers {
  number: number;
  sessionId: number;
  reverseNumber: number | null;
}

/** @throws RangeError for what is no address literal */
export function writeAck(numbers: AckNumbers, acceptance: ChannelAcceptance): OpenLogicalChannelAck {
  const { mediaChannel, mediaControlChannel, payloadType, reverse } = acceptance;
  const { encryptionSync, genericInformation, dtlsSecurityCapability } = acceptance;
  const { number, sessionId, reverseNumber } = numbers;
  return {
    forwardLogicalChannelNumber: number,
    ...(reverseNumber === null
      ? {}
      : {
          reverseLogicalChannelParameters: {
            reverseLogicalChannelNumber: reverseNumber,
            ...(reverse ? { multiplexParameters: { h2250LogicalChannelParameters: writeParameters(reverse) } } : {}),
          },
        }),
    forwardMultiplexAckParameters: {
      h2250LogicalChannelAckParameters: {
        ...(sessionId > 0 ? { sessionID: sessionId } : {}),
        ...(mediaChannel ? { mediaChannel: writeAddress(mediaChannel) } : {}),
        ...(mediaControlChannel ? { mediaControlChannel: writeAddress(mediaControlChannel) } : {}),
        ...(payloadType !== undefined && payloadType >= 96 ? { dynamicRTPPayloadType: payloadType } : {}),
        flowControlToZero: acceptance.flowControlToZero ?? false,
      },
    },
    ...(encryptionSync ? { encryptionSync } : {}),
    ...(genericInformation && genericInformation.length > 0 ? { genericInformation } : {}),
    ...(dtlsSecurityCapability ? { dtlsSecurityCapability } : {}),
  };
}

/** What a channel is for: one of each kind has a session of its own. */
export function mediaOf({ forward, reverse }: ChannelOpening): ChannelMedia {
  return (forward ?? reverse)?.media ?? { kind: 'other', name: 'nullData' };
}
