import { chosen } from '../../asn1/choice.js';
import type { Capability as TableCapability } from '../h245/schema.js';
import { readAudio, writeAudio } from './audio-values.js';
import { identifierOf } from './generic.js';
import { identifiers } from './identifiers.js';
import { algorithmsIn, readData, writeAlgorithms, writeData } from './media-values.js';
import type { Capability, CapabilityDirection, ChannelMedia, UserInputForm } from './values.js';
import { readVideo, writeVideo } from './video-values.js';

/** A capability without its number in the table. */
export interface DirectedCapability {
  direction: CapabilityDirection;
  capability: Capability;
}

const userInputForms = [
  'basicString',
  'iA5String',
  'generalString',
  'dtmf',
  'hookflash',
  'extendedAlphanumeric',
] as const satisfies readonly UserInputForm[];

/** One entry of a capability table. */
export function readCapability(capability: TableCapability): DirectedCapability {
  const media = readMedia(capability);
  if (media) return media;
  const userInput = readUserInput(capability);
  if (userInput) return userInput;
  const { receiveRTPAudioTelephonyEventCapability: events, genericControlCapability: control } = capability;
  if (events) {
    const { dynamicRTPPayloadType: payloadType, audioTelephoneEvent } = events;
    return { direction: 'receive', capability: { kind: 'events', payloadType, events: audioTelephoneEvent } };
  }
  if (control && identifierOf(control.capabilityIdentifier) === identifiers.h239Control) {
    return { direction: 'both', capability: { kind: 'h239' } };
  }
  if (capability.h235SecurityCapability) {
    const { encryptionAuthenticationAndIntegrity, mediaCapability } = capability.h235SecurityCapability;
    const algorithms = algorithmsIn(encryptionAuthenticationAndIntegrity);
    return { direction: 'both', capability: { kind: 'security', entry: mediaCapability, algorithms } };
  }
  const name = control ? identifierOf(control.capabilityIdentifier) : '';
  return { direction: 'both', capability: { kind: 'other', name: name || chosen(capability) } };
}

function readMedia(capability: TableCapability): DirectedCapability | null {
  const told = (direction: CapabilityDirection, media: ChannelMedia): DirectedCapability => ({
    direction,
    capability: media,
  });
  const { receiveAudioCapability, transmitAudioCapability, receiveAndTransmitAudioCapability } = capability;
  if (receiveAudioCapability) return told('receive', readAudio(receiveAudioCapability));
  if (transmitAudioCapability) return told('transmit', readAudio(transmitAudioCapability));
  if (receiveAndTransmitAudioCapability) return told('both', readAudio(receiveAndTransmitAudioCapability));
  const { receiveVideoCapability, transmitVideoCapability, receiveAndTransmitVideoCapability } = capability;
  if (receiveVideoCapability) return told('receive', readVideo(receiveVideoCapability));
  if (transmitVideoCapability) return told('transmit', readVideo(transmitVideoCapability));
  if (receiveAndTransmitVideoCapability) return told('both', readVideo(receiveAndTransmitVideoCapability));
  const {
    receiveDataApplicationCapability: receive,
    transmitDataApplicationCapability: transmit,
    receiveAndTransmitDataApplicationCapability: both,
  } = capability;
  if (receive) return told('receive', readData(receive));
  if (transmit) return told('transmit', readData(transmit));
  return both ? told('both', readData(both)) : null;
}

function readUserInput(capability: TableCapability): DirectedCapability | null {
  const {
    receiveUserInputCapability: receive,
    transmitUserInputCapability: transmit,
    receiveAndTransmitUserInputCapability: both,
  } = capability;
  const found = receive ?? transmit ?? both;
  if (!found) return null;
  const direction = receive ? 'receive' : transmit ? 'transmit' : 'both';
  const form = userInputForms.find((one) => found[one]);
  return { direction, capability: form ? { kind: 'userInput', form } : { kind: 'other', name: chosen(found) } };
}

/** @throws RangeError for a capability that has only a name */
export function writeCapability({ direction, capability }: DirectedCapability): TableCapability {
  switch (capability.kind) {
    case 'audio':
      return directed(direction, 'Audio', writeAudio(capability));
    case 'video':
    case 'content':
      return directed(direction, 'Video', writeVideo(capability));
    case 'h224':
      return directed(direction, 'DataApplication', writeData(capability));
    case 'userInput':
      return directed(direction, 'UserInput', { [capability.form]: true });
    case 'events':
      return {
        receiveRTPAudioTelephonyEventCapability: {
          dynamicRTPPayloadType: capability.payloadType,
          audioTelephoneEvent: capability.events,
        },
      };
    case 'h239':
      return { genericControlCapability: { capabilityIdentifier: { standard: identifiers.h239Control } } };
    case 'security':
      return {
        h235SecurityCapability: {
          encryptionAuthenticationAndIntegrity: writeAlgorithms(capability.algorithms),
          mediaCapability: capability.entry,
        },
      };
    case 'other':
      throw new RangeError(`${capability.name} cannot be offered`);
  }
}

/** The alternatives of the three directions have names made alike. */
function directed(direction: CapabilityDirection, kind: string, value: unknown): TableCapability {
  const prefix = { receive: 'receive', transmit: 'transmit', both: 'receiveAndTransmit' }[direction];
  return { [`${prefix}${kind}Capability`]: value } as unknown as TableCapability;
}
