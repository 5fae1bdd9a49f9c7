import { chosen } from '../../asn1/choice.js';
import type { AudioCapability, GenericCapability } from '../h245/schema.js';
import { identifierOf, readParameters, unsignedMin } from './generic.js';
import { identifiers } from './identifiers.js';
import type { AudioCodec, AudioMedia, OtherMedia } from './values.js';

/** Codecs whose capability is nothing but frames a packet. */
const plain = {
  g711Alaw64k: 'g711A',
  g711Ulaw64k: 'g711U',
  'g722-64k': 'g722',
  g728: 'g728',
  g729: 'g729',
  g729AnnexA: 'g729A',
  g729wAnnexB: 'g729B',
  g729AnnexAwAnnexB: 'g729AB',
} as const;
type PlainName = keyof typeof plain;

/** Frames a packet of the generic codecs. */
const framesParameter = 1;

/** An audio codec, or its name where rooms have no use for it. */
export function readAudio(capability: AudioCapability): AudioMedia | OtherMedia {
  const name = chosen(capability);
  const value = capability[name as PlainName];
  const media = typeof value === 'number' ? readPlainAudio(name, value) : null;
  if (media) return media;
  if (capability.g7231) return { kind: 'audio', codec: 'g7231', frames: capability.g7231['maxAl-sduAudioFrames'] };
  if (capability.genericAudioCapability) return readGenericAudio(capability.genericAudioCapability);
  return { kind: 'other', name };
}

/** A codec by its name in H.245; null for names of others. */
export function readPlainAudio(name: string, frames: number): AudioMedia | null {
  return Object.hasOwn(plain, name) ? { kind: 'audio', codec: plain[name as PlainName], frames } : null;
}

/** One of the generic codecs, or its identifier. */
export function readGenericAudio(capability: GenericCapability): AudioMedia | OtherMedia {
  const identifier = identifierOf(capability.capabilityIdentifier);
  const codec = identifier === identifiers.g7221 ? 'g7221' : identifier === identifiers.g7221c ? 'g7221c' : null;
  if (codec === null) return { kind: 'other', name: identifier || 'genericAudioCapability' };
  const frames = readParameters(capability.collapsing, capability.nonCollapsing).get(framesParameter) ?? 1;
  return { kind: 'audio', codec, frames, bitRate: genericRate(capability.maxBitRate ?? 0) };
}

/** In units of 100 bit/s by H.245, in bit/s by devices; no rate of these codecs can be mistaken. */
function genericRate(maxBitRate: number): number {
  return maxBitRate >= 1_000 ? maxBitRate : maxBitRate * 100;
}

export function writeAudio({ codec, frames, bitRate }: AudioMedia): AudioCapability {
  if (codec === 'g7231') return { g7231: { 'maxAl-sduAudioFrames': frames, silenceSuppression: false } };
  if (codec === 'g7221' || codec === 'g7221c') {
    return {
      genericAudioCapability: {
        capabilityIdentifier: { standard: identifiers[codec] },
        maxBitRate: bitRate ?? 32_000,
        collapsing: [unsignedMin(framesParameter, frames)],
      },
    };
  }
  return { [plainNameOf(codec)]: frames } as unknown as AudioCapability;
}

function plainNameOf(codec: AudioCodec): PlainName {
  return (Object.keys(plain) as PlainName[]).find((name) => plain[name] === codec) as PlainName;
}
