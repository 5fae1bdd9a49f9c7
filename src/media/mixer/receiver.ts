import type { Frame } from '../frames.js';
import type { MixedFormat } from '../vocabulary.js';
import { MAX_PACKET_MS, samplesOf } from './codecs/codec.js';
import type { Decoder, Rate } from './codecs/codec.js';
import { createDecoder } from './codecs/factory.js';
import type { OpusLibrary } from './codecs/opus-library.js';
import { Concealer } from './conceal.js';
import type { Counters } from './counters.js';
import { JitterBuffer } from './jitter.js';
import type { Packet, Pull } from './jitter.js';
import { SILENCE_DB, levelDb } from './levels.js';

/** RFC 3389 comfort noise at 8 kHz, static payload type. */
const COMFORT_NOISE = 13;
/** Below this a frame may be left out unheard, dBFS. */
const QUIET_DB = -50;

/** Where packets are decoded to; one thread decodes one packet at a time. */
const scratch = new Float32Array(48 * MAX_PACKET_MS);
/** The frame of who sends nothing. */
const silence = new Float32Array(960);

/** This many of the packets passed over last are decoded before the one that is heard: after them no trace is left. */
const WARM_UP = 5;
/** The same where nothing but the level is wanted: after two it is right to 2 dB in nine of ten (speech at 32 kbit/s). */
const WARM_UP_LEVEL = 2;

/** What a member's sound is wanted for. */
export type Mind = 'sound' | 'level' | 'nothing';

/** For its level, up to this many packets without a voice are passed over: it is that of the voice. */
const PATIENCE = 14;

/** What is needed once something comes: who listens only, or has not begun, has none of it. */
interface Stream {
  jitter: JitterBuffer;
  /** Null where the decoder conceals by itself. */
  concealer: Concealer | null;
  /** Packets passed over without a gap up to now, the last ones of them. */
  passed: Packet[];
  /** Decoded and not yet given out, where packets are not of 20 ms. */
  stock: Float32Array;
  /** Of one tick. */
  frame: Float32Array;
}

/** What there is to play. */
type Playable = Exclude<Pull, { kind: 'idle' }>;

/** What one member sends, from payloads to 20 ms frames of sound at its codec's own rate. */
export class Receiver {
  /** The frame of this tick; its first 20 ms are valid. To be read only. */
  pcm: Float32Array = silence;
  /** Rate of `pcm`, Hz. */
  rate: Rate = 8000;
  /** Level of this tick's frame, dBFS. */
  level = SILENCE_DB;
  /** Whether the packet of this tick was passed over. */
  unheard = false;
  private formats = new Map<number, MixedFormat>();
  private codec: { name: string; decoder: Decoder; stream: Stream | null } | null = null;
  /** Samples in the stock of the stream. */
  private stocked = 0;
  /** Packets passed over since the level was due. */
  private hesitated = 0;
  /** Sequence number of the packet passed over last. */
  private passedSeq = NaN;

  constructor(
    private readonly counters: Counters,
    private readonly opus?: OpusLibrary,
  ) {}

  /** What the peer may send from now on, by payload type; an empty list stops hearing it. */
  accept(formats: readonly MixedFormat[]): void {
    this.formats = new Map(formats.map((format) => [format.pt, format]));
    const known = formats.some((format) => format.name === this.codec?.name);
    if (known) return;
    this.drop();
    // The decoder of the likeliest format is made ahead, so that it is up when the first packet comes.
    if (formats[0]) this.select(formats[0]);
  }

  /** Takes one payload, by copy; whatever it holds. */
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

  /**
   * Prepares the frame of this tick; false when the member sends nothing (the frame is silence). `mind` says what it is
   * wanted for: with `nothing` a packet is passed over undecoded (the frame is silence, the level stays as it was), with
   * `level` only those that have no voice in them, a while long.
   */
  pull(now: number, mind: Mind = 'sound'): boolean {
    const stream = this.codec?.stream;
    const wanted = samplesOf(this.rate);
    this.unheard = false;
    this.pcm = silence;
    if (mind !== 'level') this.hesitated = 0;
    if (!stream || !this.prepare(stream, now, wanted, mind)) {
      this.level = SILENCE_DB;
      return false;
    }
    const flooded = stream.jitter.takeFlooded();
    if (flooded > 0) this.counters.add('flooded', flooded);
    if (this.stocked > 0) this.give(stream, wanted);
    const { surplus } = stream.jitter;
    if (surplus === 'none') return true;
    if (this.unheard) this.omit(stream, now);
    else if (surplus === 'urgent' || this.level < QUIET_DB) this.shorten(stream, now, wanted);
    return true;
  }

  /** What this tick passed over is wanted after all: decodes it, with enough before it that it sounds as it should. */
  catchUp(): void {
    const stream = this.codec?.stream;
    const last = this.unheard ? stream?.passed.pop() : undefined;
    this.unheard = false;
    if (!stream || !last) return;
    const n = this.decode(stream, last, 'sound', stream.frame);
    if (n === samplesOf(this.rate)) this.show(stream, n);
  }

  /** Delay the jitter buffer aims at, ms. */
  get targetMs(): number {
    return this.codec?.stream?.jitter.targetMs ?? 0;
  }

  /** When its packets may be played at the earliest, ms, of any frame; NaN when nothing comes, or at any time. */
  get ready(): number {
    return this.codec?.stream?.jitter.ready ?? NaN;
  }

  /** All pulls come `ms` later from now on, or earlier. */
  moved(ms: number): void {
    this.codec?.stream?.jitter.moved(ms);
  }

  close(): void {
    this.drop();
  }

  private select(format: MixedFormat): NonNullable<typeof this.codec> {
    if (this.codec?.name === format.name) return this.codec;
    const decoder = createDecoder(format, this.opus);
    this.drop();
    this.rate = decoder.rate;
    return (this.codec = { name: format.name, decoder, stream: null });
  }

  private drop(): void {
    this.codec?.decoder.close();
    this.codec = null;
    this.stocked = 0;
  }

  /**
   * Has `wanted` samples in the frame or in stock, or passes over what would be them; false when there is no stream.
   */
  private prepare(stream: Stream, now: number, wanted: number, mind: Mind): boolean {
    if (this.stocked > 0) return this.fill(stream, now, wanted, mind);
    const pull = stream.jitter.pull(now);
    if (pull.kind === 'idle') return false;
    if (this.mayPass(stream, pull, mind) && this.pass(stream, pull)) return true;
    this.hesitated = 0;
    if (!this.isWhole(pull)) {
      this.stock(stream, this.render(stream, pull, mind, scratch));
      return this.fill(stream, now, wanted, mind);
    }
    const n = this.render(stream, pull, mind, stream.frame);
    if (n < wanted) stream.frame.fill(0, n);
    this.show(stream, wanted);
    return true;
  }

  /** Whether it is 20 ms: a usual packet, or in place of one. */
  private isWhole(pull: Playable): boolean {
    return pull.kind !== 'packet' || (pull.packet.to - pull.packet.from) * 50 === this.codec?.decoder.clock;
  }

  /** Decodes until `wanted` samples are in stock; false when there are none. */
  private fill(stream: Stream, now: number, wanted: number, mind: Mind): boolean {
    for (let turn = 0; this.stocked < wanted && turn < 16; turn += 1) {
      const pull = stream.jitter.pull(now);
      if (pull.kind === 'idle') break;
      this.stock(stream, this.render(stream, pull, mind, scratch));
    }
    if (this.stocked === 0) return false;
    if (this.stocked < wanted) stream.stock.fill(0, this.stocked, (this.stocked = wanted));
    return true;
  }

  /** Whether this tick's packet is not needed: with the level in mind, one of a pause or of a word's first sound. */
  private mayPass({ passed }: Stream, pull: Pull, mind: Mind): boolean {
    if (mind !== 'level') return mind === 'nothing';
    this.hesitated += 1;
    const decoder = this.codec?.decoder;
    if (pull.kind !== 'packet' || !decoder || this.hesitated >= PATIENCE) return false;
    const before = passed.at(-1)?.payload;
    return decoder.voiceless(pull.packet.payload) || (before !== undefined && decoder.voiceless(before));
  }

  private stock({ stock }: Stream, n: number): void {
    stock.set(scratch.subarray(0, n), this.stocked);
    this.stocked += n;
  }

  /** Leaves undecoded what is 20 ms; false with packets of another length, which are always decoded. */
  private pass(stream: Stream, pull: Playable): boolean {
    if (pull.kind === 'packet') {
      if (!this.isWhole(pull)) return false;
      const { passed } = stream;
      const { packet } = pull;
      if (packet.seq !== this.passedSeq + 1) this.forget(stream);
      const old = passed.length > WARM_UP ? passed.shift() : undefined;
      if (old) stream.jitter.recycle(old);
      passed.push(packet);
      this.passedSeq = packet.seq;
    }
    this.unheard = true;
    return true;
  }

  /** What was passed over is of no use any more. */
  private forget({ passed, jitter }: Stream): void {
    for (const packet of passed) jitter.recycle(packet);
    passed.length = 0;
  }

  /** Writes what is to be played to `out`; returns how many samples that is. */
  private render(stream: Stream, pull: Playable, mind: Mind, out: Float32Array): number {
    if (pull.kind === 'packet') {
      const n = this.decode(stream, pull.packet, mind, out);
      if (n > 0) return n;
      this.counters.add('undecodable');
    }
    this.counters.add('concealed');
    const next = pull.kind === 'lost' ? (pull.next?.payload ?? null) : null;
    const own = this.codec?.decoder.conceal(next, out) ?? 0;
    if (own > 0) return own;
    const wanted = samplesOf(this.rate);
    if (stream.concealer) stream.concealer.conceal(out, wanted);
    else out.fill(0, 0, wanted);
    return wanted;
  }

  /** Decodes a packet to `out`, after what was passed over before it. */
  private decode(stream: Stream, packet: Packet, mind: Mind, out: Float32Array): number {
    const decoder = this.codec?.decoder;
    if (!decoder) return 0;
    const { passed, concealer, jitter } = stream;
    if (passed.length > 0) {
      const warmUp = mind === 'level' ? WARM_UP_LEVEL : WARM_UP;
      for (const before of passed.slice(-warmUp)) decoder.decode(before.payload, scratch);
      this.forget(stream);
    }
    const n = decoder.decode(packet.payload, out);
    jitter.recycle(packet);
    if (n > 0) concealer?.good(out, n);
    return n;
  }

  /** This tick's frame is there. */
  private show({ frame }: Stream, wanted: number): void {
    this.pcm = frame;
    this.level = levelDb(frame, wanted, this.rate / 8000);
  }

  /** Takes this tick's frame from the stock. */
  private give(stream: Stream, wanted: number): void {
    const { stock, frame } = stream;
    frame.set(stock.subarray(0, wanted));
    stock.copyWithin(0, wanted, this.stocked);
    this.stocked -= wanted;
    this.show(stream, wanted);
  }

  /** Leaves 20 ms out of what nobody hears. */
  private omit(stream: Stream, now: number): void {
    const pull = stream.jitter.pull(now);
    if (pull.kind === 'idle') return;
    if (!this.pass(stream, pull)) return this.stock(stream, this.render(stream, pull, 'level', scratch));
    stream.jitter.shortened();
    this.counters.add('shortened');
  }

  /** Leaves 20 ms out: this frame flows into the one behind it. */
  private shorten(stream: Stream, now: number, wanted: number): void {
    if (!this.fill(stream, now, wanted, 'sound')) return;
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

function streamOf({ rate, clock, conceals }: Decoder): Stream {
  return {
    jitter: new JitterBuffer(clock),
    concealer: conceals ? null : new Concealer(rate),
    passed: [],
    stock: new Float32Array((rate / 1000) * (MAX_PACKET_MS + 40)),
    frame: new Float32Array(samplesOf(rate)),
  };
}
