import type { Disposable } from '../base/disposables.js';
import type { Line } from '../media/plane.js';
import type { Direction } from '../media/vocabulary.js';

/** What one media line of a call is used for, as agreed last. */
export interface LineFacts {
  line: 'audio' | 'main' | 'content' | 'low-main' | 'low-content';
  /** As we stated it: sendonly is from us to the peer. */
  direction: Direction;
  /** On hold. */
  held: boolean;
  /** What we send, the codec the peer wants most first; with its H.264 packetization mode where it has one. */
  sends: FormatFacts | null;
  /** What the peer may send. */
  receives: FormatFacts[];
  local: { address: string; port: number };
  remote: { address: string; port: number } | null;
  /** What we may send at most, kbit/s; null without a limit. */
  maxKbps: number | null;
  /** SDP label (RFC 4574), or null. */
  label: string | null;
}

/** One payload format. */
export interface FormatFacts {
  codec: string;
  payloadType: number;
  clock: number;
  /** H.264 packetization-mode; null for other codecs. */
  packetizationMode: number | null;
  /** H.264 profile-level-id as six hexadecimal digits; null for other codecs. */
  profileLevelId: string | null;
}

/** How floor control of a call was agreed and stands. */
export interface FloorFacts {
  transport: string;
  /** Our role; the peer has the other one. */
  weAre: 'server' | 'client';
  /** What we do about the connection: active, passive, actpass, or none on UDP. */
  setup: string;
  version: number;
  confId: number;
  userId: number;
  floorId: number;
  /** Ours; null when it is closed. */
  port: number | null;
  /** Where the peer said it is. */
  remote: { address: string; port: number } | null;
  /** waiting, up, lost or given-up; null where it is not known. */
  channel: 'waiting' | 'up' | 'lost' | 'given-up' | null;
  /** Why it does not work, for people, or null. */
  problem: string | null;
}

/** What a leg knows of its call now. */
export interface LegFacts {
  /** Kind of device that the peer's descriptions show, or null. */
  device: string | null;
  encrypted: boolean;
  lines: LineFacts[];
  /** Why lines that were wanted came to nothing; absent where none did. */
  refused?: readonly string[];
  /** Null where none was agreed. */
  floor: FloorFacts | null;
  /** How content reaches the peer; `why` tells why it has no line of its own, or that it cannot, and is null where it has. */
  content: { way: 'separate' | 'in-main' | 'none'; why: string | null };
}

/** A call of ours that carries a member's sound to a server that mixes; wall-clock milliseconds. */
export interface SoundStay {
  /** Channel there, and Call-ID. */
  channel: string;
  server: string;
  conference: string;
  /** Number of the member there; null before it is in. */
  member: number | null;
  codec: string;
  /** The member has another codec, and is converted here. */
  converted: boolean;
  /** As we stated it to the server. */
  direction: Direction;
  state: 'calling' | 'in' | 'over';
  startedAt: number;
  endedAt: number | null;
  /** Why it is over: hang-up cause or Reason of the server, or our own words; '' before. */
  why: string;
}

/** A leg as its call's record follows it. */
export interface WatchedLeg {
  readonly id: string;
  /** Of its signalling, for whoever keeps what was said; absent means SIP. */
  readonly protocol?: 'sip' | 'h323';
  readonly callId: string;
  readonly weCalled: boolean;
  /** Media lines that there are now. */
  lines(): readonly Line[];
  facts(): LegFacts;
  /** `changed` after each exchange of descriptions and change of floor control, `ended` once, last. */
  follow(changed: () => void, ended: (why: string) => void): Disposable;
}

/** Follows calls for whoever asks later how one went. */
export interface CallWatch {
  /** A call was answered. */
  answered(leg: WatchedLeg): void;
  /** A leg sits in a room. */
  seated(legId: string, room: string, participant: number): void;
  /** Something that was dialled in this call is a secret. */
  secret(callId: string, text: string): void;
  /** This is a call of ours to a server of ours, and nobody's. */
  inner(callId: string): void;
  /** A leg's sound goes to a server of ours, or it is otherwise with it. */
  sound(legId: string, stay: SoundStay): void;
}
