import type { Abilities } from './negotiate.js';
import { OTHER_VIDEO } from './other-video.js';
import { isPassed, passedParams } from './passed-sound.js';
import type { AudioCodecName, PassedCodecName } from './vocabulary.js';

/** Macroblocks a second and a picture of 1920x1088 at 30 a second (H.264 level 4). */
const FULL_HD = { levelIdc: 40, maxMbps: 245760, maxFs: 8192 } as const;

/**
 * What the gateway can do. Constrained Baseline and Baseline come first: they are what every endpoint and browser both
 * sends and decodes, and forwarding cannot change a profile. Main and High are for peers that have nothing else; so are
 * other codecs, where pictures can be encoded anew.
 */
export function gatewayAbilities(
  maxKbps: { video: number; content: number } = { video: 4000, content: 4000 },
  transcodes = false,
  fec = true,
): Abilities {
  const limits = { ...FULL_HD, maxBr: Math.max(maxKbps.video, maxKbps.content) };
  return {
    audio: [
      { name: 'opus', params: { useinbandfec: '1' } },
      { name: 'G722', params: {} },
      { name: 'PCMA', params: {} },
      { name: 'PCMU', params: {} },
    ],
    video: [
      { profileIdc: 0x42, profileIop: 0xe0, modes: [0, 1], ...limits },
      { profileIdc: 0x42, profileIop: 0x80, modes: [0, 1], ...limits },
      { profileIdc: 0x4d, profileIop: 0x00, modes: [0, 1], ...limits },
      { profileIdc: 0x64, profileIop: 0x00, modes: [0, 1], ...limits },
      { profileIdc: 0x64, profileIop: 0x0c, modes: [0, 1], ...limits },
    ],
    ...(transcodes ? { otherVideo: [...OTHER_VIDEO] } : {}),
    events: true,
    feedback: { pli: true, fir: true, nack: true, remb: true, tmmbr: true },
    ...(fec ? { fec: 'answer' } : {}),
    maxKbps,
    rtcpMux: false,
  };
}

/**
 * The same with these codecs of sound before the others: who takes one of them needs no mixer. Codecs that are only passed
 * on are there by this alone; where all of these are such, there is no other.
 */
export function preferring(ours: Abilities, sounds: readonly AudioCodecName[]): Abilities {
  if (sounds.length === 0) return ours;
  const first = sounds.flatMap((name) =>
    isPassed(name) ? { name, params: passedParams(name) } : ours.audio.filter((one) => one.name === name),
  );
  if (sounds.every(isPassed)) return { ...ours, audio: first };
  return { ...ours, audio: [...first, ...ours.audio.filter((one) => !first.includes(one))] };
}

/** The same with these codecs, which are only passed on, behind all others. */
export function passing(ours: Abilities, sounds: readonly PassedCodecName[]): Abilities {
  const last = sounds.map((name) => ({ name, params: passedParams(name) }));
  return last.length > 0 ? { ...ours, audio: [...ours.audio, ...last] } : ours;
}

/** Whether there is anything that is only passed on. */
export function hasPassed({ audio }: Abilities): boolean {
  return audio.some(({ name }) => isPassed(name));
}

/** The same with the sound of a call of two settled: in one codec that is only passed on, or (null) in none of these. */
export function settledOn(ours: Abilities, passed: PassedCodecName | null): Abilities {
  if (passed) return preferring(ours, [passed]);
  return hasPassed(ours) ? { ...ours, audio: ours.audio.filter(({ name }) => !isPassed(name)) } : ours;
}
