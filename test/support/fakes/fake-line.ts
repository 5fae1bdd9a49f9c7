import { Emitter } from '../../../src/base/events.js';
import { emptyStats } from '../../../src/media/io/messages.js';
import type { Line, LineEvents, LineKind, LineParams, LineStats, TracedPacket } from '../../../src/media/plane.js';
import type { Direction } from '../../../src/media/vocabulary.js';

let slots = 0;

/** Parameters good enough for a room. */
export function lineParams(direction: Direction): LineParams {
  return {
    direction,
    remote: { address: '127.0.0.1', rtpPort: 40000, rtcpPort: 40001 },
    receive: [],
    send: [],
    events: { receive: [], send: [] },
    feedback: { pli: true, fir: true, nack: false, remb: false },
    cname: 'fake',
    maxKbps: null,
    held: false,
  };
}

/** A line without media that counts what it is asked. */
export class FakeLine implements Line {
  readonly slot = slots++;
  readonly ssrc = 1;
  readonly local = { address: '127.0.0.1', rtpPort: 30000, rtcpPort: 30001 };
  readonly events = new Emitter<LineEvents & { params: LineParams }>();
  readonly on = this.events;
  params: LineParams | null;
  refreshed = 0;
  /** Keys pressed towards the peer. */
  pressed = '';
  closed = false;
  /** What it remembers. */
  traced: TracedPacket[] = [];

  constructor(
    readonly id: string,
    readonly kind: LineKind,
    direction: Direction | null = 'sendrecv',
  ) {
    this.params = direction && lineParams(direction);
  }

  update(params: LineParams): void {
    this.params = params;
    this.events.emit('params', params);
  }

  refresh(): void {
    this.refreshed++;
  }

  press(digits: string): boolean {
    if ((this.params?.events.send.length ?? 0) === 0) return false;
    this.pressed += digits;
    return true;
  }

  stats(): Promise<LineStats> {
    return Promise.resolve(emptyStats());
  }

  trace(): Promise<TracedPacket[]> {
    return Promise.resolve(this.traced);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.events.emit('closed', { trace: this.traced });
  }
}
