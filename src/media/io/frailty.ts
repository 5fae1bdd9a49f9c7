import type { LineParams } from '../plane.js';
import type { Receiver } from './receiver.js';

/** Loss is judged over this long, ms. */
const WINDOW = 5000;
/** Of what came and did not, so much lost for good makes a source frail, and so little ends it. */
const FRAIL = 0.02;
const SOUND = 0.005;

/** Tells whether a source loses what nothing brings back: it sends nothing again, and no FEC that helps. */
export class Frailty {
  private windowAt = Number.NEGATIVE_INFINITY;
  private lostBefore = 0;
  private cameBefore = 0;
  private frail = false;

  /** Whether what a receiving half loses stays lost: the peer sends it once only, and FEC does not bring it back. */
  of({ lost, recovered, packets }: Receiver, params: LineParams | null, now: number): boolean {
    return this.check(lost - recovered, packets, now) && params?.feedback.nack === false;
  }

  /** `lost`: packets that neither came nor were brought back, `came`: those that did, since the line opened. */
  check(lost: number, came: number, now: number): boolean {
    if (now - this.windowAt < WINDOW) return this.frail;
    const [missing, there] = [lost - this.lostBefore, came - this.cameBefore];
    const first = this.windowAt === Number.NEGATIVE_INFINITY;
    [this.windowAt, this.lostBefore, this.cameBefore] = [now, lost, came];
    // while nothing comes at all, that is what there is to say
    if (first || there <= 0) return this.frail;
    const share = Math.max(0, missing) / (Math.max(0, missing) + there);
    if (share >= FRAIL) this.frail = true;
    else if (share <= SOUND) this.frail = false;
    return this.frail;
  }
}
