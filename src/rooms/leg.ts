import type { Events } from '../base/events.js';
import type { Line } from '../media/plane.js';
import type { AudioCodecName, Direction, LineName, PassedCodecName } from '../media/vocabulary.js';
import type { FloorParty } from './floor-party.js';

/** Unique among the legs of a process. */
export type LegId = string;

/** Who is at the far end, as far as it said. */
export interface PeerInfo {
  /** Display name, cleaned of control characters, at most 64 characters. */
  name: string;
  /** Address of record or alias, e.g. `sip:room7@example.org`. */
  uri: string;
  /** Product as it names itself, or ''. */
  agent: string;
  /** It was called and said itself that this is its name and address, or that it wants to stay unknown; absent: neither. */
  identity?: 'told' | 'hidden';
}

/** What a leg can do: facts, never a protocol's name. */
export interface LegAbilities {
  audio: boolean;
  video: boolean;
  /** Content on its own line, on the main line in place of the speaker, or not at all. */
  content: 'separate' | 'in-main' | 'none';
  /** A content line may be added or dropped during the call. */
  renegotiate: boolean;
  /** The peer can ask for the floor itself. */
  floor: boolean;
  /** The peer's own floor control has not let us send content yet; absent means that we may. */
  contentWaits?: boolean;
  /** The peer may be told at any time how much to send of its picture, too; absent: of content alone, by a new offer. */
  paces?: boolean;
  /** The peer may be asked for low encodings of what it sends; absent means that it may not. */
  lowPictures?: boolean;
}

/** Why a leg ends or was ended. */
export type EndReason =
  | { kind: 'left' }
  | { kind: 'removed'; by: string }
  | { kind: 'room-closed' }
  | { kind: 'shutdown' }
  | { kind: 'silent'; ms: number }
  /** Never came into a room; with the SIP status that says why. */
  | { kind: 'not-admitted'; status: number; why: string }
  | { kind: 'failed'; why: string };

/** Directions of media as we have them. */
export type MediaFlow = 'sendrecv' | 'sendonly' | 'inactive';

/** What a leg may show to its user; best effort. */
export interface PartyStatus {
  muted?: boolean;
  /** With `muted`: who changed it; null where it was itself, or is not known. */
  mutedBy?: string | null;
  /** Whether what goes to it on these lines carries nothing at present: the other end of its call is on hold or muted. */
  idle?: Readonly<Record<'audio' | 'video', boolean>>;
  /** Directions of sound and pictures that are of use: less than both while the other end of a call of two holds. */
  flow?: MediaFlow;
  presenting?: boolean;
  locked?: boolean;
  /** What is said in the room is recorded from now on, or not any more. */
  recorded?: boolean;
}

/** Raised by a leg. */
export interface LegEvents {
  /** Once, last. */
  ended: { reason: EndReason };
  /** A line appeared, went, or changed its parameters (hold included). */
  lines: undefined;
  /** The peer asks for a keyframe on what we send it. */
  refresh: { line: LineName };
  /** A key of the peer, once, by whatever way it came. */
  digits: { digit: string; durationMs: number | null };
}

/** Sound whose codec can be changed during a call. */
export interface SoundChoice {
  /** Codecs that the peer said it has, in use or not, when it answered last. */
  readonly has: readonly AudioCodecName[];
  /**
   * Settles on these: the peer is asked to change to them unless its sound is in one of them, or several, already. Resolves
   * with whether it is then. Another wish takes the place of one that is under way. Never rejects.
   */
  settle(names: readonly AudioCodecName[]): Promise<boolean>;
}

/** One call, whatever protocol brought it. */
export interface Leg {
  readonly id: LegId;
  readonly who: PeerInfo;
  readonly can: LegAbilities;
  readonly lines: Readonly<Record<LineName, Line | null>>;
  /** Lines on which the peer can send low encodings of its pictures; absent where it has none. */
  readonly low?: Readonly<Record<'video' | 'content', Line | null>>;
  /** The peer says that it has turned its sound off; absent means that it does not. */
  readonly selfMuted?: boolean;
  /** The peer holds: it takes nothing for now; absent means that it does not, or does not say so. */
  readonly holds?: boolean;
  /** All its media is encrypted on the way to us; absent means that it is not. */
  readonly encrypted?: boolean;
  /** We called; absent means that the peer did. */
  readonly dialledOut?: boolean;
  /** Far-end camera control, frames of H.224 both ways; absent or null where the peer has none. */
  readonly fecc?: Line | null;
  /** How the floor machine speaks to this leg; null when the peer has no floor control. */
  readonly floor: FloorParty | null;
  /** Why lines that the peer wanted came to nothing, for operators; absent where none did. */
  readonly lineProblems?: readonly { line: LineName; reason: string }[];
  /** What is wrong with floor control, for operators; absent or null when all is well. */
  readonly floorProblem?: string | null;
  readonly on: Events<LegEvents>;
  /** Adds a content line; rejects when the peer refuses it (`can.content` then turns to in-main). */
  open(line: 'content', how: Direction): Promise<Line>;
  close(line: 'content'): Promise<void>;
  /** Tells the peer how much it may send on a line, kbit/s. */
  limit(line: LineName, kbps: number): void;
  /** Asks the peer for a keyframe by the means it knows. */
  refresh(line: LineName): void;
  tell(status: PartyStatus): void;
  /**
   * Settles the sound of a call of two that we made: in the one codec that is only passed on where that came to be used
   * both ways, and no other from then on, or (null) in none of these. Absent where none is ever offered.
   */
  settleSound?(): Promise<PassedCodecName | null>;
  /** Absent where the codec of sound stays what it is. */
  readonly sound?: SoundChoice;
  /** Presses keys at the peer, one after the other: 0-9 * # A-D. Rejects with CannotPress where it has no way to be told. */
  press(digits: string, durationMs?: number): Promise<void>;
  /** Idempotent. */
  end(why: EndReason): Promise<void>;
}
