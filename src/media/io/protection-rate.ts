/** Less loss is left alone. */
const LEAST_LOSS = 0.01;
/** FEC packets for each media packet: from the first on at the least loss, at most the second, and what loss adds. */
const LEAST = 0.1;
const MOST = 0.3;
const FACTOR = 5;
/** A peer that asks again has its packets sooner by that than by FEC, below this round trip, ms. */
const SHORT_TRIP = 100;
/** What is taken for the loss of a peer that can only ask for keyframes, from the first one on, and by what it grows. */
const GUESS = 0.02;
const GUESS_STEP = 0.01;
const MOST_GUESSED = 0.05;
/** Of the loss of before, what still counts when less is reported. */
const MEMORY = 0.7;

/** How much of what one receiver is sent is protected by FEC: what it reports to lose decides. */
export class ProtectionRate {
  private loss = 0;

  /** A report of the receiver, 0..1: more loss counts at once, less by and by. */
  reported(loss: number): void {
    this.loss = loss >= this.loss ? loss : this.loss * MEMORY + loss * (1 - MEMORY);
  }

  /** It asked for a keyframe, and can ask for nothing else. */
  pictureLost(): void {
    this.loss = Math.max(this.loss, Math.min(MOST_GUESSED, this.loss < GUESS ? GUESS : this.loss + GUESS_STEP));
  }

  /** FEC packets for each media packet. `resends`: it is sent again what it asks for. */
  share(resends: boolean, roundTripMs: number | null): number {
    if (this.loss < LEAST_LOSS || (resends && (roundTripMs ?? 0) < SHORT_TRIP)) return 0;
    return Math.min(MOST, LEAST + FACTOR * this.loss);
  }
}
