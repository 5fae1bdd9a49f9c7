import type { Abilities, LineAnswer, MediaOffer } from './negotiate.js';
import type { Direction, LineName } from './vocabulary.js';

/** Where one of our lines receives; ports are bound already. */
export interface LocalLine {
  /** Address to advertise, an IP literal. */
  address: string;
  rtpPort: number;
  rtcpPort: number;
}

/** Our end of the floor control channel. */
export interface LocalFloor {
  transport: 'UDP' | 'TCP';
  address: string;
  /** Listening port; for TCP also where we connect out ourselves (the description then says port 9). */
  port: number;
  /** What we give to the client: 0..4294967295, 0..65535, 0..65535. */
  confId: number;
  userId: number;
  floorId: number;
  /** What our own offers state; default actpass. Answers follow the offer (RFC 4145 §4.1). */
  setup?: 'passive' | 'active' | 'actpass';
  /** The TCP connection is to be made anew: the next description says `connection:new`. */
  renew?: boolean;
}

/** What we bring into one exchange; null refuses or switches off the line. */
export interface Locals {
  audio: LocalLine | null;
  video: LocalLine | null;
  content: LocalLine | null;
  floor: LocalFloor | null;
  abilities: Abilities;
  /** What we wish at most; default sendrecv. */
  direction?: Partial<Record<LineName, Direction>>;
}

/** One agreed line; maps onto LineParams of the media plane. */
export type NegotiatedLine = LineAnswer;

/** The agreed floor control channel. */
export interface NegotiatedFloor {
  transport: 'UDP' | 'TCP';
  /** Where the peer receives (UDP) or listens (TCP passive); null when it connects to us. */
  remote: { address: string; port: number } | null;
  weAre: 'server' | 'client';
  /** Our side of TCP: passive listens, active connects, none for UDP and holdconn. */
  setup: 'passive' | 'active' | 'none';
  /** A new channel begins with this exchange (RFC 4145 §5); false keeps the one in use. */
  isNew: boolean;
  /** Highest version both understand: 1 on TCP, 2 on UDP unless the peer only lists 1. */
  bfcpVersion: 1 | 2;
  /** In force: ours when we are the server, the peer's when it is. */
  confId: number;
  userId: number;
  floorId: number;
}

/** Outcome of one completed exchange. */
export interface Negotiated {
  lines: Partial<Record<LineName, NegotiatedLine>>;
  floor: NegotiatedFloor | null;
  /** Our description of this exchange: the answer to send, or the offer that was answered. */
  sdp: string;
}

/**
 * One dialog's side of the SDP conversation (RFC 3264): our o= identity and version, and the table of m-lines that never
 * shrinks. Pure: no sockets, no clock. One exchange at a time; the caller guards against glare.
 *
 *     stable --peer's offer: answer()--> stable
 *     stable --offer()--> offered --accept()--> stable
 *                         offered --rollback()--> stable (as before the offer)
 */
export declare class SdpSession {
  /** `sessionId` is decimal (RFC 4566 §5.2: up to 63 bits). */
  constructor(ids: { sessionId: string; username?: string });
  /** True between `offer()` and `accept()` or `rollback()`. */
  readonly offering: boolean;
  /** The last completed exchange. */
  readonly current: Negotiated | null;
  /**
   * What the offer asks for, before ports are opened; changes nothing.
   * @throws MalformedSdp
   */
  peek(offerSdp: string): MediaOffer;
  /**
   * Answers an offer; identical offers with identical locals give identical text (RFC 3264 §8).
   * @throws MalformedSdp, NoCommonMedia
   */
  answer(offerSdp: string, locals: Locals): Negotiated;
  /**
   * Makes an offer: the full set (audio, main video, floor, content) when nothing was agreed yet, else a re-offer that
   * keeps indexes, payload numbers and addresses; a line new in `locals` is appended or put into its old place.
   */
  offer(locals: Locals): string;
  /**
   * Reads the answer to our last offer. Formats we did not offer are ignored.
   * @throws MalformedSdp, BadAnswer, NoCommonMedia
   */
  accept(answerSdp: string): Negotiated;
  /** Our offer was refused (488, 491, time-out): the session is what it was before. */
  rollback(): void;
}
