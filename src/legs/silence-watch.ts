import type { Clock, Timer } from '../base/clock.js';
import { Disposables } from '../base/disposables.js';
import type { Line } from '../media/plane.js';
import type { LineName } from '../media/vocabulary.js';

/** What is watched of a leg. */
export interface SilenceHost {
  lines(): Readonly<Record<LineName, Line | null>>;
  /** Monotonic milliseconds of the last sign of life that did not come by a line. */
  heard(): number;
  /** Nothing was heard of it for so long. */
  silent(ms: number): void;
}

/** Silence after which a call is over, milliseconds. */
const silenceMs = 15_000;

/** Notices that all lines of a leg, and what else it has, have been silent; a line on hold is never silent. */
export class SilenceWatch {
  private readonly bag = new Disposables();
  private readonly silent = new Set<Line>();
  private timer: Timer | null = null;
  /** The peer has said that it is on hold. */
  private held = false;

  constructor(
    private readonly clock: Clock,
    private readonly host: SilenceHost,
  ) {}

  /** Follows one more line. */
  add(line: Line): void {
    this.bag.add(
      line.on.on('silent', () => {
        this.silent.add(line);
        this.check();
      }),
    );
    this.bag.add(line.on.on('alive', () => void this.silent.delete(line)));
  }

  /** Nothing is heard of who is on hold, whatever its lines say; afterwards it has its time anew. */
  hold(on: boolean): void {
    if (this.held === on || this.bag.disposed) return;
    this.held = on;
    this.timer?.cancel();
    if (!on) this.timer = this.clock.after(silenceMs, () => this.check());
  }

  close(): void {
    this.timer?.cancel();
    this.bag.dispose();
  }

  private check(): void {
    if (this.bag.disposed || this.held) return;
    this.timer?.cancel();
    const heardFrom = Object.values(this.host.lines())
      .filter((line) => line !== null)
      .filter(hears);
    if (heardFrom.length === 0 || heardFrom.some((line) => !this.silent.has(line))) return;
    const rest = this.host.heard() + silenceMs - this.clock.now();
    if (rest > 0) this.timer = this.clock.after(rest, () => this.check());
    else this.host.silent(silenceMs);
  }
}

/** The peer is to send on it, so that its silence means something. */
function hears({ params }: Line): boolean {
  if (!params || params.held || !params.remote) return false;
  return params.direction === 'sendrecv' || params.direction === 'recvonly';
}
