import { MAX_PACKET_MS } from './codec.js';
import type { Decoder, Encoder } from './codec.js';
import { Band, clip15, highBand, lowBand } from './g722-band.js';

/** QMF coefficients (G.722 table 11), every second one; the other half is the mirror image. */
const QMF = Int32Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);
const TAPS = 24;

/** ITU-T G.722 at 64 kbit/s: two samples of 16 kHz to an octet. */
export class G722Encoder implements Encoder {
  readonly rate = 16000;
  readonly step = 160;
  private low = new Band(lowBand);
  private high = new Band(highBand);
  private readonly payload = new Uint8Array(160);
  /** Filter memory and this frame's samples, 16 bits. */
  private readonly line = new Int32Array(TAPS - 2 + 320);

  encode(pcm: Float32Array): Uint8Array {
    const { payload, line } = this;
    line.copyWithin(0, 320);
    for (let i = 0; i < 320; i += 1) {
      const v = Math.round((pcm[i] as number) * 32767);
      line[TAPS - 2 + i] = v > 32767 ? 32767 : v < -32768 ? -32768 : v;
    }
    for (let octet = 0; octet < 160; octet += 1) {
      let even = 0;
      let odd = 0;
      for (let k = 0, at = 2 * octet; k < 12; k += 1, at += 2) {
        odd += (line[at] as number) * (QMF[k] as number);
        even += (line[at + 1] as number) * (QMF[11 - k] as number);
      }
      const low = this.low.encodeLow((even + odd) >> 14);
      payload[octet] = (this.high.encodeHigh((even - odd) >> 14) << 6) | low;
    }
    return payload;
  }

  begin(after: Encoder | null): void {
    if (!(after instanceof G722Encoder)) return;
    this.low.copy(after.low);
    this.high.copy(after.high);
    this.line.set(after.line);
  }

  standAlone(): void {
    // The decoder's predictors leak, so they converge by themselves.
  }

  suit(): void {
    // One way for all.
  }

  close(): void {
    // Holds nothing.
  }
}

/** ITU-T G.722 decoder, mode 1 (64 kbit/s). */
export class G722Decoder implements Decoder {
  readonly rate = 16000;
  readonly clock = 8000;
  readonly conceals = false;
  private readonly low = new Band(lowBand);
  private readonly high = new Band(highBand);
  private readonly line = new Int32Array(TAPS - 2 + 2 * 8 * MAX_PACKET_MS);

  ticks(payload: Uint8Array): number {
    return payload.length > MAX_PACKET_MS * 8 ? 0 : payload.length;
  }

  decode(payload: Uint8Array, out: Float32Array): number {
    const n = this.ticks(payload);
    const { line } = this;
    for (let octet = 0; octet < n; octet += 1) {
      const code = payload[octet] as number;
      const low = this.low.decodeLow(code & 63);
      const high = this.high.decodeHigh(code >> 6);
      const at = TAPS - 2 + 2 * octet;
      line[at] = low + high;
      line[at + 1] = low - high;
      this.synthesize(2 * octet, out);
    }
    line.copyWithin(0, 2 * n, 2 * n + TAPS - 2);
    return 2 * n;
  }

  voiceless(): boolean {
    return false;
  }

  conceal(): number {
    return 0;
  }

  close(): void {
    // Holds nothing.
  }

  private synthesize(at: number, out: Float32Array): void {
    const { line } = this;
    let first = 0;
    let second = 0;
    for (let k = 0, i = at; k < 12; k += 1, i += 2) {
      second += (line[i] as number) * (QMF[k] as number);
      first += (line[i + 1] as number) * (QMF[11 - k] as number);
    }
    out[at] = clip15(first >> 11) / 32768;
    out[at + 1] = clip15(second >> 11) / 32768;
  }
}
