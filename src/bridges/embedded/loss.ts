import type { LineStats } from '../../media/plane.js';

/** From this share of lost packets on redundancy pays. */
const LOSSY = 0.01;
/** After loss, so many looks without one until none is expected any more. */
const CALM_LOOKS = 6;

/** What is looked at of a line. */
export type LossFigures = Pick<LineStats, 'lossOut' | 'lostIn' | 'packetsIn'>;

/**
 * Whether a peer loses packets of what it is sent: by its reports, or, where it sends none, by what is lost of its own
 * packets, as both ways mostly share the link that is bad. Loss is expected until the first look. Pure.
 */
export class LossWatch {
  lossy = true;
  private calm = CALM_LOOKS - 1;
  private before = { lostIn: 0, packetsIn: 0 };

  /** Takes the figures of the line, every few seconds; true when `lossy` changed. */
  look({ lossOut, lostIn, packetsIn }: LossFigures): boolean {
    const lost = lostIn - this.before.lostIn;
    const due = packetsIn - this.before.packetsIn + lost;
    this.before = { lostIn, packetsIn };
    // Who neither reports nor sends anything stays as it is.
    if (lossOut === null && due <= 0) return false;
    this.calm = (lossOut ?? lost / due) < LOSSY ? this.calm + 1 : 0;
    const was = this.lossy;
    this.lossy = this.calm < CALM_LOOKS;
    return this.lossy !== was;
  }
}
