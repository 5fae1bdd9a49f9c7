import type { FloorPolicy } from './floor.js';
import type { FloorTicket, ParticipantId } from './floor-party.js';
import type { EndReason } from './leg.js';
import type { Role } from './rights.js';
import type { RecordingDescription } from './recordings.js';

/** A picture a participant is shown. */
export interface Shown {
  from: ParticipantId;
  what: 'camera' | 'content';
  /** It is shown in a low encoding, because it takes no more. */
  low: boolean;
}

/** A participant as told to clients; plain data. */
export interface ParticipantDescription {
  id: ParticipantId;
  name: string;
  agent: string;
  role: Role;
  joinedAt: string;
  audio: boolean;
  muted: boolean;
  /** Who changed it last: a name, or `console` at the audio bridge; null where that is not known. */
  mutedBy: string | null;
  speaking: boolean;
  presenting: boolean;
  presenter: boolean;
  video: boolean;
  encrypted: boolean;
  content: 'separate' | 'in-main' | 'none';
  sees: { main: Shown | null; content: Shown | null };
  /** Low encodings of its pictures that are wanted of it, kbit/s; null where none is. */
  lowWanted: { main: number | null; content: number | null };
  /** What it is shown is encoded anew for it on these lines. */
  transcoded: ('main' | 'content')[];
  problems: { line: 'main' | 'content' | 'floor'; reason: string }[];
}

/** Somebody the room calls, who has not answered; `id` is the participant's later. */
export interface CallDescription {
  id: ParticipantId;
  name: string;
  role: Role;
  /** It rings there. */
  ringing: boolean;
}

/** A live request as told to clients. */
export interface TicketDescription {
  id: number;
  who: ParticipantId;
  name: string;
  state: 'pending' | 'accepted' | 'granted';
  position: number;
}

/** How the holder of the floor is doing. */
export interface HolderMarks {
  /** Its connection is lost, and the floor is kept for it for a moment. */
  away: boolean;
  /** Its content has stopped for now. */
  paused: boolean;
}

/** The floor as told to clients. */
export interface FloorDescription {
  policy: FloorPolicy;
  holder: (TicketDescription & HolderMarks) | null;
  waiting: TicketDescription[];
}

/** A picture that is encoded anew. */
export interface TranscodeDescription {
  of: ParticipantId;
  what: 'camera' | 'content';
  /** What its source sends, and what it becomes: `H264` to `VP8 848x480 15/s 512 kbit/s`. */
  from: string;
  to: string;
  /** Who is shown it, and why. */
  viewers: { id: ParticipantId; why: string }[];
  load: number | null;
}

/** A room as told to clients. */
export interface RoomDescription {
  name: string;
  permanent: boolean;
  locked: boolean;
  /** Of its sound; null while nothing is recorded. */
  recording: RecordingDescription | null;
  capacity: number;
  participants: ParticipantDescription[];
  calls: CallDescription[];
  floor: FloorDescription;
  /** Pictures that are encoded anew, and what of a processor core each takes (0..1; null before it is known). */
  transcodes: TranscodeDescription[];
  speaker: ParticipantId | null;
}

/** The floor from its live tickets, the holder's first. */
export function describeFloor(policy: FloorPolicy, tickets: FloorTicket[], marks: HolderMarks): FloorDescription {
  const all = tickets.map(describeTicket);
  const holder = all.find((one) => one.state === 'granted');
  return {
    policy,
    holder: holder ? { ...holder, ...marks } : null,
    waiting: all.filter((one) => one.state !== 'granted'),
  };
}

function describeTicket(ticket: FloorTicket): TicketDescription {
  const state = ticket.state === 'granted' || ticket.state === 'accepted' ? ticket.state : 'pending';
  return { id: ticket.id, who: ticket.who, name: ticket.name, state, position: ticket.position };
}

/** Why a call ended, in words. */
export function describeEnd(reason: EndReason): string {
  switch (reason.kind) {
    case 'left':
      return 'left';
    case 'removed':
      return `removed by ${reason.by}`;
    case 'room-closed':
      return 'room closed';
    case 'shutdown':
      return 'shutting down';
    case 'silent':
      return `no media for ${Math.round(reason.ms / 1000)} s`;
    case 'not-admitted':
      return `not admitted: ${reason.why}`;
    case 'failed':
      return `failed: ${reason.why}`;
  }
}
