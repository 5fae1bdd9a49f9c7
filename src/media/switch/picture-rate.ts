import { tsDelta } from '../../protocol/rtp/sequence.js';

/** How long pictures are counted, 90 kHz ticks. */
const SPAN = 180_000;
/** What is further apart is another beginning. */
const GAP = 900_000;

/** Pictures a second, by the timestamps of a source. */
export class PictureRate {
  /** Over the last two seconds of the source; 0 before they are over. */
  fps = 0;
  private from = -1;
  private last = -1;
  private pictures = 0;

  /** One packet; packets of one picture have one timestamp. */
  input(timestamp: number): void {
    if (timestamp === this.last) return;
    const step = this.last < 0 ? 0 : tsDelta(timestamp, this.last);
    // a picture that comes late, or is shown before one that it is predicted from
    if (step < 0 && step > -GAP) return;
    if (this.from < 0 || step > GAP || step <= -GAP) {
      this.from = timestamp;
      this.pictures = 0;
    }
    this.last = timestamp;
    const passed = tsDelta(timestamp, this.from);
    if (passed >= SPAN) {
      this.fps = (this.pictures * 90_000) / passed;
      this.from = timestamp;
      this.pictures = 0;
    }
    this.pictures++;
  }

  /** The source begins anew. */
  restart(): void {
    this.fps = 0;
    this.from = this.last = -1;
  }
}
