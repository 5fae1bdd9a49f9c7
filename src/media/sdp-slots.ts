import type { MediaSection } from '../protocol/sdp/description.js';
import { isRtpProto, type StreamIndexes } from '../protocol/sdp/streams.js';
import type { Abilities, LineAnswer } from './negotiate.js';
import { LINE_NAMES } from './negotiate.js';
import { type OurLine, sameFormat } from './settle.js';
import { G7221_CLOCK } from './passed-sound.js';
import { OFFERED_OTHERS, ourOtherVideo } from './other-video.js';
import type { AudioCodecName, FecFormat, Format, StreamName, TelephoneEventFormat } from './vocabulary.js';

/** What a row of the m-line table is for; null is refused for good. */
export type SlotRole = StreamName | 'floor' | 'fecc' | null;

/** One row of the table of m-lines; rows are never taken out (RFC 3264 §8). */
export interface Slot {
  role: SlotRole;
  media: string;
  proto: string;
  /** fmt tokens for when it is switched off. */
  formats: string[];
  /** Formats in use or last used, with our payload numbers; null before the first agreement. */
  our: OurLine | null;
  wildcard: boolean;
  mid: string | null;
}

/** Payload numbers of our own offers: static ones where they exist (RFC 3551 §6). */
const AUDIO_NUMBERS: Readonly<Record<AudioCodecName, { pt: number; clock: number; channels: number }>> = {
  opus: { pt: 96, clock: 48000, channels: 2 },
  G722: { pt: 9, clock: 8000, channels: 1 },
  PCMA: { pt: 8, clock: 8000, channels: 1 },
  PCMU: { pt: 0, clock: 8000, channels: 1 },
  'G7221-32': { pt: 113, clock: G7221_CLOCK, channels: 1 },
  'G7221-24': { pt: 112, clock: G7221_CLOCK, channels: 1 },
};
const EVENTS: TelephoneEventFormat[] = [
  { pt: 101, clock: 8000 },
  { pt: 102, clock: 48000 },
];
/** Numbers of sound that keep their meaning when a peer's own offer has left them out. */
const ourSounds: ReadonlySet<number> = new Set([...Object.values(AUDIO_NUMBERS), ...EVENTS].map(({ pt }) => pt));
const FIRST_VIDEO_NUMBER = 97;
/** Payload number of H.224 in our own offers. */
export const FECC_NUMBER = 110;
/** Profiles of our own offers: all that family members decode, without the fallbacks for peers that have nothing else. */
const OFFERED_PROFILES = 2;

/** Table after the peer's offer: its sections, with the roles that `streams` gives them. */
export function slotsOf(media: readonly MediaSection[], streams: StreamIndexes, before: readonly Slot[]): Slot[] {
  return media.map((section) => ({
    role: roleAt(streams, section.index),
    media: section.media,
    proto: section.proto,
    formats: section.formats,
    our: before[section.index]?.our ?? null,
    wildcard: !section.feedback.some(({ pt }) => pt !== null),
    mid: section.mid,
  }));
}

/** Where each role stands in the table. */
export function indexesOf(slots: readonly Slot[]): StreamIndexes {
  const find = (role: SlotRole): number | null => {
    const index = slots.findIndex((slot) => slot.role === role);
    return index < 0 ? null : index;
  };
  const [lowVideo, lowContent] = [find('lowVideo'), find('lowContent')];
  return {
    audio: find('audio'),
    video: find('video'),
    content: find('content'),
    floor: find('floor'),
    fecc: find('fecc'),
    ...(lowVideo === null ? {} : { lowVideo }),
    ...(lowContent === null ? {} : { lowContent }),
  };
}

/** The table with a row for every role we want, new ones at the end (RFC 3264 §8.1). */
export function withRoles(
  slots: readonly Slot[],
  wanted: readonly Exclude<SlotRole, null>[],
  floorProto: string,
): Slot[] {
  const proto = slots.find((slot) => slot.media === 'video' && isRtpProto(slot.proto))?.proto;
  const rtp = proto ?? slots.find((slot) => slot.role === 'audio')?.proto ?? 'RTP/AVP';
  const added = wanted.filter((role) => !slots.some((slot) => slot.role === role));
  return [
    // a line that was refused may be offered over something else
    ...slots.map((slot) => (slot.role === 'floor' && wanted.includes('floor') ? { ...slot, proto: floorProto } : slot)),
    ...added.map((role) => ({
      role,
      media: role === 'floor' || role === 'fecc' ? 'application' : role === 'audio' ? 'audio' : 'video',
      proto: role === 'floor' ? floorProto : role === 'fecc' ? 'RTP/AVP' : rtp,
      formats: role === 'floor' ? ['*'] : role === 'fecc' ? [String(FECC_NUMBER)] : [],
      our: null,
      wildcard: true,
      mid: null,
    })),
  ];
}

/** What we state on a line after an agreement. */
export function ourLine(answer: LineAnswer): OurLine {
  const { direction, receive, events, rtx, fec, feedback, rtcpMux } = answer;
  const stated = events.receive.slice(0, events.send.length);
  const repair = { ...(rtx ? { rtx: rtx.receive } : {}), ...(fec ? { fec: fec.receive } : {}) };
  return { direction, formats: receive, events: stated, ...repair, feedback, rtcpMux };
}

/** How much an offer lists. */
export interface OfferScope {
  /**
   * Beside what is in use whatever else we can, under numbers that never meant anything on this line: for peers that may have
   * changed behind the dialog (re-INVITE without SDP).
   */
  full: boolean;
  /** These codecs of sound alone, in this order, whatever is in use. */
  sounds?: readonly AudioCodecName[] | undefined;
}

/**
 * What we offer on a line: what it used last, so that payload numbers keep their meaning (RFC 3264 §8.3.2); a new content
 * line what the main video uses; else all we can.
 */
export function offerLine(
  name: StreamName,
  slots: readonly Slot[],
  index: number,
  abilities: Abilities,
  { full, sounds }: OfferScope,
): OurLine {
  const used = slots[index]?.our;
  const main = name === 'content' ? slots.find((slot) => slot.role === 'video')?.our : null;
  const all = name === 'audio' ? audioFormats(abilities) : videoFormats(abilities);
  const base = used?.formats ?? main?.formats ?? all;
  const taken = new Set([...(slots[index]?.formats ?? []).map(Number), ...base.map(({ pt }) => pt)]);
  for (const { pt } of [...(used?.events ?? []), ...(used?.rtx ?? [])]) taken.add(pt);
  const known = used ? used.fec : main?.fec;
  for (const pt of known ? [known.red, known.ulpfec] : []) taken.add(pt);
  const every = full || sounds ? [...base, ...others(base, all, taken)] : base;
  const alone = (sounds ?? []).flatMap((wanted) => every.filter((one) => one.name === wanted));
  const formats = alone.length > 0 ? alone : every;
  const fec = known ?? (!used && !main && name !== 'audio' && abilities.fec === 'offer' ? freeFec(taken) : undefined);
  return {
    direction: 'sendrecv',
    formats: formats.map((format) => (format.name === 'H264' ? { ...format, parameterSets: [] } : format)),
    events: used?.events ?? (name === 'audio' && abilities.events ? eventsOf(formats) : []),
    // never of our own accord: devices that do not know it take its number for a codec
    ...(used?.rtx ? { rtx: used.rtx } : {}),
    ...(fec ? { fec } : {}),
    feedback: used?.feedback ?? abilities.feedback,
    rtcpMux: used?.rtcpMux ?? abilities.rtcpMux,
  };
}

/** Formats of `all` that `base` does not mean already, renumbered where their number is taken; `taken` grows. */
function others(base: readonly Format[], all: readonly Format[], taken: Set<number>): Format[] {
  return all.flatMap((format) => {
    if (base.some((known) => sameFormat(known, format))) return [];
    const means = (pt: number): boolean => taken.has(pt) || (format.kind === 'audio' && ourSounds.has(pt));
    const free = Array.from({ length: 32 }, (_, at) => 96 + at).find((pt) => !means(pt));
    const pt = format.pt < 96 || !taken.has(format.pt) ? format.pt : free;
    if (pt === undefined) return [];
    taken.add(pt);
    return [{ ...format, pt }];
  });
}

/** Numbers for FEC that mean nothing else on the line. */
function freeFec(taken: ReadonlySet<number>): FecFormat | undefined {
  const [red, ulpfec] = Array.from({ length: 12 }, (_, at) => 116 + at).filter((pt) => !taken.has(pt));
  return red === undefined || ulpfec === undefined ? undefined : { red, ulpfec };
}

function roleAt(streams: StreamIndexes, index: number): SlotRole {
  if (streams.floor === index) return 'floor';
  if (streams.fecc === index) return 'fecc';
  return LINE_NAMES.find((name) => streams[name] === index) ?? null;
}

function audioFormats(abilities: Abilities): Format[] {
  return abilities.audio.map(({ name, params }) => ({ kind: 'audio', name, ...AUDIO_NUMBERS[name], params }));
}

function eventsOf(formats: readonly Format[]): TelephoneEventFormat[] {
  return EVENTS.filter(({ clock }) => formats.some((format) => format.clock === clock));
}

/** Mode 0 first, as in our answers: who supports it can be seen by legs that know nothing else. */
function videoFormats(abilities: Abilities): Format[] {
  const modes = abilities.video.slice(0, OFFERED_PROFILES).flatMap((ability) => {
    return [...ability.modes].sort((a, b) => a - b).map((mode) => ({ ability, mode }));
  });
  const first = modes.map(({ ability, mode }, index): Format => ({
    kind: 'video',
    name: 'H264',
    pt: FIRST_VIDEO_NUMBER + index,
    clock: 90000,
    profileIdc: ability.profileIdc,
    profileIop: ability.profileIop,
    levelIdc: ability.levelIdc,
    mode,
    levelAsymmetry: true,
    maxMbps: ability.maxMbps,
    maxFs: ability.maxFs,
    maxBr: ability.maxBr,
    parameterSets: [],
  }));
  const free = FIRST_VIDEO_NUMBER + first.length;
  const others = (abilities.otherVideo ?? []).filter((name) => OFFERED_OTHERS.includes(name));
  return [...first, ...others.map((name, index) => ourOtherVideo(name, free + index))];
}
