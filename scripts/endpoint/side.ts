import type { Happening, VideoLineName } from './events.js';
import type { EndpointMedia } from './media.js';
import type { FullOptions } from './options.js';
import type { Lines } from './sdp/outcome.js';

/** What both ends of a call have agreed on for now. */
export interface Agreed {
  lines: Lines;
  /** How the floor is asked for, for people; null without floor control. */
  floor: string | null;
}

/** What a call tells its endpoint. */
export interface SideListener {
  tell(what: Happening): void;
  /** The own request for the floor was granted, or is granted no more. */
  granted(holds: boolean): void;
  /** The lines of a call that stands are others now. */
  changed(agreed: Agreed): void;
  /** The other side asks for a keyframe in signalling. */
  keyframe(line: VideoLineName, by: 'info' | 'h245'): void;
  /** The other side ended the call. */
  ended(reason: string): void;
}

/** The endpoint's own way to the floor. */
export interface FloorSide {
  /** State of the own request: idle, pending, granted, ... */
  readonly request: string;
  /** Display name of who holds the floor. */
  readonly holder: string | null;
  /** Asks; resolves with the first answer. Rejects where the call has no floor control. */
  ask(info: string): Promise<string>;
  /** Gives the floor back, or withdraws the request. */
  release(): Promise<string>;
}

/** One call by the protocol that carries it. */
export interface CallSide {
  readonly floor: FloorSide;
  /** What both ends said of their media last, as the protocol has it. */
  readonly descriptions: { local: string; remote: string };
  /** Places the call, or takes it; resolves when it stands. Rejects with CallFailed. */
  begin(): Promise<Agreed>;
  /** `sendonly` stops the other side's media, `inactive` both directions. Rejects when the other side refuses. */
  direct(direction: 'sendrecv' | 'sendonly' | 'inactive'): Promise<void>;
  /** Says how much it takes from now on, kbit/s on all lines together. */
  take(kbps: number): Promise<void>;
  /** Tells that the microphone is off, where the protocol has words for it. */
  mute(on: boolean): void;
  /** Presses keys. Rejects where they cannot be told. */
  press(keys: string): Promise<void>;
  /** Changes the keys of what it sends, where the protocol has words for it. */
  renewKeys?(): void;
  /** Ends the call; harmless when repeated. */
  hangup(): Promise<void>;
  /** Frees what belongs to the call, which is over. */
  close(): void;
}

/** Makes the side of a call whose ports are open. Rejects with the system's error. */
export type OpenSide = (options: FullOptions, media: EndpointMedia, listener: SideListener) => Promise<CallSide>;

/** Somebody calls. */
export interface IncomingCall {
  /** Address of who calls. */
  readonly from: string;
  readonly open: OpenSide;
  refuse(why: 'busy' | 'malformed' | 'failed'): void;
}
