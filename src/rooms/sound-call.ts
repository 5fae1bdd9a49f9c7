import type { Events } from '../base/events.js';
import type { Line } from '../media/plane.js';
import type { AudioFormat, Direction } from '../media/vocabulary.js';

/** What a call of sound alone is to carry. */
export interface SoundTerms {
  /** Codecs with our payload numbers, the preferred one first; at least one. */
  formats: readonly AudioFormat[];
  /** As we state it. */
  direction: Direction;
}

/** A call of sound alone to a server of ours. */
export interface SoundCallRequest {
  /** A `sip:` URI. */
  to: string;
  /** Call-ID: a UUID that is used once. */
  callId: string;
  /** Who calls, as the server is shown: letters, digits, space, dot, dash, underscore. */
  name: string;
  headers: Readonly<Record<string, string>>;
  terms: SoundTerms;
}

/** Raised by such a call. */
export interface SoundCallEvents {
  /** Once, last: the server hung up, or does not know the call any more. */
  ended: { why: string };
}

/** A call that was answered. */
export interface SoundCall {
  /** Our end; its parameters are those that were agreed on. */
  readonly line: Line;
  readonly on: Events<SoundCallEvents>;
  /** Renegotiates. Rejects when the server does not take it; what was agreed on before stays. */
  change(terms: SoundTerms): Promise<void>;
  /** Hangs up, frees the ports; idempotent. */
  end(): Promise<void>;
}

/** Makes calls of sound alone; implemented by the legs. */
export interface SoundDialer {
  /** Rejects with DialFailed, OutOfPorts. Aborting gives up. */
  call(request: SoundCallRequest, signal: AbortSignal): Promise<SoundCall>;
}
