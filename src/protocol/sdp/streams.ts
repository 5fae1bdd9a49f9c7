import type { MediaSection, RtpMap } from './description.js';
import { floorTransport, type FloorTransport } from './floor-rules.js';

/** m-line indexes of the lines a conference leg has; null where the description has none. */
export interface StreamIndexes {
  audio: number | null;
  video: number | null;
  content: number | null;
  floor: number | null;
  /** Far-end camera control (RFC 4573). */
  fecc: number | null;
  /** A second, low encoding of the main picture and of content; absent is none. */
  lowVideo?: number;
  lowContent?: number;
}

/**
 * Labels (RFC 4574) that our page gives to its low encodings, beside `content:alt` (RFC 4796): words of our own, so that no
 * device means something else by them.
 */
export const LOW_LABELS = { lowVideo: 'low-main', lowContent: 'low-slides' } as const;

/**
 * Finds what each m-line is for. Content is the video line that the floor's `mstrm` label names, else the one with
 * `content:slides`, else the second video line that calls itself nothing else, else a line of media `control` that has
 * pictures (Lifesize). Dead lines (port 0) are passed over, but one that says that it is for slides or for BFCP is where those are put later (call managers keep such places open).
 * Where a line is offered both plain and secure the plain one is taken, of floor control the secure one. `known` are the
 * indexes of earlier exchanges: a line keeps its meaning, dead or alive, unless it is dead and another one has come for
 * the same purpose. The low encodings of our page are those that say so, and never anything else.
 */
export function findStreams(media: readonly MediaSection[], known: Partial<StreamIndexes> = {}): StreamIndexes {
  const kept = (index: number | null | undefined, ...kinds: string[]): number | null =>
    index !== null && index !== undefined && kinds.includes(media[index]?.media ?? '') ? index : null;
  const live = (index: number | null): number | null => (index !== null && media[index]?.port !== 0 ? index : null);
  const was = {
    audio: kept(known.audio, 'audio'),
    video: kept(known.video, 'video'),
    content: kept(known.content, 'video', 'control'),
    floor: kept(known.floor, 'application'),
    fecc: kept(known.fecc, 'application'),
  };
  const floor = live(was.floor) ?? pickFloor(media) ?? was.floor;
  const audios = plainFirst(media.filter((m) => m.media === 'audio' && m.port !== 0));
  const low = lowOf(media, known);
  const taken = new Set([was.video, was.content, low.lowVideo, low.lowContent]);
  const fresh = media.filter((m) => m.media === 'video' && m.port !== 0 && !taken.has(m.index) && !isLow(m));
  const videos = plainFirst(fresh);
  const picked = pickContent(videos, media, floor, was.video) ?? pickControl(media);
  const content = live(was.content) ?? picked ?? was.content;
  const main = videos.find((video) => video.index !== content && !video.content.includes('slides'));
  return {
    audio: live(was.audio) ?? indexOf(audios[0]) ?? was.audio,
    video: live(was.video) ?? indexOf(main) ?? was.video,
    content: content ?? indexOf(media.find(isPlaceOfSlides)),
    floor: floor ?? indexOf(media.find((m) => m.port === 0 && m.floor !== null && isOurFloor(m))),
    fecc: live(was.fecc) ?? indexOf(media.find(isCameraControl)) ?? was.fecc,
    ...low,
  };
}

/** True for a transport under RTP media we know, plain or secure. */
export function isRtpProto(proto: string): boolean {
  return /^(RTP\/(S?AVPF?)|UDP\/TLS\/RTP\/SAVPF?)$/i.test(proto);
}

/** H.224 frames in RTP; the clock says the bit rate (RFC 4573 §3). */
export function isH224({ name, clock }: RtpMap): boolean {
  return /^h224$/i.test(name) && clock === 4800;
}

/** True for the profiles that demand keys (RTP/SAVP, RTP/SAVPF and their DTLS forms). */
export function isSecureProto(proto: string): boolean {
  return /SAVPF?$/i.test(proto);
}

function pickContent(
  videos: readonly MediaSection[],
  media: readonly MediaSection[],
  floor: number | null,
  main: number | null,
): number | null {
  const labels = (floor === null ? [] : (media[floor]?.floor?.floors ?? [])).flatMap(({ streams }) => streams);
  const others = videos.filter((video) => !video.content.includes('main'));
  const alone = main === null && videos.length === 1;
  // A label that names the only video line says nothing about slides.
  const labelled = alone ? undefined : others.find((video) => labels.some((label) => sameLabel(label, video.label)));
  const slides = labelled ?? videos.find((video) => video.content.includes('slides'));
  if (slides) return slides.index;
  const second = main === null ? videos[1] : videos[0];
  return second && second.content.length === 0 ? second.index : null;
}

/** Pictures on a line that does not call itself video; beside keyed lines it would be the only one without keys. */
function pickControl(media: readonly MediaSection[]): number | null {
  const videos = media.filter((m) => m.media === 'video' && m.port !== 0);
  if (videos.length === 0 || videos.some(({ proto }) => isSecureProto(proto))) return null;
  const hasPictures = (m: MediaSection): boolean => m.rtpmaps.some(({ name }) => /^h264$/i.test(name));
  return indexOf(media.find((m) => m.media === 'control' && isLivePlain(m) && hasPictures(m)));
}

/** The best first; WebSockets, which not every gateway can take, where nothing else is offered. */
const preference: readonly FloorTransport[] = ['DTLS', 'TLS', 'TCP-DTLS', 'UDP', 'TCP', 'WSS', 'WS'];

function pickFloor(media: readonly MediaSection[]): number | null {
  const rank = ({ proto }: MediaSection): number => {
    const transport = floorTransport(proto);
    return transport === null ? preference.length : preference.indexOf(transport);
  };
  const lines = media.filter((m) => m.floor !== null && m.port !== 0 && isOurFloor(m));
  return indexOf(lines.sort((a, b) => rank(a) - rank(b))[0]);
}

function isLow({ content, label }: MediaSection): boolean {
  return content.includes('alt') && Object.values<string | null>(LOW_LABELS).includes(label);
}

function lowOf(
  media: readonly MediaSection[],
  known: Partial<StreamIndexes>,
): Pick<StreamIndexes, 'lowVideo' | 'lowContent'> {
  const index = (name: keyof typeof LOW_LABELS): number | undefined =>
    known[name] ?? media.find((m) => m.media === 'video' && isLow(m) && m.label === LOW_LABELS[name])?.index;
  const [lowVideo, lowContent] = [index('lowVideo'), index('lowContent')];
  return { ...(lowVideo === undefined ? {} : { lowVideo }), ...(lowContent === undefined ? {} : { lowContent }) };
}

function isOurFloor({ proto }: MediaSection): boolean {
  return floorTransport(proto) !== null;
}

function isPlaceOfSlides(m: MediaSection): boolean {
  return m.port === 0 && m.media === 'video' && m.content.includes('slides') && isRtpProto(m.proto);
}

function plainFirst(sections: readonly MediaSection[]): MediaSection[] {
  const plain = sections.filter((m) => isRtpProto(m.proto) && !isSecureProto(m.proto));
  return plain.length > 0 ? plain : sections.filter((m) => isRtpProto(m.proto));
}

/** A live line of H.224 over plain RTP; keyed ones are nothing that the media anchor takes. */
function isCameraControl(m: MediaSection): boolean {
  return m.media === 'application' && isLivePlain(m) && m.rtpmaps.some(isH224);
}

function isLivePlain({ port, proto }: MediaSection): boolean {
  return port !== 0 && isRtpProto(proto) && !isSecureProto(proto);
}

/** Labels are tokens, but some devices write numbers with leading zeros. */
function sameLabel(a: string, b: string | null): boolean {
  const bare = (label: string): string => label.replace(/^0+(?=\d)/, '');
  return b !== null && bare(a) === bare(b);
}

function indexOf(section: MediaSection | undefined): number | null {
  return section?.index ?? null;
}
