import { chosen } from '../../asn1/choice.js';
import type { AudioMode, ModeDescription, ModeElementType, VideoMode } from '../h245/schema.js';
import { readGenericAudio, readPlainAudio } from './audio-values.js';
import type { AudioMedia, OtherMedia, VideoMedia } from './values.js';
import { readVideo } from './video-values.js';

/** One element of a mode: what is to be sent. */
export type ModeMedia = AudioMedia | VideoMedia | OtherMedia;

/** What is to be sent at the same time in a mode (H.245 §7.9); who says nothing of H.264 takes it as it is. */
export function readMode(mode: ModeDescription): ModeMedia[] {
  return mode.map(({ type }) => readElement(type));
}

function readElement(type: ModeElementType): ModeMedia {
  if (type.audioMode) return readAudioMode(type.audioMode);
  if (type.videoMode) return readVideoMode(type.videoMode);
  return { kind: 'other', name: chosen(type) };
}

function readAudioMode(mode: AudioMode): AudioMedia | OtherMedia {
  if (mode.genericAudioMode) return readGenericAudio(mode.genericAudioMode);
  const name = chosen(mode);
  return readPlainAudio(name, framesUntold) ?? { kind: 'other', name };
}

function readVideoMode(mode: VideoMode): VideoMedia | OtherMedia {
  const { genericVideoMode } = mode;
  const media = genericVideoMode && readVideo({ genericVideoCapability: genericVideoMode });
  if (media?.kind !== 'video') return { kind: 'other', name: chosen(mode) };
  if (media.codec !== 'h264') return media;
  const { collapsing = [], nonCollapsing = [] } = genericVideoMode ?? {};
  return collapsing.length + nonCollapsing.length > 0 ? media : { ...media, ...anyH264 };
}

/** Modes say nothing of packets. */
const framesUntold = 1;
/** Every profile bit, and the highest level. */
const anyH264 = { profiles: 0xff, levelIdc: 52 } as const;
