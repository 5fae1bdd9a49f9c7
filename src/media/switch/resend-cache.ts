const SIZE = 256;

/** The last packets sent to one receiver, for its NACKs. Headers and payloads are kept, not copied. */
export class ResendCache {
  private readonly seqs = new Int32Array(SIZE).fill(-1);
  private readonly headers = new Array<Uint8Array | undefined>(SIZE);
  private readonly payloads = new Array<Uint8Array | undefined>(SIZE);

  put(seq: number, header: Uint8Array, payload: Uint8Array): void {
    const i = seq % SIZE;
    this.seqs[i] = seq;
    this.headers[i] = header;
    this.payloads[i] = payload;
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
