import type { Line, LineParams, MediaPlane } from '../media/plane.js';
import type { AudioFormat, Format } from '../media/vocabulary.js';

/** The sound of a room of two: passed on as it is where each of the two takes what the other one sends, else mixed. */
export class RoomRelay {
  private readonly fed = new Map<Line, Line>();

  constructor(private readonly plane: Pick<MediaPlane, 'feed'>) {}

  /** Brings the feeds up to the audio lines there are. Whether their sound is passed on, so that nobody has to mix it. */
  apply(lines: readonly (Line | null)[]): boolean {
    const present = lines.filter((line) => line !== null);
    const [a, b] = present;
    const passes = a !== undefined && b !== undefined && present.length === 2 && matches(a.params, b.params);
    for (const source of [...this.fed.keys()]) if (!present.includes(source)) this.fed.delete(source);
    for (const [source, sink] of [
      [a, b],
      [b, a],
    ] as const) {
      if (source) this.feed(source, passes && sink ? sink : null);
    }
    return passes;
  }

  private feed(source: Line, sink: Line | null): void {
    if ((this.fed.get(source) ?? null) === sink) return;
    if (sink) this.fed.set(source, sink);
    else this.fed.delete(source);
    this.plane.feed(source, sink);
  }
}

function matches(a: LineParams | null, b: LineParams | null): boolean {
  if (!a || !b || (a.send.length === 0 && b.send.length === 0)) return false;
  return takes(b.send, a.receive) && takes(a.send, b.receive);
}

/** All that may come can go out; what one side does not take or send at all needs no mixer either. */
function takes(out: readonly Format[], come: readonly Format[]): boolean {
  return out.length === 0 || come.every((one) => isSound(one) && out.some((other) => same(one, other)));
}

function isSound(format: Format): format is AudioFormat {
  return format.kind === 'audio';
}

function same(a: AudioFormat, b: Format): boolean {
  return isSound(b) && a.name === b.name && a.clock === b.clock && a.channels === b.channels;
}
