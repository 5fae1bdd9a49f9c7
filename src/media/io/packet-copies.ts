/** Octets taken at a time: a few packets of video. */
const PIECE = 8192;

/** Copies of a line's packets that may be kept. Those that came together share memory, with none of other lines. */
export class PacketCopies {
  private piece: Buffer | null = null;
  private used = 0;

  copy(data: Uint8Array): Buffer {
    const { length } = data;
    if (!this.piece || this.used + length > PIECE) {
      this.piece = Buffer.allocUnsafeSlow(Math.max(PIECE, length));
      this.used = 0;
    }
    const copy = this.piece.subarray(this.used, this.used + length);
    copy.set(data);
    this.used += length;
    return copy;
  }
}
