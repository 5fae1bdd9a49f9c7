import type { Line, MediaPlane, OpenLine, SharedPorts } from '../../../src/media/plane.js';
import { FakeLine } from './fake-line.js';

/** Routes as a table; a route to a closed line throws, so that tests notice. */
export class FakePlane implements MediaPlane {
  readonly routes = new Map<Line, Line>();
  readonly feeds = new Map<Line, Line>();
  /** Low encodings by the line of the full one: their line, or whether one can be asked for. */
  readonly lows = new Map<Line, Line | 'possible'>();
  calls = 0;

  open(spec: OpenLine): Promise<Line> {
    return Promise.resolve(new FakeLine(spec.id, spec.kind, null));
  }

  share(_bind: string, port: number): Promise<SharedPorts> {
    return Promise.resolve({ rtpPort: port, rtcpPort: port + 1 });
  }

  route(sink: Line, source: Line | null): void {
    this.calls++;
    if ((sink as FakeLine).closed) throw new Error(`route to the closed line ${sink.id}`);
    if (source) this.routes.set(sink, source);
    else this.routes.delete(sink);
  }

  lower(full: Line, low: Line | null, possible: boolean): void {
    if ((full as FakeLine).closed) throw new Error(`a low encoding of the closed line ${full.id}`);
    if (low ?? possible) this.lows.set(full, low ?? 'possible');
    else this.lows.delete(full);
  }

  feed(source: Line, sink: Line | null): void {
    if ((source as FakeLine).closed) throw new Error(`feed of the closed line ${source.id}`);
    if (sink) this.feeds.set(source, sink);
    else this.feeds.delete(source);
  }

  chains(): string[] {
    const live = [...this.routes].filter(([sink]) => !(sink as FakeLine).closed);
    const data = [...this.feeds].filter(([source, sink]) => !(source as FakeLine).closed && !(sink as FakeLine).closed);
    const fed = data.map(([source, sink]) => `${source.id} -> ${sink.id}`);
    return [...live.map(([sink, source]) => `${source.id} -> ${sink.id}`), ...fed].sort();
  }

  dispose(): void {
    this.routes.clear();
  }
}
