import type { Frame } from '../frames.js';
import type { MixedFormat } from '../vocabulary.js';
import { MAX_PACKET_MS, samplesOf } from './codecs/codec.js';
import type { Decoder, Rate } from './codecs/codec.js';
import { createDecoder } from './codecs/factory.js';
import { Concealer } from './conceal.js';
import type { Counters } from './counters.js';
import { JitterBuffer } from './jitter.js';
import type { Pull } from './jitter.js';
import { SILENCE_DB, levelDb } from './levels.js';

/** RFC 3389 comfort noise at 8 kHz, static payload type. */
const COMFORT_NOISE = 13;
/** Below this a frame may be left out unheard, dBFS. */
const QUIET_DB = -50;

/** Where packets are decoded to; one thread decodes one packet at a time. */
const scratch = new Float32Array(48 * MAX_PACKET_MS);

/** What one member sends, from payloads to 20 ms frames of sound at its codec's own rate. */
export class Receiver {
  /** The frame of this tick; its first 20 ms are valid. */
  readonly pcm = new Float32Array(960);
  /** Rate of `pcm`, Hz. */
  rate: Rate = 8000;
  /** Level of this tick's frame, dBFS. */
  level = SILENCE_DB;
  private formats = new Map<number, MixedFormat>();
  private codec: { name: string; decoder: Decoder; jitter: JitterBuffer; concealer: Concealer } | null = null;
  /** Decoded and not yet given out. */
  private stock = new Float32Array(0);
  private stocked = 0;

  constructor(private readonly counters: Counters) {}

  /** What the peer may send from now on, by payload type; an empty list stops hearing it. */
  accept(formats: readonly MixedFormat[]): void {
    this.formats = new Map(formats.map((format) => [format.pt, format]));
    const known = formats.some((format) => format.name === this.codec?.name);
    if (known) return;
    this.drop();
    // The decoder of the likeliest format is made ahead, so that it is up when the first packet comes.
    if (formats[0]) this.select(formats[0]);
  }

  /** Takes one payload; whatever it holds. */
  push(frame: Frame, now: number): void {
    const format = this.formats.get(frame.pt);
    if (!format) {
      if (frame.pt !== COMFORT_NOISE) this.counters.add('unknown_payload_type');
      return;
    }
    const codec = this.select(format);
    const ticks = codec.decoder.ticks(frame.payload);
    if (ticks === 0) {
      this.counters.add('malformed');
      return;
    }
    const at = Number.isFinite(frame.at) ? Math.min(frame.at, now) : now;
    const became = codec.jitter.push(frame.seq, frame.timestamp, ticks, at, frame.payload);
    if (became !== 'taken') this.counters.add(became);
  }

  /** Prepares the frame of this tick; false when the member sends nothing (the frame is silence). */
  pull(now: number): boolean {
    const { codec } = this;
    const wanted = samplesOf(this.rate);
    const alive = codec !== null && this.fill(codec.jitter, now, wanted);
    if (!codec || !alive) {
      this.pcm.fill(0, 0, wanted);
      this.level = SILENCE_DB;
      return false;
    }
    this.give(wanted);
    this.level = levelDb(this.pcm, wanted, this.rate / 8000);
    const flooded = codec.jitter.takeFlooded();
    if (flooded > 0) this.counters.add('flooded', flooded);
    const { surplus } = codec.jitter;
    if (surplus !== 'none' && (surplus === 'urgent' || this.level < QUIET_DB)) this.shorten(codec.jitter, now, wanted);
    return true;
  }

  /** Delay the jitter buffer aims at, ms. */
  get targetMs(): number {
    return this.codec?.jitter.targetMs ?? 0;
  }

  close(): void {
    this.drop();
  }

  private select(format: MixedFormat): NonNullable<typeof this.codec> {
    if (this.codec?.name === format.name) return this.codec;
    const decoder = createDecoder(format);
    this.drop();
    this.rate = decoder.rate;
    this.stock = new Float32Array((decoder.rate / 1000) * (MAX_PACKET_MS + 40));
    const jitter = new JitterBuffer(decoder.clock);
    return (this.codec = { name: format.name, decoder, jitter, concealer: new Concealer(decoder.rate) });
  }

  private drop(): void {
    this.codec?.decoder.close();
    this.codec = null;
    this.stocked = 0;
  }

  /** Decodes until `wanted` samples are in stock; false when there is no stream. */
  private fill(jitter: JitterBuffer, now: number, wanted: number): boolean {
    for (let turn = 0; this.stocked < wanted && turn < 16; turn += 1) {
      const pull = jitter.pull(now);
      if (pull.kind === 'idle') break;
      const n = this.render(pull);
      this.stock.set(scratch.subarray(0, n), this.stocked);
      this.stocked += n;
    }
    if (this.stocked === 0) return false;
    if (this.stocked < wanted) this.stock.fill(0, this.stocked, (this.stocked = wanted));
    return true;
  }

  private render(pull: Exclude<Pull, { kind: 'idle' }>): number {
    const { codec } = this;
    if (!codec) return 0;
    const { decoder, concealer } = codec;
    if (pull.kind === 'packet') {
      const n = decoder.decode(pull.packet.payload, scratch);
      if (n > 0) {
        concealer.good(scratch, n);
        return n;
      }
      this.counters.add('undecodable');
    }
    this.counters.add('concealed');
    const own = decoder.conceal(pull.kind === 'lost' ? (pull.next?.payload ?? null) : null, scratch);
    if (own > 0) return own;
    concealer.conceal(scratch, samplesOf(this.rate));
    return samplesOf(this.rate);
  }

  private give(wanted: number): void {
    this.pcm.set(this.stock.subarray(0, wanted));
    this.stock.copyWithin(0, wanted, this.stocked);
    this.stocked -= wanted;
  }

  /** Leaves 20 ms out: this frame flows into the one behind it. */
  private shorten(jitter: JitterBuffer, now: number, wanted: number): void {
    if (!this.fill(jitter, now, wanted)) return;
    const { pcm, stock } = this;
    for (let i = 0; i < wanted; i += 1) {
      const weight = (i + 0.5) / wanted;
      pcm[i] = (pcm[i] ?? 0) * (1 - weight) + (stock[i] ?? 0) * weight;
    }
    this.stock.copyWithin(0, wanted, this.stocked);
    this.stocked -= wanted;
    jitter.shortened();
    this.counters.add('shortened');
  }
}
