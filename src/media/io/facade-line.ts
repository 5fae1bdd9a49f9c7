import { Emitter } from '../../base/events.js';
import type { Line, LineEvents, LineId, LineKind, LineParams, LineStats, OpenLine, TracedPacket } from '../plane.js';
import type { MediaAddress } from '../vocabulary.js';
import type { LineEvent } from './messages.js';

/** What a line asks of the plane it belongs to. */
export interface LineOwner {
  update(line: FacadeLine, params: LineParams): void;
  refresh(line: FacadeLine): void;
  press(line: FacadeLine, digits: string, durationMs: number): void;
  stats(line: FacadeLine): Promise<LineStats>;
  trace(line: FacadeLine, rtpMs: number): Promise<TracedPacket[]>;
  close(line: FacadeLine): void;
}

/** What a line sends under. */
export interface Ssrcs {
  ssrc: number;
  resendSsrc: number;
}

/** A line as the main thread sees it. */
export class FacadeLine implements Line {
  readonly id: LineId;
  readonly kind: LineKind;
  readonly ssrc: number;
  readonly resendSsrc: number;
  readonly on = new Emitter<LineEvents & { params: LineParams }>();
  params: LineParams | null = null;
  private closed = false;

  constructor(
    private readonly owner: LineOwner,
    spec: OpenLine,
    readonly slot: number,
    ssrcs: Ssrcs,
    readonly local: MediaAddress,
    /** RTP port of the pair to give back, 0 where the system chose it. */
    readonly pair: number,
  ) {
    this.id = spec.id;
    this.kind = spec.kind;
    this.ssrc = ssrcs.ssrc;
    this.resendSsrc = ssrcs.resendSsrc;
  }

  update(params: LineParams): void {
    if (this.closed) return;
    this.params = params;
    this.owner.update(this, params);
    this.on.emit('params', params);
  }

  refresh(): void {
    if (!this.closed) this.owner.refresh(this);
  }

  press(digits: string, durationMs: number): boolean {
    if (this.closed || this.kind !== 'audio' || !this.params?.events.send[0]) return false;
    this.owner.press(this, digits, durationMs);
    return true;
  }

  stats(): Promise<LineStats> {
    return this.owner.stats(this);
  }

  trace(rtpMs: number): Promise<TracedPacket[]> {
    return this.owner.trace(this, rtpMs);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.owner.close(this);
  }

  /** The worker raised an event of this line. */
  raise(event: LineEvent): void {
    if (this.closed) return;
    this.on.emit(event.name, event.value);
  }

  /** The worker has closed its sockets. */
  gone(trace: TracedPacket[]): void {
    this.on.emit('closed', { trace });
  }

  /** The plane ended under the line. */
  planeClosed(): void {
    this.closed = true;
  }
}
