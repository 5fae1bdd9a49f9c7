import type { Line, MediaPlane } from '../media/plane.js';

/** A sink and what it is to show. */
export interface WantedRoute {
  sink: Line;
  source: Line | null;
}

/** Brings the plane's routes of one room to what is wanted, telling it only differences. */
export class RoomVideo {
  private readonly applied = new Map<Line, Line | null>();

  constructor(private readonly plane: MediaPlane) {}

  /** `present` holds every line of the room that still exists; a closed line took its routes with it. */
  apply(wanted: readonly WantedRoute[], present: ReadonlySet<Line>): void {
    const sinks = new Set(wanted.map((route) => route.sink));
    for (const [sink, source] of [...this.applied]) {
      if (sinks.has(sink)) continue;
      this.applied.delete(sink);
      if (source !== null && present.has(sink)) this.plane.route(sink, null);
    }
    for (const { sink, source } of wanted) {
      if ((this.applied.get(sink) ?? null) !== source) this.plane.route(sink, source);
      this.applied.set(sink, source);
    }
  }

  /** What the sink shows. */
  sourceOf(sink: Line): Line | null {
    return this.applied.get(sink) ?? null;
  }
}
