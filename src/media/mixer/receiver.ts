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
/** The frame of who sends nothing. */
const silence = new Float32Array(960);

/** What is needed once something comes: who listens only, or has not begun, has none of it. */
interface Stream {
  jitter: JitterBuffer;
  concealer: Concealer;
  /** Decoded and not yet given out. */
  stock: Float32Array;
  /** Of one tick. */
  frame: Float32Array;
}

/** What one member sends, from payloads to 20 ms frames of sound at its codec's own rate. */
export class Receiver {
  /** The frame of this tick; its first 20 ms are valid. To be read only. */
  pcm: Float32Array = silence;
  /** Rate of `pcm`, Hz. */
  rate: Rate = 8000;
  /** Level of this tick's frame, dBFS. */
  level = SILENCE_DB;
  private formats = new Map<number, MixedFormat>();
  private codec: { name: string; decoder: Decoder; stream: Stream | null } | null = null;
  /** Samples in the stock of the stream. */
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
    const { decoder } = codec;
    const ticks = decoder.ticks(frame.payload);
    if (ticks === 0) {
      this.counters.add('malformed');
      return;
    }
    const at = Number.isFinite(frame.at) ? Math.min(frame.at, now) : now;
    codec.stream ??= streamOf(decoder);
    const became = codec.stream.jitter.push(frame.seq, frame.timestamp, ticks, at, frame.payload);
    if (became !== 'taken') this.counters.add(became);
  }

  /** Prepares the frame of this tick; false when the member sends nothing (the frame is silence). */
  pull(now: number): boolean {
    const stream = this.codec?.stream;
    const wanted = samplesOf(this.rate);
    if (!stream || !this.fill(stream, now, wanted)) {
      this.pcm = silence;
      this.level = SILENCE_DB;
      return false;
    }
    this.give(stream, wanted);
    this.level = levelDb(this.pcm, wanted, this.rate / 8000);
    const flooded = stream.jitter.takeFlooded();
    if (flooded > 0) this.counters.add('flooded', flooded);
    const { surplus } = stream.jitter;
    if (surplus !== 'none' && (surplus === 'urgent' || this.level < QUIET_DB)) this.shorten(stream, now, wanted);
    return true;
  }

  /** Delay the jitter buffer aims at, ms. */
  get targetMs(): number {
    return this.codec?.stream?.jitter.targetMs ?? 0;
  }

  close(): void {
    this.drop();
  }

  private select(format: MixedFormat): NonNullable<typeof this.codec> {
    if (this.codec?.name === format.name) return this.codec;
    const decoder = createDecoder(format);
    this.drop();
    this.rate = decoder.rate;
    return (this.codec = { name: format.name, decoder, stream: null });
  }

  private drop(): void {
    this.codec?.decoder.close();
    this.codec = null;
    this.stocked = 0;
  }

  /** Decodes until `wanted` samples are in stock; false when there is no stream. */
  private fill({ jitter, concealer, stock }: Stream, now: number, wanted: number): boolean {
    for (let turn = 0; this.stocked < wanted && turn < 16; turn += 1) {
      const pull = jitter.pull(now);
      if (pull.kind === 'idle') break;
      const n = this.render(concealer, pull);
      stock.set(scratch.subarray(0, n), this.stocked);
      this.stocked += n;
    }
    if (this.stocked === 0) return false;
    if (this.stocked < wanted) stock.fill(0, this.stocked, (this.stocked = wanted));
    return true;
  }

  private render(concealer: Concealer, pull: Exclude<Pull, { kind: 'idle' }>): number {
    const decoder = this.codec?.decoder;
    if (!decoder) return 0;
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

  private give({ stock, frame }: Stream, wanted: number): void {
    frame.set(stock.subarray(0, wanted));
    this.pcm = frame;
    stock.copyWithin(0, wanted, this.stocked);
    this.stocked -= wanted;
  }

  /** Leaves 20 ms out: this frame flows into the one behind it. */
  private shorten(stream: Stream, now: number, wanted: number): void {
    if (!this.fill(stream, now, wanted)) return;
    const { frame, stock } = stream;
    for (let i = 0; i < wanted; i += 1) {
      const weight = (i + 0.5) / wanted;
      frame[i] = (frame[i] ?? 0) * (1 - weight) + (stock[i] ?? 0) * weight;
    }
    stock.copyWithin(0, wanted, this.stocked);
    this.stocked -= wanted;
    stream.jitter.shortened();
    this.counters.add('shortened');
  }
}

function streamOf({ rate, clock }: Decoder): Stream {
  return {
    jitter: new JitterBuffer(clock),
    concealer: new Concealer(rate),
    stock: new Float32Array((rate / 1000) * (MAX_PACKET_MS + 40)),
    frame: new Float32Array(samplesOf(rate)),
  };
}
