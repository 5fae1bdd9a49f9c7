import { fuNalHeader } from '../../protocol/rtp/h264.js';
import { seqAdd } from '../../protocol/rtp/sequence.js';

/** Puts FU-A pieces back together when the whole NAL unit fits into one packet. */
export class Fragments {
  private readonly buffer: Uint8Array;
  private length = 0;
  private nextSeq = -1;

  /** `most`: longest NAL unit, bytes. */
  constructor(most: number) {
    this.buffer = new Uint8Array(most);
  }

  /**
   * Adds one piece. `more`: keep feeding; `whole`: `nal()` is complete; `long`: the NAL unit does not fit;
   * `broken`: a piece before this one is missing.
   */
  input(seq: number, payload: Uint8Array, first: boolean, last: boolean): 'more' | 'whole' | 'long' | 'broken' {
    if (first) {
      this.buffer[0] = fuNalHeader(payload, 0);
      this.length = 1;
    } else if (seq !== this.nextSeq) {
      this.nextSeq = -1;
      return 'broken';
    }
    const end = this.length + payload.length - 2;
    if (end > this.buffer.length) {
      this.nextSeq = -1;
      return 'long';
    }
    this.buffer.set(payload.subarray(2), this.length);
    this.length = end;
    this.nextSeq = last ? -1 : seqAdd(seq, 1);
    return last ? 'whole' : 'more';
  }

  /** A copy of the complete NAL unit. */
  nal(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
