import { Emitter } from '../../base/events.js';
import type { Line, LineEvents, LineId, LineParams, LineStats, OpenLine } from '../plane.js';
import { eventOf } from '../../protocol/rtp/telephone-event.js';
import type { MediaAddress, TelephoneEventFormat } from '../vocabulary.js';
import type { LineEvent } from './messages.js';

/** What a line asks of the plane it belongs to. */
export interface LineOwner {
  update(line: FacadeLine, params: LineParams): void;
  refresh(line: FacadeLine): void;
  press(line: FacadeLine, event: number, format: TelephoneEventFormat): void;
  stats(line: FacadeLine): Promise<LineStats>;
  close(line: FacadeLine): void;
}

/** A line as the main thread sees it. */
export class FacadeLine implements Line {
  readonly id: LineId;
  readonly kind: 'audio' | 'video';
  readonly on = new Emitter<LineEvents & { params: LineParams }>();
  params: LineParams | null = null;
  private closed = false;

  constructor(
    private readonly owner: LineOwner,
    spec: OpenLine,
    readonly slot: number,
    readonly ssrc: number,
    readonly local: MediaAddress,
    /** RTP port of the pair to give back, 0 where the system chose it. */
    readonly pair: number,
  ) {
    this.id = spec.id;
    this.kind = spec.kind;
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

  press(digit: string): boolean {
    const event = eventOf(digit);
    const { params } = this;
    const clock = params?.send[0]?.clock;
    const format = params?.events.send.find((one) => one.clock === clock) ?? params?.events.send[0];
    if (this.closed || event === null || !format || this.kind !== 'audio') return false;
    this.owner.press(this, event, format);
    return true;
  }

  stats(): Promise<LineStats> {
    return this.owner.stats(this);
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

  /** The plane ended under the line. */
  planeClosed(): void {
    this.closed = true;
  }
}
