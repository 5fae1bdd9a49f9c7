import type { PictureKind } from './pattern/code.js';
import type { Picture } from './view/viewer.js';

/** The two video lines by what they carry. */
export type VideoLineName = 'main' | 'content';

/** What happens, without its time. */
export type Happening =
  | { event: 'calling'; to: string; vendor: string; transport: string }
  /** Waits for calls at these addresses. */
  | { event: 'listening'; at: string[] }
  | { event: 'called'; from: string }
  | { event: 'connected'; audio: string | null; video: string | null; content: string | null; floor: string | null }
  /** H.323: so many channels are open by fast start, 0 where it was refused. */
  | { event: 'fast-start'; channels: number }
  /** The lines changed during the call. */
  | { event: 'renegotiated'; audio: string | null; video: string | null; content: string | null; floor: string | null }
  | { event: 'ended'; reason: string }
  /** The floor control connection stands, or broke. */
  | { event: 'floor-ready' }
  | { event: 'floor-lost'; reason: string }
  /** The own request: pending, accepted, granted, denied, cancelled, released, revoked. */
  | { event: 'floor'; state: string; info?: string }
  /** Who holds the floor, by display name. */
  | { event: 'holder'; holder: string | null; self: boolean }
  | { event: 'sharing'; what: string; pages: number }
  /** Once a second: strongest tones in Hz, the loudest first, and loudness in dBFS. */
  | { event: 'heard'; tones: number[]; level: number }
  /** First sound after at least 100 ms of silence. */
  | { event: 'onset'; level: number }
  /** The source of a line changed. */
  | {
      event: 'sees';
      line: VideoLineName;
      from: string | null;
      kind: PictureKind | null;
      counter: number | null;
      width: number;
      height: number;
    }
  /** Once a second for every line that ever received something. */
  | ({ event: 'picture'; line: VideoLineName; decoding: boolean } & Picture)
  /** The other side asked for a keyframe. */
  | { event: 'keyframe-request'; line: VideoLineName; by: 'rtcp' | 'info' | 'h245' }
  /** The other side pressed keys. */
  | { event: 'keys'; keys: string }
  /** The other side says in signalling that a line of its carries nothing now, or does again. */
  | { event: 'muted'; line: 'audio' | VideoLineName; muted: boolean }
  /** H.323: packets of a line are encrypted by another key from now on, in one direction or the other. */
  | { event: 'new-key'; line: 'audio' | VideoLineName }
  /** The other side allows us so much on a line, or on all; null lifts it, 0 is nothing at all. */
  | { event: 'limit'; line: 'audio' | VideoLineName | null; kbps: number | null }
  | { event: 'error'; message: string };

/** One line of output: what happened, and when in milliseconds of the endpoint's monotonic clock. */
export type EndpointEvent = Happening & { t: number };
