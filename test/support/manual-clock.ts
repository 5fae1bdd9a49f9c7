import type { Clock, Timer } from '../../src/base/clock.js';

interface Entry {
  at: number;
  order: number;
  fn: () => void;
  every: number | null;
}

/** A clock that moves only when told to; `pending` must be 0 at the end of a test. */
export class ManualClock implements Clock {
  private time = 0;
  private order = 0;
  private readonly entries = new Set<Entry>();

  constructor(private readonly epoch = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.time;
  }

  wall(): number {
    return this.epoch + this.time;
  }

  after(ms: number, fn: () => void): Timer {
    return this.schedule(ms, fn, null);
  }

  every(ms: number, fn: () => void): Timer {
    return this.schedule(ms, fn, ms);
  }

  get pending(): number {
    return this.entries.size;
  }

  /** Moves time forward, firing timers in order at their own instants. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.earliest();
      if (!due || due.at > end) break;
      this.time = Math.max(this.time, due.at);
      if (due.every === null) this.entries.delete(due);
      else due.at += due.every;
      due.fn();
    }
    this.time = end;
  }

  private schedule(ms: number, fn: () => void, every: number | null): Timer {
    const entry: Entry = { at: this.time + ms, order: this.order++, fn, every };
    this.entries.add(entry);
    return { cancel: () => void this.entries.delete(entry) };
  }

  private earliest(): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of this.entries) {
      if (!best || entry.at < best.at || (entry.at === best.at && entry.order < best.order)) best = entry;
    }
    return best;
  }
}
