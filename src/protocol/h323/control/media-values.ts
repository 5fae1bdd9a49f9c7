import { chosen } from '../../asn1/choice.js';
import type { DataApplicationCapability, DataType, EncryptionAuthenticationAndIntegrity } from '../h245/schema.js';
import { readAudio, writeAudio } from './audio-values.js';
import { identifierOf } from './generic.js';
import { identifiers } from './identifiers.js';
import type { ChannelEncryption } from './contract.js';
import type { ChannelMedia, H224Media, OtherMedia } from './values.js';
import { readVideo, writeVideo } from './video-values.js';

/**
 * H.224 in RTP or the name of another application of data. The older `h224` has frames of HDLC with stuffed bits, which are
 * another payload than that of RFC 4573.
 */
export function readData({ application, maxBitRate }: DataApplicationCapability): H224Media | OtherMedia {
  const generic = application.genericDataCapability;
  const identifier = generic && identifierOf(generic.capabilityIdentifier);
  if (identifier === identifiers.h224) return { kind: 'h224', maxBitRate: maxBitRate * 100 };
  return { kind: 'other', name: identifier ?? chosen(application) };
}

/** H.224 as H.323 Annex Q has it. */
export function writeData({ maxBitRate }: H224Media): DataApplicationCapability {
  const genericDataCapability = { capabilityIdentifier: { standard: identifiers.h224 } };
  return { application: { genericDataCapability }, maxBitRate: Math.floor(maxBitRate / 100) };
}

/** What flows in a channel, and by which algorithms it is encrypted; null for no data at all. */
export interface ChannelData {
  media: ChannelMedia;
  encryption: ChannelEncryption | null;
}

export function readDataType(dataType: DataType): ChannelData | null {
  if (dataType.nullData) return null;
  if (dataType.h235Media) {
    const { mediaType, encryptionAuthenticationAndIntegrity } = dataType.h235Media;
    const inner = mediaType as DataType;
    return { media: mediaOf(inner), encryption: { algorithms: algorithmsIn(encryptionAuthenticationAndIntegrity) } };
  }
  return { media: mediaOf(dataType), encryption: null };
}

function mediaOf(dataType: DataType): ChannelMedia {
  if (dataType.audioData) return readAudio(dataType.audioData);
  if (dataType.videoData) return readVideo(dataType.videoData);
  if (dataType.data) return readData(dataType.data);
  return { kind: 'other', name: chosen(dataType) };
}

/** @throws RangeError for media that has only a name */
export function writeDataType({ media, encryption }: ChannelData): DataType {
  const plain = writeMedia(media);
  if (encryption === null) return plain;
  return {
    h235Media: { encryptionAuthenticationAndIntegrity: writeAlgorithms(encryption.algorithms), mediaType: plain },
  };
}

/** Alternatives that a plain data type and the inner one of `h235Media` have in common. */
type PlainMedia =
  | { audioData: ReturnType<typeof writeAudio> }
  | { videoData: ReturnType<typeof writeVideo> }
  | { data: DataApplicationCapability };

function writeMedia(media: ChannelMedia): PlainMedia {
  if (media.kind === 'audio') return { audioData: writeAudio(media) };
  if (media.kind === 'h224') return { data: writeData(media) };
  if (media.kind === 'other') throw new RangeError(`${media.name} cannot be sent`);
  return { videoData: writeVideo(media) };
}

/** Object identifiers of H.235 algorithms. */
export function algorithmsIn({ encryptionCapability }: EncryptionAuthenticationAndIntegrity): string[] {
  return (encryptionCapability ?? []).map(({ algorithm }) => algorithm).filter((one) => one !== undefined);
}

export function writeAlgorithms(algorithms: readonly string[]): EncryptionAuthenticationAndIntegrity {
  return { encryptionCapability: algorithms.map((algorithm) => ({ algorithm })) };
}
