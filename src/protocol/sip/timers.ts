import type { Clock, Timer } from '../../base/clock.js';

/** The three base values of RFC 3261 §17 (Table 4), milliseconds. */
export interface SipTimers {
  t1: number;
  t2: number;
  t4: number;
}

export const standardTimers: SipTimers = { t1: 500, t2: 4000, t4: 5000 };

/** Timers of one machine by letter. Starting one again replaces it. */
export class NamedTimers<N extends string> {
  private readonly running = new Map<N, Timer>();

  constructor(
    private readonly clock: Clock,
    private readonly fire: (name: N) => void,
  ) {}

  start(name: N, ms: number): void {
    this.stop(name);
    this.running.set(
      name,
      this.clock.after(ms, () => {
        this.running.delete(name);
        this.fire(name);
      }),
    );
  }

  stop(name: N): void {
    this.running.get(name)?.cancel();
    this.running.delete(name);
  }

  clear(): void {
    for (const timer of this.running.values()) timer.cancel();
    this.running.clear();
  }

  describe(): string {
    return [...this.running.keys()].join('');
  }
}
