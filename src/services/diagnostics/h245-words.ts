import { chosen } from '../../protocol/asn1/choice.js';
import { endpointText } from '../../protocol/h323/addresses.js';
import { readCapability } from '../../protocol/h323/control/capability-values.js';
import { readAck, readOpening } from '../../protocol/h323/control/channel-values.js';
import type { Capability, ChannelMedia, ChannelParameters } from '../../protocol/h323/control/contract.js';
import type {
  CommandMessage,
  IndicationMessage,
  MultimediaSystemControlMessage,
  OpenLogicalChannel,
  RequestMessage,
  ResponseMessage,
  TerminalCapabilitySet,
} from '../../protocol/h323/h245/schema.js';
import { readH239 } from '../../protocol/h323/h239/messages.js';
import type { GenericMessage } from '../../protocol/h323/h245/schema.js';

/** What a message of H.245 says, in one line: its name in the Recommendation, and what matters of it. */
export function h245Words({ request, response, command, indication }: MultimediaSystemControlMessage): string {
  if (request) return requestWords(request);
  if (response) return responseWords(response);
  if (command) return commandWords(command);
  return indication ? indicationWords(indication) : 'a message of a later version';
}

function requestWords(request: RequestMessage): string {
  const name = chosen(request);
  const { terminalCapabilitySet, masterSlaveDetermination, openLogicalChannel, requestMode, genericRequest } = request;
  if (terminalCapabilitySet) return `${name}: ${setWords(terminalCapabilitySet)}`;
  if (masterSlaveDetermination) return `${name}: terminal type ${masterSlaveDetermination.terminalType}`;
  if (openLogicalChannel) return `${name} ${openingWords(openLogicalChannel)}`;
  if (requestMode) return `${name}: ${requestMode.requestedModes.length} modes`;
  if (genericRequest) return genericWords(name, genericRequest);
  return channelWords(name, request);
}

function responseWords(response: ResponseMessage): string {
  const name = chosen(response);
  const { masterSlaveDeterminationAck: role, openLogicalChannelAck: ack, genericResponse } = response;
  if (role) return `${name}: you are ${chosen(role.decision)}`;
  if (ack) {
    const { acceptance } = readAck(ack, null);
    return `${name} ${ack.forwardLogicalChannelNumber}${placeWords(acceptance)}`;
  }
  if (genericResponse) return genericWords(name, genericResponse);
  return channelWords(name, response);
}

function commandWords(command: CommandMessage): string {
  const name = chosen(command);
  const { flowControlCommand, miscellaneousCommand, endSessionCommand, genericCommand } = command;
  if (flowControlCommand) {
    const { scope, restriction } = flowControlCommand;
    const { maximumBitRate } = restriction;
    const channel = scope.logicalChannelNumber === undefined ? chosen(scope) : `channel ${scope.logicalChannelNumber}`;
    return `${name}: ${channel}, ${maximumBitRate === undefined ? 'no limit' : `at most ${maximumBitRate / 10} kbit/s`}`;
  }
  if (miscellaneousCommand) {
    return `${chosen(miscellaneousCommand.type)} of channel ${miscellaneousCommand.logicalChannelNumber}`;
  }
  if (endSessionCommand) return `${name}: ${chosen(endSessionCommand)}`;
  return genericCommand ? genericWords(name, genericCommand) : name;
}

function indicationWords(indication: IndicationMessage): string {
  const name = chosen(indication);
  const { miscellaneousIndication, userInput, vendorIdentification, genericIndication } = indication;
  if (miscellaneousIndication) {
    return `${chosen(miscellaneousIndication.type)} of channel ${miscellaneousIndication.logicalChannelNumber}`;
  }
  if (userInput) return `${name}: ${chosen(userInput)}`;
  if (vendorIdentification?.productNumber) return `${name}: ${plain(vendorIdentification.productNumber)}`;
  return genericIndication ? genericWords(name, genericIndication) : name;
}

/** Messages that name a channel, or say why. */
function channelWords(name: string, message: RequestMessage | ResponseMessage): string {
  const body: unknown = (message as Record<string, unknown>)[name];
  if (typeof body !== 'object' || body === null) return name;
  const { forwardLogicalChannelNumber: channel, cause, sequenceNumber } = body as Record<string, unknown>;
  const number = typeof channel === 'number' ? channel : typeof sequenceNumber === 'number' ? sequenceNumber : null;
  const why = typeof cause === 'object' && cause !== null ? chosen(cause) : null;
  return `${name}${number === null ? '' : ` ${number}`}${why === null ? '' : `: ${String(why)}`}`;
}

/** By kinds, with what is received first: that is what a set is read for. */
function setWords({ multiplexCapability, capabilityTable = [] }: TerminalCapabilitySet): string {
  if (!multiplexCapability && capabilityTable.length === 0) return 'empty, so that nothing may be sent';
  const words = capabilityTable.map(({ capability }) => {
    if (!capability) return 'one taken back';
    const { direction, capability: what } = readCapability(capability);
    return `${direction === 'transmit' ? 'sends ' : ''}${capabilityWords(what)}`;
  });
  return words.join(', ');
}

function capabilityWords(what: Capability): string {
  switch (what.kind) {
    case 'events':
      return `telephone events as ${what.payloadType}`;
    case 'userInput':
      return `keys as ${what.form}`;
    case 'h239':
      return 'H.239';
    case 'security':
      return `encryption of entry ${what.entry}`;
    default:
      return mediaWords(what);
  }
}

function mediaWords(media: ChannelMedia): string {
  switch (media.kind) {
    case 'audio':
      return media.codec;
    case 'video':
      return `${media.codec}${media.codec === 'h264' ? ` level ${media.levelIdc / 10}` : ''} up to ${media.maxBitRate / 1000} kbit/s`;
    case 'content':
      return `${media.roles.presentation ? 'content' : 'live content'} (${media.video.map(mediaWords).join(', ')})`;
    case 'h224':
      return 'camera control (H.224)';
    case 'other':
      return media.name;
  }
}

/** Also of proposals of fast start. */
export function openingWords(message: OpenLogicalChannel): string {
  const { forwardLogicalChannelNumber: number } = message;
  const read = readOpening(message);
  if (!read.ok) return `${number} (${read.cause})`;
  const { forward, reverse } = read.opening;
  const parts = [forward && `sends ${parametersWords(forward)}`, reverse && `takes ${parametersWords(reverse)}`];
  return `${number}: ${parts.filter((one) => one !== null).join(', ')}`;
}

function parametersWords(parameters: ChannelParameters): string {
  const { media, sessionId, payloadType, encryption } = parameters;
  const number = payloadType === null ? '' : ` as ${payloadType}`;
  return `${mediaWords(media)}${number} in session ${sessionId}${encryption ? ', encrypted' : ''}${placeWords(parameters)}`;
}

function placeWords({ mediaChannel, mediaControlChannel }: Places): string {
  const media = mediaChannel ? `, media to ${endpointText(mediaChannel)}` : '';
  return media || (mediaControlChannel ? `, RTCP to ${endpointText(mediaControlChannel)}` : '');
}

type Places = Pick<ChannelParameters, 'mediaChannel' | 'mediaControlChannel'>;

function genericWords(name: string, message: GenericMessage): string {
  const read = readH239(message);
  if (!read) return `${name} of ${message.messageIdentifier.standard ?? 'a product'}`;
  const { kind, channel } = read;
  const rate = kind === 'rateRequest' ? `, ${read.bps / 1000} kbit/s` : '';
  const answer = kind === 'rateResponse' || kind === 'tokenResponse' ? (read.granted ? ', granted' : ', refused') : '';
  return `${h239Names[kind]} for channel ${channel}${rate}${answer}`;
}

/** Names of H.239. */
const h239Names = {
  rateRequest: 'flowControlReleaseRequest',
  rateResponse: 'flowControlReleaseResponse',
  tokenRequest: 'presentationTokenRequest',
  tokenResponse: 'presentationTokenResponse',
  tokenRelease: 'presentationTokenRelease',
  tokenOwner: 'presentationTokenIndicateOwner',
} as const;

function plain(octets: Uint8Array): string {
  return Buffer.from(octets)
    .toString('latin1')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}
