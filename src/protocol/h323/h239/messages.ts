import type { GenericMessage, MultimediaSystemControlMessage } from '../h245/schema.js';
import { identifierOf, parameter, readParameters, unsignedMin } from '../control/generic.js';
import { identifiers } from '../control/identifiers.js';

/** Messages of H.239. `channel` is a logical channel number of the presenter, `label` its number in a conference. */
export type H239Message =
  | { kind: 'rateRequest'; channel: number; bps: number }
  | { kind: 'rateResponse'; channel: number; granted: boolean }
  | { kind: 'tokenRequest'; channel: number; label: number; symmetry: number }
  | { kind: 'tokenResponse'; channel: number; label: number; granted: boolean }
  | { kind: 'tokenRelease'; channel: number; label: number }
  | { kind: 'tokenOwner'; channel: number; label: number };

type Kind = H239Message['kind'];

/** Numbers of the messages, and what they are of H.245. */
const messages: readonly { number: number; kind: Kind; as: 'request' | 'response' | 'command' | 'indication' }[] = [
  { number: 1, kind: 'rateRequest', as: 'request' },
  { number: 2, kind: 'rateResponse', as: 'response' },
  { number: 3, kind: 'tokenRequest', as: 'request' },
  { number: 4, kind: 'tokenResponse', as: 'response' },
  { number: 5, kind: 'tokenRelease', as: 'command' },
  { number: 6, kind: 'tokenOwner', as: 'indication' },
];

/** Numbers of the parameters. */
const bitRate = 41;
const channelId = 42;
const symmetryBreaking = 43;
const terminalLabel = 44;
const acknowledge = 126;
const reject = 127;

/** A message of H.239, whatever kind of generic message it came as; null for another Recommendation's or an unknown one. */
export function readH239(message: GenericMessage): H239Message | null {
  if (identifierOf(message.messageIdentifier) !== identifiers.h239Messages) return null;
  const kind = messages.find(({ number }) => number === message.subMessageIdentifier)?.kind;
  const values = readParameters(message.messageContent);
  const channel = values.get(channelId) ?? 0;
  const label = values.get(terminalLabel) ?? 0;
  // Refusals may have nothing but the word.
  const granted = values.has(acknowledge) && !values.has(reject);
  switch (kind) {
    case undefined:
      return null;
    case 'rateRequest':
      return { kind, channel, bps: (values.get(bitRate) ?? 0) * 100 };
    case 'rateResponse':
      return { kind, channel, granted };
    case 'tokenRequest':
      return { kind, channel, label, symmetry: values.get(symmetryBreaking) ?? 0 };
    case 'tokenResponse':
      return { kind, channel, label, granted };
    case 'tokenRelease':
    case 'tokenOwner':
      return { kind, channel, label };
  }
}

export function writeH239(message: H239Message): MultimediaSystemControlMessage {
  const found = messages.find(({ kind }) => kind === message.kind) as (typeof messages)[number];
  const generic: GenericMessage = {
    messageIdentifier: { standard: identifiers.h239Messages },
    subMessageIdentifier: found.number,
    messageContent: contentOf(message),
  };
  switch (found.as) {
    case 'request':
      return { request: { genericRequest: generic } };
    case 'response':
      return { response: { genericResponse: generic } };
    case 'command':
      return { command: { genericCommand: generic } };
    case 'indication':
      return { indication: { genericIndication: generic } };
  }
}

function contentOf(message: H239Message) {
  const { channel } = message;
  const word = (granted: boolean) => parameter(granted ? acknowledge : reject, { logical: true });
  switch (message.kind) {
    case 'rateRequest':
      return [unsignedMin(channelId, channel), unsignedMin(bitRate, Math.min(65_535, Math.floor(message.bps / 100)))];
    case 'rateResponse':
      return [word(message.granted), unsignedMin(channelId, channel)];
    case 'tokenResponse':
      return [word(message.granted), unsignedMin(terminalLabel, message.label), unsignedMin(channelId, channel)];
    case 'tokenRequest':
      return [
        unsignedMin(terminalLabel, message.label),
        unsignedMin(channelId, channel),
        unsignedMin(symmetryBreaking, message.symmetry),
      ];
    case 'tokenRelease':
    case 'tokenOwner':
      return [unsignedMin(terminalLabel, message.label), unsignedMin(channelId, channel)];
  }
}
