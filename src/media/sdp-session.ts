import type { Verdict } from '../base/errors.js';
import { DualstreamError } from '../base/errors.js';
import { familyOf } from '../protocol/sdp/address.js';
import type { SessionDescription } from '../protocol/sdp/description.js';
import { floorProto } from '../protocol/sdp/floor-rules.js';
import { parseSdp } from '../protocol/sdp/parse.js';
import { findStreams, type StreamIndexes } from '../protocol/sdp/streams.js';
import {
  answerDirection,
  fullOf,
  LINE_NAMES,
  type MediaAnswer,
  type MediaOffer,
  negotiate,
  type Wishes,
} from './negotiate.js';
import { acceptFecc, answerFecc, offerFecc } from './sdp-fecc.js';
import { acceptFloor, answerFloor, offerFloor } from './sdp-floor.js';
import type { Locals, Negotiated, NegotiatedFloor } from './sdp-locals.js';
import { readOffer } from './sdp-read.js';
import { indexesOf, offerLine, ourLine, type Slot, slotsOf, withRoles } from './sdp-slots.js';
import { activeLines, connectionLine, refusedLine } from './sdp-write.js';
import { type OurLine, sameFormat, settle } from './settle.js';
import type { Format, StreamName } from './vocabulary.js';

export type { LocalFloor, LocalLine, Locals, Negotiated, NegotiatedFloor, NegotiatedLine } from './sdp-locals.js';

/** An answer whose m-lines are not those of the offer (RFC 3264 §6). */
export class BadAnswer extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 502,
    label: 'bad_sdp_answer',
    retry: false,
  };
}

/** A description longer than the SIP engine can send, however little it lists. */
export class DescriptionTooLong extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 513,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 502,
    label: 'description_too_long',
    retry: false,
  };
  constructor(bytes: number, most: number) {
    super(`the SIP engine sends descriptions of ${most} bytes, this one has ${bytes}`);
  }
}

/** What one exchange leaves behind for the next. */
interface State {
  slots: Slot[];
  floor: NegotiatedFloor | null;
  /** t= value of the dialog. */
  timing: string;
  current: Negotiated | null;
}

/** Our offer that waits for its answer. */
interface Pending {
  slots: Slot[];
  lines: Partial<Record<StreamName, OurLine>>;
  locals: Locals;
  sdp: string;
}

/**
 * One dialog's side of the SDP conversation (RFC 3264): our o= identity and version, and the table of m-lines that never
 * shrinks. Pure: no sockets, no clock. One exchange at a time; the caller guards against glare.
 *
 *     stable --peer's offer: answer()--> stable
 *     stable --offer()--> offered --accept()--> stable
 *                         offered --rollback()--> stable (as before the offer)
 *
 * A method that throws leaves the session as it was.
 */
export class SdpSession {
  private readonly ids: { sessionId: string; username: string };
  private state: State = { slots: [], floor: null, timing: '0 0', current: null };
  private pending: Pending | null = null;
  private version = 0;
  /** Our last description without its version: unchanged text keeps the version (RFC 3264 §8). */
  private lastBody = '';
  private lastOffer = '';
  private address: string | null = null;

  /** `sessionId` is decimal (RFC 4566 §5.2: up to 63 bits). */
  constructor(ids: { sessionId: string; username?: string }) {
    this.ids = { sessionId: ids.sessionId, username: ids.username ?? '-' };
  }

  /** True between `offer()` and `accept()` or `rollback()`. */
  get offering(): boolean {
    return this.pending !== null;
  }

  /** The last completed exchange. */
  get current(): Negotiated | null {
    return this.state.current;
  }

  /**
   * What the offer asks for, before ports are opened; changes nothing.
   * @throws MalformedSdp, OversizeSdp
   */
  peek(offerSdp: string): MediaOffer {
    const description = parseSdp(offerSdp);
    return readOffer(description, this.streamsOf(description));
  }

  /**
   * Answers an offer; identical offers with identical locals give identical text (RFC 3264 §8). Of an answer of more than
   * `longest` bytes each line lists its first format only.
   * @throws MalformedSdp, OversizeSdp, NoCommonMedia, DescriptionTooLong
   */
  answer(offerSdp: string, locals: Locals, longest = Number.POSITIVE_INFINITY): Negotiated {
    const description = parseSdp(offerSdp);
    const streams = this.streamsOf(description);
    const offer = readOffer(description, streams);
    const slots = slotsOf(description.media, streams, this.state.slots);
    const media = this.negotiate(offer, locals);
    const section = description.media[offer.floor?.index ?? -1];
    const repeated = offerSdp === this.lastOffer;
    const floor =
      offer.floor && section && locals.floor
        ? answerFloor(offer.floor, section, locals.floor, this.state.floor, repeated)
        : null;
    const camera = description.media[offer.fecc?.index ?? -1];
    const fecc = offer.fecc && camera && locals.fecc ? answerFecc(offer.fecc, camera, locals.fecc) : null;
    const lines: Partial<Record<StreamName, OurLine>> = {};
    for (const name of LINE_NAMES) {
      const line = media.lines[name];
      const slot = slots[streams[name] ?? -1];
      if (line && slot) lines[name] = slot.our = ourLine(line);
    }
    const others = { floor: floor?.lines ?? null, fecc: fecc?.lines ?? null };
    const { timing } = description;
    let text = this.print(slots, lines, others, locals, timing);
    if (this.bytesOf(text) > longest) {
      for (const line of Object.values(lines)) {
        line.formats = line.formats.slice(0, 1);
        delete line.fec;
      }
      for (const line of Object.values(media.lines)) delete line.fec;
      text = this.print(slots, lines, others, locals, timing);
    }
    const sdp = this.stamp(text, longest);
    const { lines: agreed, refused } = media;
    const current = { lines: agreed, refused, floor: floor?.negotiated ?? null, fecc: fecc?.negotiated ?? null, sdp };
    this.state = { slots, floor: current.floor, timing, current };
    this.lastOffer = offerSdp;
    return current;
  }

  /**
   * Makes an offer: the full set (audio, main video, floor, content) when nothing was agreed yet, else a re-offer that
   * keeps indexes, payload numbers and addresses; a line new in `locals` is appended or put into its old place, one that
   * is null now is switched off. `full` lists everything we can beside what is in use: the answer to a re-INVITE without
   * SDP, behind which another device may have come (third-party call control).
   * @throws DescriptionTooLong
   */
  offer(locals: Locals, scope: 'current' | 'full' = 'current', longest = Number.POSITIVE_INFINITY): string {
    const all = ['audio', 'video', 'floor', 'content', 'fecc', 'lowVideo', 'lowContent'] as const;
    const wanted = all.filter((role) => locals[role]);
    const slots = withRoles(this.state.slots, wanted, floorProto(locals.floor?.transport ?? 'UDP'));
    const lines: Partial<Record<StreamName, OurLine>> = {};
    for (const [name, index] of lineIndexes(indexesOf(slots))) {
      if (!locals[name]) continue;
      const wish = locals.direction?.[name] ?? 'sendrecv';
      const what = { full: scope === 'full', sounds: name === 'audio' ? locals.sounds : undefined };
      const line = offerLine(name, slots, index, locals.abilities, what);
      lines[name] = { ...line, direction: answerDirection(line.direction, wish) };
    }
    const floor = locals.floor ? offerFloor(locals.floor, this.state.floor) : null;
    const camera = slots.find(({ role }) => role === 'fecc');
    const fecc = camera && locals.fecc ? offerFecc(camera, locals.fecc) : null;
    const others = { floor: floor?.lines ?? null, fecc: fecc?.lines ?? null };
    const sdp = this.stamp(this.print(slots, lines, others, locals, this.state.timing), longest);
    this.pending = { slots, lines, locals, sdp };
    return sdp;
  }

  /**
   * Reads the answer to our last offer. Formats we did not offer are ignored. The offer stays open when this throws:
   * the caller ends the dialog or rolls back.
   * @throws MalformedSdp, OversizeSdp, BadAnswer, NoCommonMedia
   */
  accept(answerSdp: string): Negotiated {
    const { slots, current } = this.read(answerSdp);
    this.state = { slots, floor: current.floor, timing: this.state.timing, current };
    this.pending = null;
    return current;
  }

  /**
   * What an answer before the final one says (RFC 3261 §13.2.1), which may be another one's: the offer stays open.
   * @throws MalformedSdp, OversizeSdp, BadAnswer, NoCommonMedia
   */
  preview(answerSdp: string): Negotiated {
    return this.read(answerSdp).current;
  }

  private read(answerSdp: string): { slots: Slot[]; current: Negotiated } {
    const pending = this.pending;
    if (!pending) throw new BadAnswer('an answer without an offer');
    const description = parseSdp(answerSdp);
    checkShape(pending.slots, description);
    const streams = indexesOf(pending.slots);
    const theirs = readOffer(description, streams);
    const anything = Object.keys(pending.lines).length > 0;
    const media: MediaAnswer = anything ? settle(answered(pending, theirs), theirs) : { lines: {}, refused: {} };
    const section = description.media[theirs.floor?.index ?? -1];
    const floor =
      theirs.floor && section && pending.locals.floor
        ? acceptFloor(theirs.floor, section, pending.locals.floor, this.state.floor)
        : null;
    const camera = pending.slots[theirs.fecc?.index ?? -1];
    const fecc = theirs.fecc && camera && pending.locals.fecc ? acceptFecc(theirs.fecc, camera) : null;
    const slots = pending.slots.map((slot) => ({ ...slot }));
    for (const [name, index] of lineIndexes(streams)) {
      const line = media.lines[name];
      const slot = slots[index];
      if (line && slot) slot.our = ourLine(line);
    }
    return { slots, current: { lines: media.lines, refused: media.refused, floor, fecc, sdp: pending.sdp } };
  }

  /** Our offer was refused (488, 491, time-out): the session is what it was before; the version does not go back. */
  rollback(): void {
    this.pending = null;
  }

  private streamsOf({ media }: SessionDescription): StreamIndexes {
    return findStreams(media, indexesOf(this.state.slots));
  }

  /** A peer may switch everything off within a dialog; that is no failure. */
  private negotiate(offer: MediaOffer, locals: Locals): MediaAnswer {
    const nothing = LINE_NAMES.every((name) => !offer[name]);
    if (nothing && this.state.current) return { lines: {}, refused: {} };
    const wishes: Wishes = {};
    for (const name of LINE_NAMES) wishes[name] = locals[name] ? (locals.direction?.[name] ?? 'sendrecv') : null;
    return negotiate(locals.abilities, offer, wishes);
  }

  /** What follows o=. */
  private print(
    slots: readonly Slot[],
    lines: Partial<Record<StreamName, OurLine>>,
    others: { floor: string[] | null; fecc: string[] | null },
    locals: Locals,
    timing: string,
  ): string {
    this.address ??= firstAddress(locals);
    const address = this.address ?? nowhere;
    const named = lines.content !== undefined || others.floor !== null;
    const sections = slots.flatMap((slot) => {
      if (slot.role === 'floor' || slot.role === 'fecc') {
        return others[slot.role] ?? [refusedLine(slot.media, slot.proto, refusedFormats(slot))];
      }
      const name = slot.role;
      const our = name ? lines[name] : undefined;
      const local = name ? locals[name] : null;
      if (!name || !our || !local) return [refusedLine(slot.media, slot.proto, refusedFormats(slot))];
      const maxKbps = locals.abilities.maxKbps[fullOf(name)] ?? null;
      const { media, proto, wildcard, mid } = slot;
      return activeLines({ name, media, proto, local, our, maxKbps, wildcard, named, mid, sessionAddress: address });
    });
    const session = ['s=-', connectionLine(address), ...sessionBandwidth(lines, locals), `t=${timing}`];
    return [...session, ...sections].join('\r\n');
  }

  private bytesOf(body: string): number {
    return Buffer.byteLength(this.described(body, this.version + 1));
  }

  /** The whole description, which counts as sent: what is refused here has no version (RFC 3264 §8 wants no gaps). */
  private stamp(body: string, longest: number): string {
    const bytes = this.bytesOf(body);
    if (bytes > longest) throw new DescriptionTooLong(bytes, longest);
    if (body !== this.lastBody) this.version += 1;
    this.lastBody = body;
    return this.described(body, this.version);
  }

  private described(body: string, version: number): string {
    const address = this.address ?? nowhere;
    const { username, sessionId } = this.ids;
    return `v=0\r\no=${username} ${sessionId} ${version} IN ${familyOf(address) ?? 'IP4'} ${address}\r\n${body}\r\n`;
  }
}

/** The m-lines of the answer must be those of the offer; devices that leave out trailing ones refuse them. */
function checkShape(slots: readonly Slot[], answer: SessionDescription): void {
  if (answer.media.length > slots.length) throw new BadAnswer('the answer has more m-lines than the offer');
  for (const { index, media } of answer.media) {
    if (slots[index]?.media !== media) throw new BadAnswer(`m-line ${index} of the answer is ${media.slice(0, 20)}`);
  }
}

/** What was offered; where only the codec of sound was to change and the answer names none but old ones, it has not. */
function answered({ lines, locals, slots }: Pending, { audio }: MediaOffer): Pending['lines'] {
  const before = slots.find(({ role }) => role === 'audio')?.our;
  if (!locals.sounds || !lines.audio || !audio || !before) return lines;
  const has = (ours: readonly Format[]): boolean =>
    ours.some((our) => audio.formats.some((their) => sameFormat(our, their)));
  if (has(lines.audio.formats) || !has(before.formats)) return lines;
  return { ...lines, audio: { ...lines.audio, formats: before.formats } };
}

function lineIndexes(streams: StreamIndexes): [StreamName, number][] {
  return LINE_NAMES.flatMap((name): [StreamName, number][] => {
    const index = streams[name];
    return index === null || index === undefined ? [] : [[name, index]];
  });
}

/** They mean nothing, but there have to be some (RFC 3264 §6); all of a hostile offer would make a huge answer. */
function refusedFormats(slot: Slot): string[] {
  const all = slot.formats.length > 0 ? slot.formats : (slot.our?.formats.map(({ pt }) => String(pt)) ?? []);
  let room = REFUSED_FORMATS;
  return all.filter((format, index) => (room -= format.length + 1) >= 0 || index === 0);
}

/** For devices that read only session-level AS: what all our video lines together want. */
function sessionBandwidth(lines: Partial<Record<StreamName, OurLine>>, locals: Locals): string[] {
  const full = LINE_NAMES.filter((name) => lines[name] && fullOf(name) === name);
  const kbps = full.map((name) => locals.abilities.maxKbps[fullOf(name)] ?? 0);
  const sum = kbps.reduce((total, value) => total + value, 0);
  return sum > 0 ? [`b=AS:${sum + AUDIO_AND_HEADERS_KBPS}`] : [];
}

const nowhere = '127.0.0.1';
/** Characters of formats on the m-line of a refused section. */
const REFUSED_FORMATS = 32;
/** Audio and packet headers beside the video, kbit/s. */
const AUDIO_AND_HEADERS_KBPS = 256;

function firstAddress(locals: Locals): string | null {
  return locals.audio?.address ?? locals.video?.address ?? locals.content?.address ?? locals.floor?.address ?? null;
}
