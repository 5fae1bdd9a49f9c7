import type { Rate } from './codecs/codec.js';

/** Sound of a prompt at every rate a bus may have. */
export type PromptPcm = Record<Rate, Float32Array>;

/** Prompts that play one after another. */
export class PromptQueue {
  private readonly queue: PromptPcm[] = [];
  private frame = 0;

  get empty(): boolean {
    return this.queue.length === 0;
  }

  add(prompt: PromptPcm): void {
    this.queue.push(prompt);
  }

  /** Plays none of them any more. */
  clear(): void {
    this.queue.length = 0;
    this.frame = 0;
  }

  /** Adds the current 20 ms to `out`, which has that rate. */
  addTo(out: Float32Array, rate: Rate): void {
    const pcm = this.queue[0]?.[rate];
    if (!pcm) return;
    const size = rate / 50;
    const begin = this.frame * size;
    const n = Math.min(size, pcm.length - begin);
    for (let i = 0; i < n; i += 1) out[i] = (out[i] ?? 0) + (pcm[begin + i] ?? 0);
  }

  /** Moves on by 20 ms. */
  advance(): void {
    const pcm = this.queue[0]?.[8000];
    if (!pcm) return;
    this.frame += 1;
    if (this.frame * 160 < pcm.length) return;
    this.queue.shift();
    this.frame = 0;
  }
}
