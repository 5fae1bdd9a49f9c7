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

/**
 * Who brought a change about: the name that `mute` was given, the id of a member that pressed a key, or `console` for who
 * is at the controls of the bridge itself. Null where it is not known.
 */
export type Actor = string | null;

/** Who is at the controls of the bridge itself. */
export const atConsole = 'console';

/** A file of a recording. */
export interface RecordedFile {
  path: string;
  /** Server on whose disk it lies; null is the gateway's own. */
  server: string | null;
}

/** How a recording stands. `files` are all it has written so far, oldest first. */
export interface RecordingState {
  state: 'running' | 'paused' | 'over';
  files: readonly RecordedFile[];
}

/** Raised by a conference. */
export interface ConferenceEvents {
  /** A member's confirmed state changed, by whomever. */
  member: MemberState & { by: Actor };
  /** Members speaking now, the loudest first; raised on change only. Who is muted or gone does not speak. */
  speaking: { members: MemberId[] };
  /** Active speaker with hold time and hysteresis applied; null when nobody has spoken yet. */
  active: { member: MemberId | null };
  digit: { member: MemberId; digit: string };
  /** A member was put out by whoever is at the controls of the bridge. */
  removed: { member: MemberId; by: Actor };
  locked: { on: boolean };
  recording: RecordingState;
}

/** A prompt to play. */
export type Prompt = { tone: number; ms: number } | { file: string };

/** How a member comes in. */
export interface JoinOptions {
  /** Not heard from its first packet on. */
  muted?: boolean;
  /** Shown to whoever is at the controls of the bridge. */
  name?: string;
  /** Known as a moderator to whoever is at the controls of the bridge. */
  moderator?: boolean;
  /** Comes in although the conference is locked. */
  pass?: boolean;
}

/** One member of a conference. Promises resolve when the bridge confirmed. */
export interface AudioMember {
  readonly state: MemberState;
  /** `by` names who wants it, for the event. */
  mute(on: boolean, by?: Actor): Promise<void>;
  deafen(on: boolean): Promise<void>;
  /** -30..+30 dB; a bridge with steps takes the nearest, within 1 dB from -16 to 15 dB. */
  gain(db: number): Promise<void>;
  /** A key that the member pressed, 0-9 * # A-D, for bridges that let their members mute themselves by keys. */
  press(digit: string): void;
  leave(): Promise<void>;
}

/** A recording of what everybody hears. */
export interface AudioRecording extends RecordingState {
  pause(on: boolean): Promise<void>;
  /** Idempotent; resolves when the last file is whole. */
  stop(): Promise<void>;
}

/** One room's audio. */
export interface AudioConference {
  readonly on: Events<ConferenceEvents>;
  join(id: MemberId, line: Line, options?: JoinOptions): Promise<AudioMember>;
  play(prompt: Prompt, to?: MemberId): Promise<void>;
  /** Ends the prompts that were played to one member, or to all. */
  hush(to?: MemberId): Promise<void>;
  /** Nobody comes in any more but who is let pass: the fence behind that of the room. */
  lock(on: boolean): Promise<void>;
  /** Records into a new WAVE file of 16-bit PCM, one recording at a time; it ends with the conference. */
  record(path: string): Promise<AudioRecording>;
  close(): Promise<void>;
}

/** Where audio conferences live: the embedded mixer or FreeSWITCH. */
export interface AudioBridge {
  /** With `echo`, each member hears itself and nobody else. */
  open(room: string, options?: { echo: boolean }): Promise<AudioConference>;
  close(): Promise<void>;
}
