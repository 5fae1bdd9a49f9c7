import type { Clock } from './clock.js';

/** Most keys remembered; beyond that the oldest may speak again. */
const mostKeys = 10_000;

/** Lets one line a second through for each key, so that nobody outside can fill a log. What it holds back is told later. */
export class LogLimit {
  private readonly keys = new Map<string, { at: number; held: number }>();

  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    private readonly intervalMs = 1000,
  ) {}

  /** Null: not now. Else how many lines were held back since the last one. */
  pass(key: string): { held: number } | null {
    const now = this.clock.now();
    const last = this.keys.get(key);
    if (last && now - last.at < this.intervalMs) {
      last.held += 1;
      return null;
    }
    this.keys.delete(key);
    if (this.keys.size >= mostKeys) this.forgetOldest();
    this.keys.set(key, { at: now, held: 0 });
    return { held: last?.held ?? 0 };
  }

  private forgetOldest(): void {
    const [oldest] = this.keys.keys();
    if (oldest !== undefined) this.keys.delete(oldest);
  }
}
