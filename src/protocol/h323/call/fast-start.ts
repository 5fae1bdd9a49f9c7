import { isDeepStrictEqual } from 'node:util';
import { decode, encode } from '../../asn1/codec.js';
import { chosen } from '../../asn1/choice.js';
import {
  OpenLogicalChannel,
  type H2250LogicalChannelParameters,
  type TransportAddress as ControlTransportAddress,
} from '../h245/schema.js';
import type { AcceptedProposal, FastStartProposal } from './contract.js';

/** Proposals read at most: four codecs, both ways, for each of four sessions are already more than any device sends. */
const most = 64;

/** Reads `fastStart` of a message; what cannot be read or understood is left out and counted. */
export function readProposals(fastStart: readonly Buffer[] | undefined): {
  proposals: FastStartProposal[];
  faults: number;
} {
  const proposals: FastStartProposal[] = [];
  const octets = fastStart ?? [];
  for (const one of octets.slice(0, most)) {
    const read = decode(OpenLogicalChannel, one);
    const proposal = read.ok ? proposalOf(read.value) : null;
    if (proposal) proposals.push(proposal);
  }
  return { proposals, faults: octets.length - proposals.length };
}

/** @throws Asn1Fault for channels that do not fit the schema */
export function writeProposals(channels: readonly OpenLogicalChannel[]): Buffer[] {
  return channels.map((channel) => encode(OpenLogicalChannel, channel));
}

/** What a channel of fast start means; null where it is neither of both kinds (H.323 §8.1.7.1). */
export function proposalOf(channel: OpenLogicalChannel): FastStartProposal | null {
  const { forwardLogicalChannelParameters: forward, reverseLogicalChannelParameters: reverse } = channel;
  const direction = forward.dataType.nullData && reverse ? 'receive' : 'transmit';
  const sessionID = parametersOf(channel, direction)?.sessionID;
  return sessionID === undefined ? null : { direction, sessionID, channel };
}

/** Parameters of the direction in which media flows. */
export function parametersOf(
  { forwardLogicalChannelParameters: forward, reverseLogicalChannelParameters: reverse }: OpenLogicalChannel,
  direction: FastStartProposal['direction'],
): H2250LogicalChannelParameters | undefined {
  return direction === 'receive'
    ? reverse?.multiplexParameters?.h2250LogicalChannelParameters
    : forward.multiplexParameters.h2250LogicalChannelParameters;
}

/**
 * Takes a proposal of a caller: the channel for the answer. `mediaChannel` is where we receive what the caller sends,
 * `mediaControlChannel` where we receive RTCP of either direction.
 */
export function acceptProposal(
  { direction, channel }: FastStartProposal,
  at: { mediaChannel: ControlTransportAddress; mediaControlChannel: ControlTransportAddress },
): OpenLogicalChannel {
  const { mediaControlChannel } = at;
  if (direction === 'receive') {
    // where the caller receives, it has said itself: only our RTCP is new to it
    const reverse = channel.reverseLogicalChannelParameters;
    const { mediaChannel: _, ...rest } = parametersOf(channel, direction) as H2250LogicalChannelParameters;
    return {
      ...channel,
      reverseLogicalChannelParameters: {
        ...reverse,
        dataType: reverse?.dataType ?? { nullData: true },
        multiplexParameters: { h2250LogicalChannelParameters: { ...rest, mediaControlChannel } },
      },
    };
  }
  const forward = channel.forwardLogicalChannelParameters;
  const own = parametersOf(channel, direction) as H2250LogicalChannelParameters;
  return {
    ...channel,
    forwardLogicalChannelParameters: {
      ...forward,
      multiplexParameters: {
        h2250LogicalChannelParameters: { ...own, mediaChannel: at.mediaChannel, mediaControlChannel },
      },
    },
  };
}

/**
 * Finds for each channel of an answer the proposal it takes: by session, direction and codec, since some devices number
 * the channels anew. At most one a session and direction; others are left out.
 */
export function matchAnswers(
  proposed: readonly OpenLogicalChannel[],
  answers: readonly FastStartProposal[],
): AcceptedProposal[] {
  const offers = proposed.map(proposalOf).filter((one) => one !== null);
  const accepted: AcceptedProposal[] = [];
  for (const answer of answers) {
    const taken = ({ direction, sessionID }: FastStartProposal): boolean =>
      direction === answer.direction && sessionID === answer.sessionID;
    if (accepted.some(taken)) continue;
    const offer = best(offers.filter(taken), answer);
    if (offer) accepted.push({ ...answer, proposed: offer.channel });
  }
  return accepted;
}

/** Same number and codec, the same codec with the same parameters, or the same codec. */
function best(offers: readonly FastStartProposal[], answer: FastStartProposal): FastStartProposal | undefined {
  const media = mediaOf(answer);
  const kindred = offers.filter((offer) => codecOf(mediaOf(offer)) === codecOf(media));
  const number = answer.channel.forwardLogicalChannelNumber;
  const numbered = kindred.filter(({ channel }) => channel.forwardLogicalChannelNumber === number);
  return (
    numbered.find((offer) => isDeepStrictEqual(mediaOf(offer), media)) ??
    kindred.find((offer) => isDeepStrictEqual(mediaOf(offer), media)) ??
    numbered[0] ??
    kindred[0]
  );
}

type DataType = OpenLogicalChannel['forwardLogicalChannelParameters']['dataType'];

function mediaOf({ direction, channel }: FastStartProposal): DataType {
  const forward = channel.forwardLogicalChannelParameters.dataType;
  return direction === 'receive' ? (channel.reverseLogicalChannelParameters?.dataType ?? forward) : forward;
}

/** `audioData g711Alaw64k`, `videoData genericVideoCapability 0.0.8.241.0.0.1`, ...; `h235Media` before what is encrypted. */
function codecOf(media: DataType): string {
  const kind = chosen(media);
  if (media.h235Media) return `${kind} ${codecOf(media.h235Media.mediaType)}`;
  const capability = media.audioData ?? media.videoData;
  if (capability === undefined) return kind;
  const generic = media.audioData?.genericAudioCapability ?? media.videoData?.genericVideoCapability;
  return [kind, chosen(capability), generic?.capabilityIdentifier.standard ?? ''].join(' ');
}
