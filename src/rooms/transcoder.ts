import type { Disposable } from '../base/disposables.js';
import type { Line } from '../media/plane.js';
import type { PictureTarget } from '../media/transcode-target.js';
import type { VideoCodecName } from '../media/vocabulary.js';

/** What is to be encoded anew. */
export interface TranscodeJob {
  /** For names of lines. */
  name: string;
  /** What its source sends. */
  from: VideoCodecName;
  to: PictureTarget;
  /** Content, which comes before cameras where there is not room for all. */
  content: boolean;
}

/** One picture encoded anew, for receivers that cannot take it as it is. */
export interface Transcode extends Disposable {
  /** What is to be encoded is routed here. */
  readonly takes: Line;
  /** Receivers are routed to this. */
  readonly gives: Line;
  /** Of one processor core over the last seconds, 0..1; null before it is known. */
  readonly load: number | null;
  /** Nobody needs it at present: it goes first where room is needed. */
  idle: boolean;
}

/** What a transcode tells. */
export interface TranscodeSignals {
  /** It needs a keyframe to go on with. */
  wantsKeyframe(): void;
  /** It will not work any more, and why. */
  ended(why: string): void;
}

/** Encodes pictures anew. Every one costs a part of a processor. */
export interface Transcoder {
  /** What one gives at most, kbit/s. */
  readonly kbps: number;
  /** Starts one; H.264 is of mode 0, Constrained Baseline. Rejects when there are too many already, or none can be had. */
  start(job: TranscodeJob, on: TranscodeSignals): Promise<Transcode>;
}
