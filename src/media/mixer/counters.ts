/** Named counters of the mixer thread, carried to the main thread as differences. */
export class Counters {
  private pending = new Map<string, number>();

  add(name: string, by = 1): void {
    this.pending.set(name, (this.pending.get(name) ?? 0) + by);
  }

  /** What was counted since the last call, or null. */
  take(): Record<string, number> | null {
    if (this.pending.size === 0) return null;
    const taken = Object.fromEntries(this.pending);
    this.pending = new Map();
    return taken;
  }
}
