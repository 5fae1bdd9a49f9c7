import { DualstreamError, type Verdict } from '../base/errors.js';
import type { RecordedFile } from './audio-bridge.js';

/** A recording that goes on, as told to clients. */
export interface RecordingDescription {
  id: string;
  state: 'running' | 'paused';
  /** Who started it. */
  by: string;
  startedAt: string;
}

/** Where recordings are put, within bounds. */
export interface RecordingShelf {
  /** Makes a place for a new one. Rejects with RecordingsFull, RecordingUnusable. */
  begin(room: string, by: string): Promise<RecordingPlace>;
}

/** The place of one recording. */
export interface RecordingPlace {
  readonly id: string;
  /** Where its first file is to be. */
  readonly path: string;
  /** How long it may become, milliseconds. */
  readonly longestMs: number;
  /** Keeps what it has become; `over` for good. */
  keep(files: readonly RecordedFile[], over: boolean): Promise<void>;
  /** Nothing came of it. */
  abandon(): Promise<unknown>;
}

/** Base of what a recording is refused for. */
abstract class RecordingRefusal extends DualstreamError {
  protected abstract readonly http: number;
  protected abstract readonly label: string;
  protected readonly retry: boolean = false;

  get verdict(): Verdict {
    const { http, label, retry } = this;
    return { sip: 403, h225: 'noPermission', bfcp: 0, http, label, retry };
  }
}

/** Nothing is recorded here at all, or not in this room. */
export class NotRecordable extends RecordingRefusal {
  protected readonly http = 403;
  protected readonly label = 'not_recordable';
}

/** It is recorded already, or not at all, or nobody is heard whose sound could be. */
export class WrongRecordingState extends RecordingRefusal {
  protected readonly http = 409;
  protected readonly label = 'recording_state';
  protected override readonly retry = true;
}

/** There is no room for more recordings. */
export class RecordingsFull extends RecordingRefusal {
  protected readonly http = 507;
  protected readonly label = 'recordings_full';
}
