/** Pitch periods searched, ms. */
const MIN_PERIOD_MS = 2.5;
const MAX_PERIOD_MS = 15;
/** Full strength for this long, then a fade to silence, ms. */
const FULL_MS = 10;
const FADE_MS = 60;
/** Cross-fade from repetition back to what arrives, ms. */
const JOIN_MS = 5;
/** What sound is noted behind the one before for, until the last of it is moved to the front, ms. */
const RUN_MS = 160;

/**
 * Waveform concealment after G.711 appendix I's idea: repeats the last pitch period, fading out, and cross-fades into
 * the sound that arrives afterwards. Works at one sample rate.
 */
export class Concealer {
  /** The last sound ends at `end`; so much before it is looked at. */
  private readonly history: Float32Array;
  private readonly span: number;
  private end: number;
  private readonly perMs: number;
  private readonly join: number;
  private period = 0;
  /** Samples of repetition given out since the last good one. */
  private given = 0;

  constructor(rate: number) {
    this.perMs = rate / 1000;
    this.join = JOIN_MS * this.perMs;
    this.span = 3 * MAX_PERIOD_MS * this.perMs;
    this.end = this.span;
    this.history = new Float32Array(this.span + RUN_MS * this.perMs);
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
    this.note(pcm, n);
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

  private note(pcm: Float32Array, n: number): void {
    const { history, span } = this;
    const from = Math.max(0, n - span);
    let { end } = this;
    if (end + n - from > history.length) {
      history.copyWithin(0, end - span, end);
      end = span;
    }
    for (let i = from; i < n; i += 1, end += 1) history[end] = pcm[i] as number;
    this.end = end;
  }

  private repeated(ahead: number): number {
    const position = this.given + ahead;
    const ms = position / this.perMs;
    if (ms >= FADE_MS) return 0;
    const weight = ms < FULL_MS ? 1 : 1 - (ms - FULL_MS) / (FADE_MS - FULL_MS);
    return (this.history[this.end - this.period + (position % this.period)] ?? 0) * weight;
  }

  /** The lag at which the last stretch of sound is most like itself. */
  private findPeriod(): number {
    const { history, end } = this;
    const min = Math.floor(MIN_PERIOD_MS * this.perMs);
    const max = Math.floor(MAX_PERIOD_MS * this.perMs);
    // Every second sample is enough to rank lags at 16 kHz and above.
    const stride = this.perMs > 8 ? 2 : 1;
    let best = max;
    let bestScore = -Infinity;
    for (let lag = min; lag <= max; lag += 1) {
      let dot = 0;
      let energy = 1e-9;
      for (let i = end - max; i < end; i += stride) {
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
