/** Sample rate of recordings, Hz. */
export const RECORDED_RATE = 48_000;
/** Frames of 20 ms that go out in one piece. */
const FRAMES = 10;
const SAMPLES = RECORDED_RATE / 50;

/** Gathers what everybody in a room hears as 16-bit PCM and gives it away in pieces of 200 ms. */
export class Recorder {
  private pcm = new Int16Array(FRAMES * SAMPLES);
  private length = 0;

  constructor(private readonly give: (pcm: Int16Array) => void) {}

  /** The next 20 ms at 48 kHz, samples within -1..1. */
  take(mix: Float32Array): void {
    for (let i = 0; i < SAMPLES; i += 1) {
      const v = mix[i] ?? 0;
      this.pcm[this.length + i] = Math.round(v * (v < 0 ? 0x8000 : 0x7fff));
    }
    this.length += SAMPLES;
    if (this.length === this.pcm.length) this.flush();
  }

  /** Gives away what is left. */
  flush(): void {
    if (this.length === 0) return;
    this.give(this.pcm.slice(0, this.length));
    this.length = 0;
  }
}
