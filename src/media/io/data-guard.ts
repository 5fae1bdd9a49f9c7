/** Longest frame that is passed on, bytes: H.224 frames have at most 254 octets of data, twice that where bits are stuffed. */
const longest = 600;
/** The channel has 6.4 kbit/s at most (RFC 4573 §3); twice that is let through, in bytes a second. */
const rate = 1600;
const burst = 4096;

/** Bounds what one peer may send on a data line, since it goes to somebody else unread. */
export class DataGuard {
  private left = burst;
  private at = 0;

  /** Why a frame may not pass, or null. */
  fault(bytes: number, now: number): 'data_too_long' | 'data_too_fast' | null {
    if (bytes > longest) return 'data_too_long';
    this.left = Math.min(burst, this.left + ((now - this.at) / 1000) * rate);
    this.at = now;
    if (this.left < bytes) return 'data_too_fast';
    this.left -= bytes;
    return null;
  }
}
