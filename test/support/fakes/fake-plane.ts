import type { Line, MediaPlane, OpenLine } from '../../../src/media/plane.js';
import { FakeLine } from './fake-line.js';

/** Routes as a table; a route to a closed line throws, so that tests notice. */
export class FakePlane implements MediaPlane {
  readonly routes = new Map<Line, Line>();
  calls = 0;

  open(spec: OpenLine): Promise<Line> {
    return Promise.resolve(new FakeLine(spec.id, spec.kind, null));
  }

  route(sink: Line, source: Line | null): void {
    this.calls++;
    if ((sink as FakeLine).closed) throw new Error(`route to the closed line ${sink.id}`);
    if (source) this.routes.set(sink, source);
    else this.routes.delete(sink);
  }

  chains(): string[] {
    const live = [...this.routes].filter(([sink]) => !(sink as FakeLine).closed);
    return live.map(([sink, source]) => `${source.id} -> ${sink.id}`).sort();
  }

  dispose(): void {
    this.routes.clear();
  }
}
