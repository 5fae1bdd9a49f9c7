import type { MediaSection } from '../protocol/sdp/description.js';
import { answerDirection, type FeccAnswer, type FeccOffer } from './negotiate.js';
import type { LocalLine } from './sdp-locals.js';
import { FECC_NUMBER, type Slot } from './sdp-slots.js';
import { connectionLine } from './sdp-write.js';
import type { Direction } from './vocabulary.js';

/** A camera control section of ours: what it agrees (null for an offer that is still open) and its lines. */
export interface FeccText {
  negotiated: FeccAnswer | null;
  lines: string[];
}

/** Answers an offered H.224 section (RFC 4573 §4): taken as it is, with the offer's payload number. */
export function answerFecc(
  offer: FeccOffer,
  section: MediaSection,
  local: LocalLine,
): FeccText & { negotiated: FeccAnswer } {
  const wish = offer.remote === null ? answerDirection('sendonly', 'sendrecv') : 'sendrecv';
  const direction = answerDirection(offer.direction, wish);
  const negotiated = { direction, remote: offer.remote, receive: offer.pt, send: offer.pt };
  return { negotiated, lines: feccLines(section.proto, local, offer.pt, direction) };
}

/** Our H.224 section in an offer of ours; a slot that was in use keeps its number (RFC 3264 §8.3.2). */
export function offerFecc(slot: Slot, local: LocalLine): FeccText {
  return { negotiated: null, lines: feccLines(slot.proto, local, numberOf(slot), 'sendrecv') };
}

/** Reads the answer to `offerFecc`. */
export function acceptFecc(offer: FeccOffer, slot: Slot): FeccAnswer {
  const wish = offer.remote === null ? answerDirection('sendonly', 'sendrecv') : 'sendrecv';
  const direction = answerDirection(offer.direction, wish);
  return { direction, remote: offer.remote, receive: numberOf(slot), send: offer.pt };
}

function numberOf({ formats }: Slot): number {
  const [first = ''] = formats;
  return /^\d{1,3}$/.test(first) ? Number(first) : FECC_NUMBER;
}

function feccLines(proto: string, local: LocalLine, pt: number, direction: Direction): string[] {
  return [
    `m=application ${local.rtpPort} ${proto} ${pt}`,
    connectionLine(local.address),
    ...(local.rtcpPort === local.rtpPort + 1 ? [] : [`a=rtcp:${local.rtcpPort}`]),
    `a=rtpmap:${pt} H224/4800`,
    `a=${direction}`,
  ];
}
