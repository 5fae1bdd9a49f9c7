import type { Clock } from '../../base/clock.js';
import type { FrameRing } from '../frames.js';
import type { LineId, LineKind } from '../plane.js';
import type { VideoSource } from '../switch/source.js';
import type { Drops, Repair } from './drops.js';
import type { LineEvent, Limits } from './messages.js';
import type { Between } from './rtcp-session.js';

/** Identity of a line. */
export interface LineIdentity {
  slot: number;
  id: LineId;
  kind: LineKind;
  ssrc: number;
  /** Of what is sent again. */
  resendSsrc: number;
}

/** What a line needs of the engine around it. */
export interface LineContext {
  clock: Clock;
  /** Wall-clock minus monotonic clock, ms. */
  wallOffset: number;
  limits: Limits;
  between: Between;
  drops: Drops;
  repairs: Drops<Repair>;
  toMixer: FrameRing;
  /** `Frame.at` minus `clock.now()`, ms. */
  frameOrigin: number;
  tell(slot: number, event: LineEvent): void;
  /** The source's own timestamp for what it captures (as its listeners perceive it) at `now`. */
  timestampAt(source: VideoSource, now: number): number | null;
  /** What kind of picture a source sends. */
  roleOf(source: VideoSource): 'video' | 'content';
}
