import { samplesOf } from './codecs/codec.js';
import type { Rate } from './codecs/codec.js';
import { limitInto } from './limiter.js';
import type { Limiter } from './limiter.js';

/** The sum of one room's voices at one sample rate. */
export class Bus {
  readonly size: number;
  /** Sum of the contributions of the members that live on this bus. */
  readonly own: Float32Array;
  /** `own` plus what the other buses and prompts add. */
  readonly total: Float32Array;
  /** What everybody hears that does not contribute, limited; of this tick and of the one before. */
  mix: Float32Array;
  last: Float32Array;
  /** True when a member contributed in this tick. */
  busy = false;

  constructor(readonly rate: Rate) {
    this.size = samplesOf(rate);
    this.own = new Float32Array(this.size);
    this.total = new Float32Array(this.size);
    this.mix = new Float32Array(this.size);
    this.last = new Float32Array(this.size);
  }

  begin(): void {
    this.own.fill(0);
    this.busy = false;
    const { mix } = this;
    this.mix = this.last;
    this.last = mix;
  }

  add(pcm: Float32Array): void {
    addTo(this.own, pcm);
    this.busy = true;
  }

  /** Largest absolute sample of the total. */
  peak(): number {
    const { total, size } = this;
    let peak = 0;
    for (let i = 0; i < size; i += 1) {
      const v = total[i] ?? 0;
      if (v > peak) peak = v;
      else if (-v > peak) peak = -v;
    }
    return peak;
  }

  /** Computes `mix`. */
  finish(limiter: Limiter): void {
    limitInto(this.mix, this.total, null, limiter);
  }
}

/** Adds `pcm` to `sum`, over the length of `sum`. */
export function addTo(sum: Float32Array, pcm: Float32Array): void {
  for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) + (pcm[i] as number);
}
