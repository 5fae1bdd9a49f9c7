import type { Clock, Timer } from './clock.js';

/** Timers of one machine by name. Starting one again replaces it. */
export class NamedTimers<N extends string> {
  /** Few run at a time. */
  private running: { name: N; timer: Timer }[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly fire: (name: N) => void,
  ) {}

  start(name: N, ms: number): void {
    this.stop(name);
    const timer = this.clock.after(ms, () => {
      this.forget(name);
      this.fire(name);
    });
    this.running.push({ name, timer });
  }

  stop(name: N): void {
    this.forget(name)?.cancel();
  }

  clear(): void {
    if (this.running.length === 0) return;
    for (const { timer } of this.running) timer.cancel();
    this.running = [];
  }

  describe(): string {
    return this.running.map(({ name }) => name).join('');
  }

  private forget(name: N): Timer | null {
    const at = this.running.findIndex((each) => each.name === name);
    return at < 0 ? null : (this.running.splice(at, 1)[0]?.timer ?? null);
  }
}
