import type { Disposable } from '../base/disposables.js';
import type { Line } from '../media/plane.js';

/** One picture encoded anew, for receivers that cannot take it as it is. */
export interface Transcode extends Disposable {
  /** What is to be encoded is routed here. */
  readonly takes: Line;
  /** Receivers are routed to this. */
  readonly gives: Line;
  /** Of one processor core over the last seconds, 0..1; null before it is known. */
  readonly load: number | null;
}

/** What a transcode tells. */
export interface TranscodeSignals {
  /** It needs a keyframe to go on with. */
  wantsKeyframe(): void;
  /** It will not work any more. */
  ended(): void;
}

/** Encodes pictures anew. Every one costs a part of a processor. */
export interface Transcoder {
  /**
   * Starts one of mode 0, Constrained Baseline, at a low rate. Rejects when there are too many already, or none can be had.
   */
  start(name: string, on: TranscodeSignals): Promise<Transcode>;
}
