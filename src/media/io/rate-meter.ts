/** Bit rate over the last full second from a growing byte counter. */
export class RateMeter {
  private bytes = 0;
  private at: number | null = null;
  /** kbit/s. */
  kbps = 0;

  /** Called now and then; takes a new reading once a second has passed. */
  sample(bytes: number, now: number): void {
    const passed = this.at === null ? 0 : now - this.at;
    if (this.at !== null && passed < 1000) return;
    if (passed > 0) this.kbps = Math.round(((bytes - this.bytes) * 8) / passed);
    this.bytes = bytes;
    this.at = now;
  }
}
