import type { Events } from '../base/events.js';
import type { Line } from '../media/plane.js';

/** Member of an audio conference: the leg's id. */
export type MemberId = string;

/** What an audio bridge knows of a member; confirmed, never assumed. */
export interface MemberState {
  id: MemberId;
  muted: boolean;
  deaf: boolean;
  gainDb: number;
}

/** Raised by a conference. */
export interface ConferenceEvents {
  /** A member's confirmed state changed, by whomever. */
  member: MemberState & { by: string | null };
  /** Members speaking now, the loudest first; raised on change only. */
  speaking: { members: MemberId[] };
  /** Active speaker with hold time and hysteresis applied; null when nobody has spoken yet. */
  active: { member: MemberId | null };
  digit: { member: MemberId; digit: string };
}

/** A prompt to play. */
export type Prompt = { tone: number; ms: number } | { file: string };

/** One member of a conference. Promises resolve when the bridge confirmed. */
export interface AudioMember {
  readonly state: MemberState;
  mute(on: boolean): Promise<void>;
  deafen(on: boolean): Promise<void>;
  /** -30..+30 dB. */
  gain(db: number): Promise<void>;
  leave(): Promise<void>;
}

/** One room's audio. */
export interface AudioConference {
  readonly on: Events<ConferenceEvents>;
  join(id: MemberId, line: Line): Promise<AudioMember>;
  play(prompt: Prompt, to?: MemberId): Promise<void>;
  /** Ends the prompts that were played to one member, or to all. */
  hush(to?: MemberId): Promise<void>;
  close(): Promise<void>;
}

/** Where audio conferences live: the embedded mixer or FreeSWITCH. */
export interface AudioBridge {
  /** With `echo`, each member hears itself and nobody else. */
  open(room: string, options?: { echo: boolean }): Promise<AudioConference>;
  close(): Promise<void>;
}
