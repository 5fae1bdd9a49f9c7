import type { Verdict } from '../base/errors.js';
import { DualstreamError } from '../base/errors.js';
import type { IceAttributes } from '../protocol/sdp/ice.js';
import type { Fingerprint } from '../protocol/sdp/fingerprint.js';
import type { FloorTransport } from '../protocol/sdp/floor-rules.js';
import { familyOfProfile, levelLimits, subProfile } from './h264.js';
import type {
  AudioCodecName,
  AudioFormat,
  Direction,
  FecFormat,
  Feedback,
  Format,
  H264Format,
  LineName,
  MediaAddress,
  OtherVideoFormat,
  OtherVideoName,
  ResendFormat,
  StreamName,
  TelephoneEventFormat,
} from './vocabulary.js';

/** How a line's media is keyed. */
export type Secure = 'none' | 'sdes' | 'dtls';

/** One line as its author describes it: where it wants its media, and in which formats. */
export interface LineOffer {
  /** As seen by the author. */
  direction: Direction;
  /** Null while the author gives no usable address (hold with 0.0.0.0). */
  remote: MediaAddress | null;
  /** Formats of our vocabulary the author can receive, in its order of preference, with its payload numbers. */
  formats: Format[];
  events: TelephoneEventFormat[];
  /** Numbers for what is sent again; absent is none. */
  rtx?: ResendFormat[];
  /** Numbers of FEC; absent is none. */
  fec?: FecFormat;
  feedback: Feedback;
  /** What the author wants to receive at most, kbit/s; null is unlimited. */
  maxKbps: number | null;
  /** What it wants on all its lines together, kbit/s; null or absent is unlimited. */
  callKbps?: number | null;
  /** RFC 4574 label in the author's description. */
  label: string | null;
  /** The author put the line on hold: null address, sendonly or inactive (content: null address or inactive only). */
  held: boolean;
  /** RTCP on the RTP port is possible (RFC 5761). */
  rtcpMux: boolean;
  secure: Secure;
  /** Why this line cannot be used whatever its formats are (host name for an address, unknown transport); else null. */
  unusable: string | null;
  /** Names of all formats offered, ours or not, for messages. */
  names: string[];
  /** Index of the m-line (SDP) or channel it came from; -1 where there is none. */
  index: number;
}

/** Floor control as offered. */
export interface FloorOffer {
  transport: FloorTransport;
  /** Null when the offerer does not listen (TCP active, port 9). */
  remote: { address: string; port: number } | null;
  /** Which side we take when we accept: `client` only where the peer insists on being the server (s-only). */
  weWouldBe: 'server' | 'client';
  /** bfcpver both have: 2 on UDP (1 when that is all the peer lists), 1 on TCP. */
  version: 1 | 2;
  /** What the peer's certificate has to match; empty on plain transports. */
  fingerprints: Fingerprint[];
  /** RFC 8842 §5.1: another one is another DTLS association. */
  tlsId: string | null;
  /**
   * ICE, on DTLS only; `mismatch` where the address of the line is none of its candidates, since somebody on the way has
   * changed it (RFC 8839 §4.2.5). Absent where it is not offered.
   */
  ice?: IceAttributes | 'mismatch';
  /** The peer takes WebSockets there and opens none. */
  webServer?: { uri: string; fingerprints: Fingerprint[] };
  /** Ids in the offer; they count only when the peer becomes server. */
  confId: number | null;
  userId: number | null;
  floorId: number | null;
  /** Index of the m-line. */
  index: number;
}

/** Far-end camera control as offered: H.224 frames over RTP (RFC 4573). */
export interface FeccOffer {
  direction: Direction;
  remote: MediaAddress | null;
  /** The author's payload number. */
  pt: number;
  /** Index of the m-line. */
  index: number;
}

/** Far-end camera control as agreed, from our side. */
export interface FeccAnswer {
  direction: Direction;
  remote: MediaAddress | null;
  /** Our payload number and the peer's; they differ only where an answer renumbers. */
  receive: number;
  send: number;
}

/** What a peer offers, whatever syntax it came in (SDP, H.245). Absent: not offered or switched off. */
export interface MediaOffer {
  audio?: LineOffer;
  video?: LineOffer;
  content?: LineOffer;
  lowVideo?: LineOffer;
  lowContent?: LineOffer;
  floor?: FloorOffer;
  fecc?: FeccOffer;
  /** Of the whole call, kbit/s; already applied to each line. */
  maxKbps: number | null;
  /** Keying that the offer demands on its RTP lines (SAVP profiles); such an offer needs the media anchor. */
  secure: Secure;
  /** Keys were offered beside a plain profile (best-effort encryption, RFC 8643); unless the media anchor takes them the plain line is answered. */
  bestEffort: boolean;
}

/** One audio codec we can handle; `params` are our receive preferences for the fmtp line. */
export interface AudioAbility {
  name: AudioCodecName;
  params: Record<string, string>;
}

/** One H.264 profile we can handle, with what we can receive in it. */
export interface VideoAbility {
  profileIdc: number;
  profileIop: number;
  levelIdc: number;
  modes: (0 | 1)[];
  /** Macroblocks a second, macroblocks, kbit/s. */
  maxMbps: number;
  maxFs: number;
  maxBr: number;
}

/** What we can do, in our order of preference. */
export interface Abilities {
  audio: AudioAbility[];
  video: VideoAbility[];
  /** Codecs we can encode anew, for peers that have no H.264 of ours; absent is none. */
  otherVideo?: OtherVideoName[];
  events: boolean;
  feedback: Feedback;
  /** FEC for pictures: answered where it is offered, or offered by us as well; absent is neither. */
  fec?: 'answer' | 'offer';
  /** What we want to receive at most on each line, kbit/s. */
  maxKbps: Partial<Record<LineName, number>>;
  /** Whether RTCP may share the RTP port. */
  rtcpMux: boolean;
}

/** One line after negotiation, from our side. */
export interface LineAnswer {
  /** Ours. */
  direction: Direction;
  remote: MediaAddress | null;
  /** What the peer may send: its payload numbers towards us, our limits. */
  receive: Format[];
  /** Pictures in formats of our offer that its answer does not name: it means the same, by numbers of its own. */
  besides?: Format[];
  /** Sound that both have and that is not in use: what is only passed on goes alone, and so does the rest. Absent is none. */
  also?: AudioCodecName[];
  /** What we may send: the peer's numbers and limits, preferred first. */
  send: Format[];
  /** Those we state come first, one for each we send; devices use others of their offer too. */
  events: { receive: TelephoneEventFormat[]; send: TelephoneEventFormat[] };
  /** Numbers for what is sent again (RFC 4588), ours and the peer's; absent where only one side has it. */
  rtx?: { receive: ResendFormat[]; send: ResendFormat[] };
  /** Numbers of FEC, ours and the peer's; absent where only one side has it. */
  fec?: { receive: FecFormat; send: FecFormat };
  feedback: Feedback;
  maxKbps: number | null;
  /** What the peer wants on all lines together, kbit/s. */
  callKbps?: number | null;
  held: boolean;
  rtcpMux: boolean;
  label: string | null;
  secure: Secure;
}

/** Result of a negotiation; a line not in `lines` is refused or absent. */
export interface MediaAnswer {
  lines: Partial<Record<StreamName, LineAnswer>>;
  /** Why an offered line is refused. */
  refused: Partial<Record<StreamName, Warning>>;
}

/** What we wish of each line: at most this direction, or null to refuse it. Missing means sendrecv. */
export type Wishes = Partial<Record<StreamName, Direction | null>>;

/** All lines a leg can have, in the order we describe them. */
export const LINE_NAMES: readonly StreamName[] = ['audio', 'video', 'content', 'lowVideo', 'lowContent'];

/** RFC 3261 §20.43 warning. */
export interface Warning {
  /** 302, 304, 305, 399. */
  code: number;
  text: string;
}

/** Nothing in the offer can be used: SIP 488 with a Warning. */
export class NoCommonMedia extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'unreachableDestination',
    bfcp: 0,
    http: 415,
    label: 'no_common_media',
    retry: false,
  };
  constructor(readonly warning: Warning) {
    super(warning.text);
  }
}

/**
 * Answers an offer: the only place that decides codecs, profiles, bandwidth and directions. Audio: our order of
 * preference, one codec, with events of its clock. Video: the first family of our profiles that the peer has, both
 * packetization modes where it offers both, mode 0 first, so that mode-0-only legs can be served; another codec only where
 * it has no H.264 of ours and we can encode anew. Payload numbers are the offer's. Refusing a line does not fail the call; refusing all does.
 * @throws NoCommonMedia
 */
export function negotiate(ours: Abilities, theirs: MediaOffer, wishes: Wishes = {}): MediaAnswer {
  const answer: MediaAnswer = { lines: {}, refused: {} };
  for (const name of LINE_NAMES) {
    const offer = theirs[name];
    if (!offer) continue;
    const wish = wishes[name] === undefined ? 'sendrecv' : wishes[name];
    const result =
      wish === null ? { code: 399, text: `${name} is not wanted here` } : answerLine(name, ours, offer, wish);
    if ('code' in result) answer.refused[name] = result;
    else answer.lines[name] = result;
  }
  assertSomething(answer);
  return answer;
}

/** @throws NoCommonMedia when no line at all is agreed; the most telling refusal becomes the warning. */
export function assertSomething(answer: MediaAnswer): void {
  if (Object.keys(answer.lines).length > 0) return;
  const reasons = LINE_NAMES.flatMap((name) => answer.refused[name] ?? []);
  const first = reasons.find((reason) => reason.code === 305) ?? reasons[0];
  throw new NoCommonMedia(first ?? { code: 304, text: 'the offer has neither audio nor video' });
}

/** RFC 3264 §6.1: what we may do about a direction the peer states, bounded by our wish. */
export function answerDirection(theirs: Direction, wish: Direction): Direction {
  const send = (theirs === 'sendrecv' || theirs === 'recvonly') && (wish === 'sendrecv' || wish === 'sendonly');
  const receive = (theirs === 'sendrecv' || theirs === 'sendonly') && (wish === 'sendrecv' || wish === 'recvonly');
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

function answerLine(name: StreamName, ours: Abilities, offer: LineOffer, wish: Direction): LineAnswer | Warning {
  if (offer.unusable !== null) return { code: 302, text: `${name}: ${offer.unusable}` };
  if (offer.secure !== 'none') return { code: 302, text: `${name}: keyed media must pass the media anchor` };
  const pairs =
    name === 'audio' ? pairAudio(ours, offer.formats) : pairVideo(ours, offer.formats, ours.maxKbps[fullOf(name)]);
  if (pairs.length === 0) {
    // it has a codec that we could encode anew, where the configuration wants it
    const anew = ours.otherVideo === undefined && offer.formats.some(({ kind }) => kind === 'video');
    const names = offer.names.slice(0, 8).join(', ') || 'its formats';
    return { code: 305, text: `${name}: none of ${names} is supported${anew ? ' without encoding anew' : ''}` };
  }
  const events = ours.events ? eventsFor(pairs[0]?.send, offer.events) : [];
  const others = ours.events && name === 'audio' ? offer.events.filter((event) => !events.includes(event)) : [];
  const rtcpMux = ours.rtcpMux && offer.rtcpMux;
  const fec = name !== 'audio' && ours.fec ? offer.fec : undefined;
  // A null address means that nothing may be sent there, whatever the direction attribute says.
  const bound = offer.remote === null ? answerDirection('sendonly', wish) : wish;
  return {
    direction: answerDirection(offer.direction, bound),
    remote: remoteOf(offer, rtcpMux),
    receive: pairs.map((pair) => pair.receive),
    send: pairs.map((pair) => pair.send),
    events: { receive: [...events, ...others], send: events },
    ...resending(offer.rtx ?? [], [...pairs.map(({ send }) => send.pt), ...(fec ? [fec.red] : [])]),
    ...(fec ? { fec: { receive: fec, send: fec } } : {}),
    feedback: feedbackFor(name, commonFeedback(ours.feedback, offer.feedback)),
    maxKbps: offer.maxKbps,
    callKbps: offer.callKbps ?? null,
    held: offer.held,
    rtcpMux,
    label: offer.label,
    secure: 'none',
  };
}

/** With rtcp-mux agreed, RTCP goes to the RTP port. */
export function remoteOf(offer: LineOffer, rtcpMux: boolean): MediaAddress | null {
  if (!offer.remote) return null;
  return rtcpMux ? { ...offer.remote, rtcpPort: offer.remote.rtpPort } : offer.remote;
}

/** Of the offer's numbers for what is sent again, those of formats in use: they are ours and the peer's (RFC 3264 §6.1). */
function resending(offered: readonly ResendFormat[], used: readonly number[]): Pick<LineAnswer, 'rtx'> {
  const both = offered.filter(({ apt }) => used.includes(apt));
  return both.length > 0 ? { rtx: { receive: both, send: both } } : {};
}

/** The line whose picture a low encoding repeats; any other line is its own. */
export function fullOf(name: StreamName): LineName {
  return name === 'lowVideo' ? 'video' : name === 'lowContent' ? 'content' : name;
}

/** A browser takes an estimate for all that it sends: one for its low encoding would lower everything. */
function feedbackFor(name: StreamName, feedback: Feedback): Feedback {
  return fullOf(name) === name ? feedback : { ...feedback, remb: false };
}

/** Only what both react to. */
export function commonFeedback(a: Feedback, b: Feedback): Feedback {
  const tmmbr = a.tmmbr === true && b.tmmbr === true;
  return {
    ...{ pli: a.pli && b.pli, fir: a.fir && b.fir, nack: a.nack && b.nack, remb: a.remb && b.remb },
    ...(tmmbr ? { tmmbr } : {}),
  };
}

/**
 * RFC 4733 events for an audio format: those of its own clock; where there are none, those of 8000 Hz, since room systems
 * offer Opus with telephone-event/8000 only and use it.
 */
export function eventsFor(audio: Format | undefined, offered: TelephoneEventFormat[]): TelephoneEventFormat[] {
  if (audio?.kind !== 'audio') return [];
  const matched = offered.find((event) => event.clock === audio.clock) ?? offered.find((event) => event.clock === 8000);
  return matched ? [matched] : [];
}

interface Pair {
  receive: Format;
  send: Format;
}

function pairAudio(ours: Abilities, formats: readonly Format[]): Pair[] {
  for (const ability of ours.audio) {
    const theirs = formats.find((format): format is AudioFormat => format.name === ability.name);
    if (theirs) return [{ receive: { ...theirs, params: ability.params }, send: theirs }];
  }
  return [];
}

function pairVideo(ours: Abilities, formats: readonly Format[], maxKbps = Infinity): Pair[] {
  const theirs = formats.filter((format): format is H264Format => format.name === 'H264');
  for (const family of new Set(ours.video.map((ability) => familyOfProfile(ability.profileIdc, ability.profileIop)))) {
    const abilities = ours.video
      .filter((a) => familyOfProfile(a.profileIdc, a.profileIop) === family)
      .map((a) => ({ ...a, maxBr: Math.min(a.maxBr, maxKbps) }));
    const pairs = ([0, 1] as const).flatMap((mode) => pairMode(abilities, theirs, mode) ?? []);
    if (pairs.length > 0) return pairs;
  }
  return pairOther(ours, formats, maxKbps);
}

/** The first codec of ours that the peer has, once: what it sends and what it is sent are encoded anew. */
function pairOther(ours: Abilities, formats: readonly Format[], maxKbps: number): Pair[] {
  for (const name of ours.otherVideo ?? []) {
    const theirs = formats.find((format): format is OtherVideoFormat => format.name === name);
    if (theirs) return [{ receive: { ...theirs, maxBr: maxKbps }, send: theirs }];
  }
  return [];
}

/** Best payload type of one mode: our order of sub-profiles, then the largest picture, then the peer's order. */
function pairMode(abilities: readonly VideoAbility[], theirs: readonly H264Format[], mode: 0 | 1): Pair | null {
  for (const ability of abilities) {
    if (!ability.modes.includes(mode)) continue;
    const sub = subProfile(ability.profileIdc, ability.profileIop);
    const same = theirs.filter((t) => t.mode === mode && subProfile(t.profileIdc, t.profileIop) === sub);
    const best = same.reduce<H264Format | null>((top, t) => (top && top.maxFs >= t.maxFs ? top : t), null);
    if (best) return { receive: receiveH264(ability, best), send: best };
  }
  return null;
}

/**
 * Our side of an offered payload type: its profile bytes, our level where both allow asymmetry, else the lower of both
 * (RFC 6184 §8.2.2), and our own limits. The peer's parameter sets stay with it: they belong to what it sends.
 */
function receiveH264(ability: VideoAbility, theirs: H264Format): H264Format {
  const levelIdc = theirs.levelAsymmetry ? ability.levelIdc : Math.min(ability.levelIdc, theirs.levelIdc);
  const level = levelLimits(theirs.profileIdc, theirs.profileIop, levelIdc);
  return {
    ...theirs,
    levelIdc,
    maxMbps: Math.max(ability.maxMbps, level.maxMbps),
    maxFs: Math.max(ability.maxFs, level.maxFs),
    maxBr: ability.maxBr,
  };
}
