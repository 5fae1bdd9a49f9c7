import type {
  AudioCodec,
  AudioMedia,
  ChannelMedia,
  H264Media,
  Packetization,
} from '../protocol/h323/control/contract.js';
import { h264Profiles } from '../protocol/h323/control/h264-values.js';
import { identifiers } from '../protocol/h323/control/identifiers.js';
import { familyOfProfile, levelLimits } from './h264.js';
import type { VideoAbility } from './negotiate.js';
import { isPassed, passedAt, passedFormat, rateOf } from './passed-sound.js';
import type { AudioCodecName, AudioFormat, Format, H264Format, MixedCodecName, PassedCodecName } from './vocabulary.js';

/** Codecs that both vocabularies have, with their fixed payload numbers (RFC 3551 §6). */
const AUDIO: readonly { codec: AudioCodec; name: MixedCodecName; pt: number }[] = [
  { codec: 'g722', name: 'G722', pt: 9 },
  { codec: 'g711A', name: 'PCMA', pt: 8 },
  { codec: 'g711U', name: 'PCMU', pt: 0 },
];

/** Payload numbers of channels of ours for codecs that have none of their own. */
const PASSED_NUMBERS: Readonly<Record<PassedCodecName, number>> = { 'G7221-32': 113, 'G7221-24': 112 };
/** Frames of 20 ms in one packet of G.722.1, sent and taken: packets are passed on as they come. */
const PASSED_FRAMES = 1;

/** Milliseconds of sound in one packet of ours. */
const PACKET_MS = 20;
/** Milliseconds of sound in one packet that we take. */
const LONGEST_PACKET_MS = 60;

/** Profiles of H.264 that H.241 names, as profile_idc and profile-iop. Nobody of this field uses what Baseline adds. */
const PROFILES: readonly { bit: number; idc: number; iop: number }[] = [
  { bit: h264Profiles.baseline, idc: 0x42, iop: 0xe0 },
  { bit: h264Profiles.main, idc: 0x4d, iop: 0x00 },
  { bit: h264Profiles.high, idc: 0x64, iop: 0x00 },
];

/** Payload number of a codec in channels of ours; null for those with a number of their own. */
export function numberOfAudio(media: AudioMedia): number | null {
  const pt = audioFormat(media)?.pt ?? 0;
  return pt >= 96 ? pt : null;
}

/** An audio codec as a payload format; null for those that rooms do not have. */
export function audioFormat(media: AudioMedia): AudioFormat | null {
  const passed = media.codec === 'g7221' ? passedAt(media.bitRate) : null;
  if (passed) return passedFormat(passed, PASSED_NUMBERS[passed]);
  const found = AUDIO.find(({ codec }) => codec === media.codec);
  return found ? { kind: 'audio', name: found.name, pt: found.pt, clock: 8000, channels: 1, params: {} } : null;
}

/** What we take of an audio codec; null for codecs that H.245 has no name for. */
export function audioCapability(name: AudioCodecName): AudioMedia | null {
  if (isPassed(name)) return { kind: 'audio', codec: 'g7221', frames: PASSED_FRAMES, bitRate: rateOf(name) };
  const found = AUDIO.find((one) => one.name === name);
  return found ? { kind: 'audio', codec: found.codec, frames: LONGEST_PACKET_MS } : null;
}

/** What we send, in packets that the peer takes. */
export function sentAudio(media: AudioMedia): AudioMedia {
  if (media.codec === 'g7221') return { ...media, frames: PASSED_FRAMES };
  return { ...media, frames: Math.min(media.frames, PACKET_MS) };
}

/**
 * H.264 by H.241 as payload formats, one a profile and packetization mode. The level's limits count, and the custom ones
 * where they are larger (H.241 §8.3.2.6 ff.); the bit rate is that of the capability.
 */
export function h264Formats(media: H264Media, pt: number, modes: readonly (0 | 1)[]): H264Format[] {
  return PROFILES.filter(({ bit }) => (media.profiles & bit) !== 0).flatMap(({ idc, iop }) => {
    const level = levelLimits(idc, iop, media.levelIdc);
    const kbps = Math.floor(media.maxBitRate / 1000);
    return modes.map((mode) => ({
      kind: 'video' as const,
      name: 'H264' as const,
      pt,
      clock: 90000 as const,
      profileIdc: idc,
      profileIop: iop,
      levelIdc: media.levelIdc,
      mode,
      // each direction is opened by itself
      levelAsymmetry: true,
      maxMbps: Math.max(level.maxMbps, media.maxMbps ?? 0),
      maxFs: Math.max(level.maxFs, media.maxFs ?? 0),
      maxBr: kbps > 0 ? kbps : level.maxBr,
      parameterSets: [],
    }));
  });
}

/** What we take in one profile, up to a bit rate; numbers are rounded down where they are written. */
export function h264Capability(ability: VideoAbility, kbps: number): H264Media {
  const { profileIdc, profileIop, levelIdc, maxMbps, maxFs } = ability;
  const level = levelLimits(profileIdc, profileIop, levelIdc);
  return {
    kind: 'video',
    codec: 'h264',
    maxBitRate: kbps * 1000,
    profiles: profileBit(profileIdc, profileIop),
    levelIdc,
    ...(maxMbps > level.maxMbps ? { maxMbps } : {}),
    ...(maxFs > level.maxFs ? { maxFs } : {}),
  };
}

/** What a channel of ours carries: the peer's capability with the one profile that is sent. */
export function sentH264(media: H264Media, format: H264Format): H264Media {
  return { ...media, profiles: profileBit(format.profileIdc, format.profileIop) };
}

/** Packetization modes by the object identifiers of H.241; single NAL units where nothing is said. */
export function modesOf(packetizations: readonly Packetization[]): (0 | 1)[] {
  const has = (oid: string): boolean => packetizations.some(({ format }) => 'oid' in format && format.oid === oid);
  return has(identifiers.h264NonInterleaved) ? [0, 1] : [0];
}

/** The other way round. */
export function packetizationOf(mode: 0 | 1, payloadType?: number): Packetization {
  const oid = mode === 1 ? identifiers.h264NonInterleaved : identifiers.h264SingleNal;
  return { format: { oid }, ...(payloadType === undefined ? {} : { payloadType }) };
}

/** Names a codec for people. */
export function nameOfMedia(media: ChannelMedia): string {
  switch (media.kind) {
    case 'audio':
    case 'video':
      return media.codec;
    case 'content':
      return media.video.map(nameOfMedia).join('/');
    case 'h224':
      return 'h224';
    case 'other':
      return media.name;
  }
}

/** Whether two payload formats are the same thing to a decoder. */
export function isH264(format: Format): format is H264Format {
  return format.name === 'H264';
}

/** One channel has one packetization: the mode that takes every packet where the peer has it. */
export function bestSent(formats: readonly Format[]): Format | null {
  return formats.find((format) => isH264(format) && format.mode === 1) ?? formats[0] ?? null;
}

function profileBit(idc: number, iop: number): number {
  switch (familyOfProfile(idc, iop)) {
    case 'main':
      return h264Profiles.main;
    case 'high':
      return h264Profiles.high;
    case 'extended':
      return h264Profiles.extended;
    case 'baseline':
    case null:
      return h264Profiles.baseline;
  }
}
