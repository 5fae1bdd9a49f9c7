/** Watches one line for silence: `silent` once, `alive` when it ends. Rests while silence is normal. */
export class SilenceWatch {
  private heardAt = 0;
  private watching = false;
  private raised = false;

  constructor(private readonly limit: number) {}

  /** Starts or rests; a start counts from `now`. */
  watch(on: boolean, now: number): void {
    if (on && !this.watching) this.heardAt = now;
    this.watching = on;
  }

  /** Something arrived. True: the silence is over. */
  heard(now: number): boolean {
    this.heardAt = now;
    if (!this.raised) return false;
    this.raised = false;
    return true;
  }

  /** Called on a tick: milliseconds of silence when the limit has just been passed, else null. */
  check(now: number): number | null {
    const quiet = now - this.heardAt;
    if (!this.watching || this.raised || quiet < this.limit) return null;
    this.raised = true;
    return quiet;
  }
}
