/** At 10 Mbit/s in full packets, what went out in the last second. */
const SIZE = 1024;
/** Asked for again sooner than this, a packet is on its way already, ms. */
const APART = 10;
/** The same packet is resent at most this often: no receiver can have us multiply what it is sent. */
const MOST = 6;

/** The last packets sent to one receiver, for its NACKs. Headers and payloads are kept, not copied. */
export class ResendCache {
  private readonly seqs = new Int32Array(SIZE).fill(-1);
  private readonly headers = new Array<Uint8Array | undefined>(SIZE);
  private readonly payloads = new Array<Uint8Array | undefined>(SIZE);
  private readonly times = new Uint8Array(SIZE);
  private readonly lastAt = new Float64Array(SIZE);

  put(seq: number, header: Uint8Array, payload: Uint8Array): void {
    const i = seq % SIZE;
    this.seqs[i] = seq;
    this.headers[i] = header;
    this.payloads[i] = payload;
    this.times[i] = 0;
    this.lastAt[i] = Number.NEGATIVE_INFINITY;
  }

  /** Whether packet `seq` is here and may go out once more at `now` ms; it counts as sent then. */
  take(seq: number, now: number): boolean {
    const i = seq % SIZE;
    if (this.seqs[i] !== seq || this.times[i]! >= MOST || now - this.lastAt[i]! < APART) return false;
    this.times[i]!++;
    this.lastAt[i] = now;
    return true;
  }

  header(seq: number): Uint8Array | null {
    const i = seq % SIZE;
    return this.seqs[i] === seq ? (this.headers[i] ?? null) : null;
  }

  payload(seq: number): Uint8Array | null {
    const i = seq % SIZE;
    return this.seqs[i] === seq ? (this.payloads[i] ?? null) : null;
  }
}
