/** What a receiver goes by when it chooses between two encodings of one picture. */
export interface TierInput {
  /** What the receiver may be sent of this picture, kbit/s; null is everything. */
  takes: number | null;
  /** What the full encoding may grow to, and what it has now, kbit/s. */
  allowed: number;
  sending: number;
  /** The full encoding's pictures are larger, or more, than the receiver's level takes. */
  unfit: boolean;
  /** There is no low encoding, one can be asked for, or its line is there. */
  low: 'none' | 'possible' | 'there';
  /** The low encoding goes out to the receiver now. */
  joined: boolean;
  /** Something came of it lately. */
  flowing: boolean;
}

/** The full encoding has to be too much for so long before the low one is wanted, ms. */
const TIGHT = 600;
/** It has to fit for so long before it is taken again: where the receiver takes all it may grow to, and else, ms. */
const LIFTED = 2000;
const QUIET = 10_000;
/** Each return that did not hold doubles the second, up to this, ms. */
const LONGEST = 160_000;
/** A return has held after this long, ms. */
const HELD = 60_000;
/** The low encoding has to come within this, and is given up for a while else, ms. */
const PATIENCE = 8000;
const REST = 60_000;
/** What is sent now may be so much below what the receiver takes, where it may grow beyond. */
const MARGIN = 1.15;

/**
 * Which of two encodings of one picture a receiver gets.
 *
 *     full --too much for 600 ms--> asking --its first keyframe went out--> low
 *     asking --not within 8 s--> full, no other try for a minute
 *     asking, low --the full one fits, for 2 s or longer--> full
 *     low --nothing comes of it--> full
 *
 * Whatever it says, the switch goes on with what it has until a keyframe of the other comes.
 */
export class TierChoice {
  private state: 'full' | 'asking' | 'low' = 'full';
  private since = 0;
  /** Since when what speaks against the present state has lasted; null while nothing does. */
  private against: number | null = null;
  private restsUntil = Number.NEGATIVE_INFINITY;
  private returnedAt = Number.NEGATIVE_INFINITY;
  private quiet = QUIET;
  private offered: TierInput['low'] = 'none';

  /** Which encoding is to be routed. */
  get low(): boolean {
    return this.state === 'low' || (this.state === 'asking' && this.offered === 'there');
  }

  /** The low encoding is needed. */
  get wants(): boolean {
    return this.state !== 'full';
  }

  /** It may come yet: nothing else need be tried for the receiver. */
  hopes(now: number): boolean {
    return this.state === 'asking' || (this.state === 'full' && this.offered !== 'none' && now >= this.restsUntil);
  }

  /** Before the first picture: a receiver that is known to take less begins with the low encoding. */
  begin(input: TierInput, now: number): void {
    this.offered = input.low;
    if (input.low === 'there' && input.flowing && isTight(input)) this.become('asking', now);
  }

  /** Called several times a second. */
  step(input: TierInput, now: number): void {
    this.offered = input.low;
    if (input.low === 'none') this.become('full', now);
    else if (this.state === 'full') this.full(input, now);
    else if (this.state === 'asking') this.asking(input, now);
    else this.lowered(input, now);
  }

  private full(input: TierInput, now: number): void {
    if (now < this.restsUntil) return;
    if (this.lasts(isTight(input), TIGHT, now)) {
      this.quiet = now - this.returnedAt < HELD ? Math.min(this.quiet * 2, LONGEST) : QUIET;
      this.become('asking', now);
    }
  }

  private asking(input: TierInput, now: number): void {
    if (input.joined) this.become('low', now);
    else if (this.fits(input, now)) this.become('full', now);
    else if (now - this.since > PATIENCE) this.giveUp(now);
  }

  private lowered(input: TierInput, now: number): void {
    if (!input.flowing) this.giveUp(now);
    else if (this.fits(input, now)) {
      this.returnedAt = now;
      this.become('full', now);
    }
  }

  private fits({ takes, allowed, sending, unfit }: TierInput, now: number): boolean {
    const lifted = takes === null || takes >= allowed;
    if (unfit) return this.lasts(false, LIFTED, now);
    return this.lasts(lifted || sending * MARGIN < takes, lifted ? LIFTED : this.quiet, now);
  }

  private giveUp(now: number): void {
    this.restsUntil = now + REST;
    this.become('full', now);
  }

  private lasts(holds: boolean, ms: number, now: number): boolean {
    if (!holds) this.against = null;
    else this.against ??= now;
    return this.against !== null && now - this.against >= ms;
  }

  private become(state: 'full' | 'asking' | 'low', now: number): void {
    if (state === this.state) return;
    this.state = state;
    this.since = now;
    this.against = null;
  }
}

/** The full encoding is more than the receiver takes, and is not going to become less for it. */
function isTight({ takes, allowed, sending, unfit }: TierInput): boolean {
  return unfit || (takes !== null && takes < allowed && takes < sending);
}
