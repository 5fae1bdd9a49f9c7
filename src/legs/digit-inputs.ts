import type { Clock } from '../base/clock.js';

/** By which way a digit came. */
export type DigitWay = 'rtp' | 'signalling';

/** The two reports of one key press come within this, ms, besides its own length: signalling at its start, RTP at its end. */
const apartMs = 1500;
/** More keys are not pressed in that time: of what a device sends beyond them each counts. */
const mostOpen = 64;

/**
 * Devices that press a key both by RFC 4733 and by signalling (INFO, H.245) press it once: each digit of one way is paired with the same one of
 * the other, and the second of a pair is dropped. Repeated presses by one way all count.
 */
export class DigitInputs {
  /** Not paired yet, oldest first. */
  private open: { digit: string; way: DigitWay; until: number }[] = [];

  constructor(private readonly clock: Clock) {}

  /** Whether this is a new key press. */
  take(digit: string, way: DigitWay, durationMs: number | null): boolean {
    const now = this.clock.now();
    const length = durationMs ?? 0;
    this.open = this.open.filter(({ until }) => until + length > now);
    const index = this.open.findIndex((one) => one.digit === digit && one.way !== way);
    if (index >= 0) {
      this.open.splice(index, 1);
      return false;
    }
    this.open.push({ digit, way, until: now + apartMs + length });
    if (this.open.length > mostOpen) this.open.shift();
    return true;
  }
}
