import type { Endpoint } from '../../../src/base/net.js';
import { capabilitySet, receives } from '../../../src/protocol/h323/control/capabilities.js';
import type {
  AudioCodec,
  Capability,
  CapabilitySet,
  ChannelMedia,
  ChannelParameters,
  H264Media,
  Packetization,
} from '../../../src/protocol/h323/control/contract.js';
import { h264Profiles } from '../../../src/protocol/h323/control/h264-values.js';
import { identifiers } from '../../../src/protocol/h323/control/identifiers.js';
import type { FullOptions } from '../options.js';
import { levelFor } from '../pattern/parameter-sets.js';
import type { AudioFormatName } from '../sdp/outcome.js';
import type { VideoFormat } from '../view/line.js';
import type { Device } from './devices.js';

/** Addresses where lines receive. */
export type Places = (name: LineName) => { media: Endpoint; control: Endpoint };

/** The lines of a call as the endpoint has them. */
export type LineName = 'audio' | 'video' | 'content';

/** Names and payload numbers of SDP for the codecs of H.245 (RFC 3551 §6). */
const voices: Partial<Record<AudioCodec, AudioFormatName>> = {
  g711A: { name: 'PCMA', pt: 8 },
  g711U: { name: 'PCMU', pt: 0 },
  g722: { name: 'G722', pt: 9 },
};

/** Payload numbers of our channels, as H323Plus has them. */
const numbers = { video: 96, content: 98 } as const;
/** That of keys beside the sound (RFC 4733). */
export const keysNumber = 101;
const usualKbps = 4000;
/** Milliseconds of sound in a packet: taken at most, and sent. */
const audioMs = { taken: 60, sent: 20 } as const;
const packetizations = { 0: identifiers.h264SingleNal, 1: identifiers.h264NonInterleaved } as const;
const presentation = { presentation: true, live: false } as const;

/** What the device takes. */
export function capabilitiesOf(device: Device, kbps = usualKbps): CapabilitySet {
  const picture: H264Media = {
    kind: 'video',
    codec: 'h264',
    maxBitRate: kbps * 1000,
    profiles: h264Profiles.baseline,
    levelIdc: 31,
    maxMbps: 245_500,
    maxFs: 8192,
  };
  const groups: Capability[][] = [
    device.audio.map((codec) => ({ kind: 'audio', codec, frames: audioMs.taken })),
    device.video ? [picture] : [],
    device.content ? [{ kind: 'content', roles: presentation, video: [picture] }] : [],
    device.content ? [{ kind: 'h239' }] : [],
    [{ kind: 'userInput', form: 'basicString' }],
    [{ kind: 'userInput', form: 'dtmf' }],
    [{ kind: 'events', payloadType: keysNumber, events: '0-15' }],
  ];
  return capabilitySet(
    groups.map((group) => group.map((capability) => ({ direction: 'receive' as const, capability }))),
    {
      packetizations: device.modes.map((mode) => ({
        format: { oid: packetizations[mode] },
        payloadType: numbers.video,
      })),
    },
  );
}

/** What the device sends on a line to somebody who takes this; null where nothing fits. */
export function sentOn(
  line: LineName,
  device: Device,
  remote: CapabilitySet,
  options: FullOptions,
): Pick<ChannelParameters, 'media' | 'payloadType' | 'packetization'> | null {
  if (line === 'audio') {
    const taken = receives(remote, 'audio').map(({ capability }) => capability.codec);
    const codec = device.audio.find((one) => taken.includes(one));
    return codec === undefined ? null : sound(codec);
  }
  if (line === 'video' ? !device.video || !takesPictures(remote) : !device.content || !takesContent(remote))
    return null;
  const has = (oid: string): boolean =>
    remote.packetizations.some(({ format }) => 'oid' in format && format.oid === oid);
  return picturesOn(line, device.modes.includes(1) && has(packetizations[1]) ? 1 : 0, options);
}

/** One codec as it is sent. */
export function sound(codec: AudioCodec): Pick<ChannelParameters, 'media' | 'payloadType' | 'packetization'> {
  return { media: { kind: 'audio', codec, frames: audioMs.sent }, payloadType: null, packetization: null };
}

/** H.264 as it is sent. */
export function picturesOn(
  line: 'video' | 'content',
  mode: 0 | 1,
  { size, fps, contentSize, contentFps, kbps = usualKbps }: FullOptions,
): { media: ChannelMedia; payloadType: number; packetization: Packetization } {
  const levelIdc = line === 'video' ? levelFor(size, fps) : levelFor(contentSize, contentFps);
  const profiles = h264Profiles.baseline;
  const picture: H264Media = { kind: 'video', codec: 'h264', maxBitRate: kbps * 1000, profiles, levelIdc };
  const payloadType = numbers[line];
  return {
    media: line === 'video' ? picture : { kind: 'content', roles: presentation, video: [picture] },
    payloadType,
    packetization: { format: { oid: packetizations[mode] }, payloadType },
  };
}

/** The other side speaks H.239 and takes slides. */
export function takesContent(remote: CapabilitySet): boolean {
  const h239 = remote.entries.some(({ capability }) => capability.kind === 'h239');
  return h239 && receives(remote, 'content').some(({ capability }) => capability.video.some(isH264));
}

function takesPictures(remote: CapabilitySet): boolean {
  return receives(remote, 'video').some(({ capability }) => isH264(capability));
}

/** For which line a channel is, if the device has that. */
export function lineOf(media: ChannelMedia, device: Device): LineName | null {
  switch (media.kind) {
    case 'audio':
      return device.audio.includes(media.codec) ? 'audio' : null;
    case 'video':
      return device.video && isH264(media) ? 'video' : null;
    case 'content':
      return device.content && media.video.some(isH264) ? 'content' : null;
    default:
      return null;
  }
}

/** The audio format of a channel, by its name in SDP. */
export function voiceOf({ media, payloadType }: ChannelParameters): AudioFormatName | null {
  const voice = media.kind === 'audio' ? voices[media.codec] : undefined;
  return voice ? { ...voice, pt: payloadType ?? voice.pt } : null;
}

/** The pictures of a channel. */
export function picturesOf({ payloadType, packetization }: ChannelParameters): VideoFormat | null {
  const oid = packetization && 'oid' in packetization.format ? packetization.format.oid : '';
  return payloadType === null ? null : { pt: payloadType, mode: oid === packetizations[1] ? 1 : 0 };
}

function isH264({ codec }: { codec: string }): boolean {
  return codec === 'h264';
}
