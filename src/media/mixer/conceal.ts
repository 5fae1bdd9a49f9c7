/** Pitch periods searched, ms. */
const MIN_PERIOD_MS = 2.5;
const MAX_PERIOD_MS = 15;
/** Full strength for this long, then a fade to silence, ms. */
const FULL_MS = 10;
const FADE_MS = 60;
/** Cross-fade from repetition back to what arrives, ms. */
const JOIN_MS = 5;

/**
 * Waveform concealment after G.711 appendix I's idea: repeats the last pitch period, fading out, and cross-fades into
 * the sound that arrives afterwards. Works at one sample rate.
 */
export class Concealer {
  private readonly history: Float32Array;
  private readonly perMs: number;
  private readonly join: number;
  private period = 0;
  /** Samples of repetition given out since the last good one. */
  private given = 0;

  constructor(rate: number) {
    this.perMs = rate / 1000;
    this.join = JOIN_MS * this.perMs;
    this.history = new Float32Array(3 * MAX_PERIOD_MS * this.perMs);
  }

  /** Notes sound that arrived, and smooths its beginning where it follows a repetition. */
  good(pcm: Float32Array, n: number): void {
    if (this.given > 0) {
      const length = Math.min(this.join, n);
      for (let i = 0; i < length; i += 1) {
        const weight = (i + 1) / (length + 1);
        pcm[i] = (pcm[i] ?? 0) * weight + this.repeated(i) * (1 - weight);
      }
      this.given = 0;
    }
    const { history } = this;
    if (n >= history.length) history.set(pcm.subarray(n - history.length, n));
    else {
      history.copyWithin(0, n);
      history.set(pcm.subarray(0, n), history.length - n);
    }
  }

  /** Writes `n` samples in place of lost ones. */
  conceal(out: Float32Array, n: number): void {
    if (this.given === 0) this.period = this.findPeriod();
    for (let i = 0; i < n; i += 1) out[i] = this.repeated(i);
    this.given += n;
  }

  reset(): void {
    this.history.fill(0);
    this.given = 0;
  }

  private repeated(ahead: number): number {
    const position = this.given + ahead;
    const ms = position / this.perMs;
    if (ms >= FADE_MS) return 0;
    const weight = ms < FULL_MS ? 1 : 1 - (ms - FULL_MS) / (FADE_MS - FULL_MS);
    return (this.history[this.history.length - this.period + (position % this.period)] ?? 0) * weight;
  }

  /** The lag at which the last stretch of sound is most like itself. */
  private findPeriod(): number {
    const { history } = this;
    const min = Math.floor(MIN_PERIOD_MS * this.perMs);
    const max = Math.floor(MAX_PERIOD_MS * this.perMs);
    const end = history.length;
    const span = max;
    // Every second sample is enough to rank lags at 16 kHz and above.
    const stride = this.perMs > 8 ? 2 : 1;
    let best = max;
    let bestScore = -Infinity;
    for (let lag = min; lag <= max; lag += 1) {
      let dot = 0;
      let energy = 1e-9;
      for (let i = end - span; i < end; i += stride) {
        const then = history[i - lag] ?? 0;
        dot += (history[i] ?? 0) * then;
        energy += then * then;
      }
      const score = dot / Math.sqrt(energy);
      if (score > bestScore) {
        bestScore = score;
        best = lag;
      }
    }
    return best;
  }
}
