import type {
  Capability,
  CapabilityEntry,
  CapabilitySet,
  ChannelMedia,
  ContentMedia,
  H264Media,
  OlderVideoMedia,
  Packetization,
  VideoMedia,
} from '../protocol/h323/control/contract.js';
import { algorithmsOf, capabilitySet, combinations, receives } from '../protocol/h323/control/capabilities.js';
import {
  audioCapability,
  audioFormat,
  h264Capability,
  h264Formats,
  isH264,
  modesOf,
  nameOfMedia,
  packetizationOf,
  sentAudio,
  sentH264,
} from './h245-formats.js';
import { olderCapabilities, olderFormat } from './h245-older.js';
import { familyOfProfile } from './h264.js';
import type { Abilities, LineOffer, MediaOffer } from './negotiate.js';
import type { Format, LineName } from './vocabulary.js';

/** Payload numbers of channels of ours; who opens a channel chooses (H.225.0 §6.2). */
const VIDEO_NUMBER = 96;
const CONTENT_NUMBER = 98;
const EVENTS_NUMBER = 101;
/** Formats of one line that are looked at, of the most preferred entries; devices have a handful of codecs. */
const MOST_FORMATS = 64;
/** Jitter that our audio may have, milliseconds. */
const AUDIO_JITTER_MS = 60;
/** Far-end camera control, bit/s (H.323 Annex Q). */
const FECC_BPS = 4800;
/** RTCP feedback is not spoken of in H.245: pictures are asked for by videoFastUpdatePicture. */
const NO_FEEDBACK = { pli: false, fir: false, nack: false, remb: false } as const;

/** What an endpoint can receive, as the common vocabulary has it, and what H.245 calls it. */
export interface RemoteMedia {
  /** Without addresses: those come with channels. */
  offer: MediaOffer;
  /** H.239 is spoken. */
  h239: boolean;
  /** Object identifiers of the algorithms by which a format of `offer` may be encrypted (H.235.6); none is plain only. */
  algorithms(format: Format): readonly string[];
  /** What a channel of ours is to say that it carries, for a format of `offer`. */
  sent(format: Format): { media: ChannelMedia; packetization: Packetization | null } | null;
}

/** Reads a capability set of the peer: what we may send to it. */
export function readCapabilities(set: CapabilitySet): RemoteMedia {
  const found = new Map<Format, FoundMedia>();
  const modes = modesOf(set.packetizations);
  const [audios, videos] = [receives(set, 'audio'), receives(set, 'video')];
  // slides count only beside the main picture
  const together = combinations(set);
  const contents = receives(set, 'content')
    .filter(isSlides)
    .filter((slides) => videos.length === 0 || videos.some(({ number }) => together([number, slides.number])));
  const audio = lineOf(audios, (media) => [[audioFormat(media), media]], found);
  const video = lineOf(videos, (media) => videoFormats(media, VIDEO_NUMBER, modes), found);
  const content = lineOf(contents, (media) => contentFormats(media, modes), found);
  const [events] = receives(set, 'events');
  if (audio && events) audio.events = [{ pt: events.capability.payloadType, clock: 8000 }];
  const offer: MediaOffer = { maxKbps: null, secure: 'none', bestEffort: false };
  if (audio) offer.audio = audio;
  if (video) offer.video = video;
  if (content) offer.content = content;
  return {
    offer,
    h239: set.entries.some(({ capability }) => capability.kind === 'h239'),
    algorithms(format) {
      const entry = found.get(format)?.entry;
      return entry === undefined ? [] : algorithmsOf(set, entry);
    },
    sent(format) {
      const media = found.get(format)?.media;
      return media === undefined ? null : sentAs(media, format);
    },
  };
}

/** What one channel of the peer carries, as an offer of that alone. */
export function readChannel(
  name: LineName,
  media: ChannelMedia,
  payloadType: number | null,
  packetization: Packetization | null,
): MediaOffer {
  // who says nothing of packets may be met in either form: both are understood
  const modes = packetization ? [modesOf([packetization]).at(-1) ?? 0] : ([0, 1] as const);
  const formats: (Format | null)[] = [];
  if (media.kind === 'audio') {
    const format = audioFormat(media);
    formats.push(format && { ...format, pt: payloadType ?? format.pt });
  }
  const pictures = media.kind === 'content' ? media.video : media.kind === 'video' ? [media] : [];
  for (const one of pictures) {
    if (one.codec !== 'h264') formats.push(olderFormat(one, payloadType, packetization));
    else if (payloadType !== null) formats.push(...h264Formats(one, payloadType, modes));
  }
  const known = formats.filter((format) => format !== null);
  return { [name]: offerOf(known, [nameOfMedia(media)]), maxKbps: null, secure: 'none', bestEffort: false };
}

/** What our capability set depends on besides our abilities. */
export interface SetOptions {
  fecc: boolean;
  /** Algorithms by which all media may be encrypted, by object identifier; none where keys were not agreed on. */
  algorithms?: readonly string[];
}

/** Sets that were made, by what they are of: calls share them. */
const made = new WeakMap<Abilities, Map<string, CapabilitySet>>();

/** Our capability set: what we want to receive. The same object for the same abilities. */
export function ourCapabilities(abilities: Abilities, options: SetOptions): CapabilitySet {
  const sets = made.get(abilities) ?? new Map<string, CapabilitySet>();
  made.set(abilities, sets);
  const key = [options.fecc, ...(options.algorithms ?? [])].join(' ');
  const set = sets.get(key) ?? makeCapabilities(abilities, options);
  sets.set(key, set);
  return set;
}

function makeCapabilities(abilities: Abilities, options: SetOptions): CapabilitySet {
  const { audio, maxKbps } = abilities;
  const { algorithms = [] } = options;
  const sealed = algorithms.length > 0;
  const sounds = audio.map(({ name }) => audioCapability(name)).filter((media) => media !== null);
  const content = ourPictures(abilities, maxKbps.content);
  const slides: ContentMedia[] = content.length > 0 ? [content, ...olderSlides(abilities)].map(slidesBy) : [];
  const events: Capability[] = abilities.events
    ? [
        { kind: 'userInput', form: 'basicString' },
        { kind: 'userInput', form: 'dtmf' },
        { kind: 'events', payloadType: EVENTS_NUMBER, events: '0-16' },
      ]
    : [];
  const groups: Capability[][] = [
    sounds,
    [...ourPictures(abilities, maxKbps.video), ...ourOlderPictures(abilities)],
    slides,
    slides.length > 0 ? [{ kind: 'h239' }] : [],
    options.fecc ? [{ kind: 'h224', maxBitRate: FECC_BPS }] : [],
    ...events.map((one) => [one]),
  ];
  const set = capabilitySet(
    groups.map((group) =>
      group.map((capability) => ({ direction: capability.kind === 'h239' ? 'both' : 'receive', capability })),
    ),
    {
      packetizations: ([0, 1] as const).map((mode) => packetizationOf(mode, VIDEO_NUMBER)),
      maxAudioDelayJitter: AUDIO_JITTER_MS,
    },
  );
  return sealed ? secured(set, algorithms) : set;
}

/** The set with a capability of security for each of media, which stands beside it as one more alternative (H.235.6). */
export function secured(set: CapabilitySet, algorithms: readonly string[]): CapabilitySet {
  const numbers = new Map<number, number>();
  const security: CapabilityEntry[] = [];
  for (const { number, capability } of set.entries) {
    if (!['audio', 'video', 'content', 'h224'].includes(capability.kind)) continue;
    const own = set.entries.length + security.length + 1;
    numbers.set(number, own);
    const one: Capability = { kind: 'security', entry: number, algorithms: [...algorithms] };
    security.push({ number: own, direction: 'both', capability: one });
  }
  const beside = (entry: number): number[] => [entry, numbers.get(entry) ?? []].flat();
  const descriptors = set.descriptors.map(({ number, simultaneous }) => ({
    number,
    simultaneous: simultaneous.map((alternatives) => alternatives.flatMap(beside)),
  }));
  return { ...set, entries: [...set.entries, ...security], descriptors };
}

/** Pictures as we want them, up to a bit rate. */
export function ourPictures({ video }: Abilities, kbps = 4000): H264Media[] {
  return offeredProfiles(video).map((ability) => h264Capability(ability, kbps));
}

/** Pictures that are encoded anew, where the configuration wants that. */
export function ourOlderPictures({ otherVideo = [], maxKbps }: Abilities): OlderVideoMedia[] {
  return olderCapabilities(otherVideo, maxKbps.video);
}

/** Slides of H.261 are sent by nobody. */
function olderSlides({ otherVideo = [], maxKbps }: Abilities): OlderVideoMedia[][] {
  return olderCapabilities(
    otherVideo.filter((name) => name !== 'H261'),
    maxKbps.content,
  ).map((one) => [one]);
}

function slidesBy(video: VideoMedia[]): ContentMedia {
  return { kind: 'content', roles: { presentation: true, live: false }, video };
}

/** Payload number of events that our own capability set names. */
export const ourEvents = { pt: EVENTS_NUMBER, clock: 8000 } as const;

/** Profiles of the first family only: a device uses the richest that it is offered, and forwarding cannot change it. */
function offeredProfiles(video: Abilities['video']): Abilities['video'] {
  const [first] = video;
  if (!first) return [];
  const family = familyOfProfile(first.profileIdc, first.profileIop);
  return video.filter((one) => familyOfProfile(one.profileIdc, one.profileIop) === family).slice(0, 1);
}

/** Slides; a second camera alone (role live) is none. */
function isSlides({ capability }: { capability: ContentMedia }): boolean {
  return capability.roles.presentation;
}

type Found = readonly (readonly [Format | null, ChannelMedia])[];

/** What a format of the offer stands for in the peer's set. */
interface FoundMedia {
  media: ChannelMedia;
  /** Number in the table. */
  entry: number;
}

function lineOf<M extends ChannelMedia>(
  entries: readonly { number: number; capability: M }[],
  formatsOf: (media: M) => Found,
  found: Map<Format, FoundMedia>,
): LineOffer | null {
  if (entries.length === 0) return null;
  const formats: Format[] = [];
  for (const { number: entry, capability } of entries) {
    for (const [format, media] of formatsOf(capability)) {
      if (!format || formats.length >= MOST_FORMATS) continue;
      found.set(format, { media, entry });
      formats.push(format);
    }
  }
  return offerOf(
    formats,
    entries.map(({ capability }) => nameOfMedia(capability)),
  );
}

function videoFormats(media: VideoMedia, pt: number, modes: readonly (0 | 1)[]): Found {
  const formats = media.codec === 'h264' ? h264Formats(media, pt, modes) : [olderFormat(media)];
  return formats.map((format) => [format, media] as const);
}

/** Each codec of an extendedVideoCapability by itself, so that a channel says which one it carries. */
function contentFormats(media: ContentMedia, modes: readonly (0 | 1)[]): Found {
  return media.video.flatMap((video) =>
    videoFormats(video, CONTENT_NUMBER, modes).map(([format]) => {
      const roles = { presentation: true, live: false };
      return [format, { kind: 'content', roles, video: [video] } satisfies ContentMedia] as const;
    }),
  );
}

function offerOf(formats: Format[], names: string[]): LineOffer {
  return {
    direction: 'sendrecv',
    remote: null,
    formats,
    events: [],
    feedback: NO_FEEDBACK,
    maxKbps: null,
    label: null,
    held: false,
    rtcpMux: false,
    secure: 'none',
    unusable: null,
    names,
    index: -1,
  };
}

function sentAs(media: ChannelMedia, format: Format): { media: ChannelMedia; packetization: Packetization | null } {
  if (media.kind === 'audio') return { media: sentAudio(media), packetization: null };
  if (!isH264(format)) return { media, packetization: null };
  const packetization = packetizationOf(format.mode, format.pt);
  if (media.kind === 'video' && media.codec === 'h264') return { media: sentH264(media, format), packetization };
  if (media.kind !== 'content') return { media, packetization };
  const video = media.video.map((one) => (one.codec === 'h264' ? sentH264(one, format) : one));
  return { media: { ...media, video }, packetization };
}
