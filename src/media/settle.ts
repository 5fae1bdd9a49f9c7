import { familyOfProfile } from './h264.js';
import type { LineAnswer, LineOffer, MediaAnswer, MediaOffer, Warning } from './negotiate.js';
import { answerDirection, assertSomething, commonFeedback, LINE_NAMES, remoteOf } from './negotiate.js';
import { isPassed } from './passed-sound.js';
import type {
  AudioCodecName,
  Direction,
  FecFormat,
  Feedback,
  Format,
  ResendFormat,
  StreamName,
  TelephoneEventFormat,
} from './vocabulary.js';

/** One line as we offered it. */
export interface OurLine {
  direction: Direction;
  /** With our payload numbers and our limits. */
  formats: Format[];
  events: TelephoneEventFormat[];
  /** Absent where nothing is sent again under a number of its own. */
  rtx?: ResendFormat[];
  /** Absent where we state no FEC. */
  fec?: FecFormat;
  feedback: Feedback;
  rtcpMux: boolean;
}

/**
 * Reads an answer to our offer: of each line what both sides listed, in our order (devices list formats that were never
 * offered, or in an order of their own). A line we offered that the answer lacks or refuses is not in the result.
 * @throws NoCommonMedia when the answer leaves nothing
 */
export function settle(ours: Partial<Record<StreamName, OurLine>>, theirs: MediaOffer): MediaAnswer {
  const answer: MediaAnswer = { lines: {}, refused: {} };
  for (const name of LINE_NAMES) {
    const our = ours[name];
    if (!our) continue;
    const their = theirs[name];
    const result = their ? settleLine(name, our, their) : { code: 304, text: `${name} was refused by the peer` };
    if ('code' in result) answer.refused[name] = result;
    else answer.lines[name] = result;
  }
  assertSomething(answer);
  return answer;
}

function settleLine(name: StreamName, our: OurLine, their: LineOffer): LineAnswer | Warning {
  if (their.unusable !== null) return { code: 302, text: `${name}: ${their.unusable}` };
  const { pairs, also = [] } = pairFormats(our.formats, their.formats);
  if (pairs.length === 0) return { code: 305, text: `${name}: the answer has none of the offered formats` };
  const rtcpMux = our.rtcpMux && their.rtcpMux;
  const fec = our.fec && their.fec ? { receive: our.fec, send: their.fec } : undefined;
  const bound = their.remote === null ? answerDirection('sendonly', our.direction) : our.direction;
  return {
    direction: answerDirection(their.direction, bound),
    remote: remoteOf(their, rtcpMux),
    receive: pairs.map((pair) => pair.receive),
    besides: besides(our.formats, pairs),
    ...(also.length > 0 ? { also } : {}),
    send: pairs.map((pair) => pair.send),
    events: settleEvents(our.events, their.events),
    ...settleResending(our.rtx ?? [], their.rtx ?? [], numbersOf(pairs, fec)),
    ...(fec ? { fec } : {}),
    feedback: commonFeedback(our.feedback, their.feedback),
    maxKbps: their.maxKbps,
    callKbps: their.callKbps ?? null,
    held: their.held,
    rtcpMux,
    label: their.label,
    secure: 'none',
  };
}

interface Pair {
  receive: Format;
  send: Format;
}

/** Our formats with the answer's counterpart: the same payload number first, then any that means the same; each once. */
function pairFormats(ours: readonly Format[], theirs: readonly Format[]): { pairs: Pair[]; also?: AudioCodecName[] } {
  const partners = new Map<Format, Format>();
  for (const rule of [(a: Format, b: Format) => a.pt === b.pt, () => true]) {
    for (const our of ours) {
      if (partners.has(our)) continue;
      const free = theirs.filter((their) => ![...partners.values()].includes(their));
      const partner = free.find((their) => rule(our, their) && sameFormat(our, their));
      if (partner) partners.set(our, partner);
    }
  }
  const pairs = ours.flatMap((our) => {
    const send = partners.get(our);
    return send ? [{ receive: withPeerSets(our, send), send }] : [];
  });
  const [first] = pairs;
  if (first?.send.kind !== 'video') return onePassed(pairs, theirs);
  // H.264 stands first in our offers: beside it, another codec is not used, nor two others
  return { pairs: first.send.name === 'H264' ? pairs.filter(({ send }) => send.name === 'H264') : [first] };
}

/** Sound that is only passed on goes alone: whichever the answer names first is what it sends (RFC 3264 §6.1). */
function onePassed(all: readonly Pair[], theirs: readonly Format[]): { pairs: Pair[]; also: AudioCodecName[] } {
  const first = theirs.find((their) => all.some(({ send }) => send === their));
  const alone = first !== undefined && isPassed(first.name);
  const pairs = all.filter(({ send }) => (alone ? send === first : !isPassed(send.name)));
  const rest = all.filter((pair) => !pairs.includes(pair));
  return { pairs, also: rest.flatMap(({ send }) => (send.kind === 'audio' ? [send.name] : [])) };
}

/**
 * Devices answer with a number of ours that means the same codec to them, and send by the first one that does: baresip
 * answers 99 to "97 98 99 100" and sends 97. H.264 says itself what it is.
 */
function besides(ours: readonly Format[], pairs: readonly { receive: Format }[]): Format[] {
  const named = new Set(pairs.map(({ receive }) => receive.pt));
  const [first] = pairs;
  return ours.filter(({ name, pt }) => name === 'H264' && first?.receive.name === name && !named.has(pt));
}

/** Same codec; for H.264 the same family of profiles and the same packetization mode. */
export function sameFormat(a: Format, b: Format): boolean {
  if (a.name === 'H264' && b.name === 'H264') {
    const family = familyOfProfile(a.profileIdc, a.profileIop);
    return a.mode === b.mode && family === familyOfProfile(b.profileIdc, b.profileIop);
  }
  return a.name === b.name;
}

function withPeerSets(ours: Format, theirs: Format): Format {
  if (ours.name !== 'H264' || theirs.name !== 'H264') return ours;
  return { ...ours, parameterSets: theirs.parameterSets };
}

/** What may be sent again: our number of it and the peer's. */
function numbersOf(
  pairs: readonly { receive: Format; send: Format }[],
  fec: LineAnswer['fec'],
): { receive: number; send: number }[] {
  const numbers = pairs.map(({ receive, send }) => ({ receive: receive.pt, send: send.pt }));
  return fec ? [...numbers, { receive: fec.receive.red, send: fec.send.red }] : numbers;
}

/** For each format that both send again: our number for it and the peer's. */
function settleResending(
  ours: readonly ResendFormat[],
  theirs: readonly ResendFormat[],
  numbers: readonly { receive: number; send: number }[],
): Pick<LineAnswer, 'rtx'> {
  const rtx: Required<LineAnswer>['rtx'] = { receive: [], send: [] };
  for (const { receive, send } of numbers) {
    const our = ours.find(({ apt }) => apt === receive);
    const their = theirs.find(({ apt }) => apt === send);
    if (!our || !their) continue;
    rtx.receive.push(our);
    rtx.send.push(their);
  }
  return rtx.send.length > 0 ? { rtx } : {};
}

function settleEvents(ours: TelephoneEventFormat[], theirs: TelephoneEventFormat[]): LineAnswer['events'] {
  const both = ours.flatMap((our) => {
    const their = theirs.find((event) => event.clock === our.clock);
    return their ? [{ our, their }] : [];
  });
  return { receive: both.map(({ our }) => our), send: both.map(({ their }) => their) };
}
