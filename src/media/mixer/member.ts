import type { MixedFormat } from '../vocabulary.js';
import { FRAME_MS, samplesOf } from './codecs/codec.js';
import type { Rate } from './codecs/codec.js';
import type { OpusLibrary } from './codecs/opus-library.js';
import type { Counters } from './counters.js';
import { gainOf } from './levels.js';
import type { PromptQueue } from './prompts.js';
import { Receiver } from './receiver.js';
import type { Mind } from './receiver.js';
import { createResampler } from './resample.js';
import type { Resampler } from './resample.js';
import { Sender } from './sender.js';
import type { Voice } from './speaker.js';
import { SpeechDetector } from './speech.js';

/** Above this a frame is worth mixing, dBFS. */
const AUDIBLE_DB = -58;
/** A member stays in the mix this many frames after its last audible one. */
const LINGER = 15;
/** Who speaks and finds no place in the mix is listened to every so many frames, */
const LISTEN_EVERY = 25;
/** and who would need a rise by more than this to find one half as often, dB. */
const NEAR_DB = 6;
/** A rise by more than this is looked at twice then, dB. */
const DOUBT_DB = 6;
/** A change of gain or of being in the mix is spread over this part of a frame. */
const RAMP = 0.25;

const nothing = new Float32Array(0);

/** One member of a room: what it sends, what it is sent, and how it is heard. */
export class MixMember implements Voice {
  muted = false;
  deaf = false;
  /** Whether it loses packets, as far as is known. */
  lossy = true;
  sender: Sender | null = null;
  /** Prompts for this member alone. */
  prompts: PromptQueue | null = null;
  /** What it has to say in this tick, if `contributing`. To be read only. */
  contribution: Float32Array = nothing;
  contributing = false;
  /** Whether it may contribute in this tick; set by the room. */
  chosen = false;
  /** When it spoke last, ms. */
  spokeAt = -Infinity;
  readonly receiver: Receiver;
  private readonly detector = new SpeechDetector();
  private gain = 1;
  /** It speaks, but the mix is full. */
  private waiting = false;
  /** Frames from one time to the next that it is listened to while it waits. */
  private every = LISTEN_EVERY;
  /** How long its sound has been passed over, ms. */
  private sinceHeard = 0;
  /** Its level is wanted. */
  private due = false;
  private doubtful = false;
  private weight = 0;
  private linger = 0;
  private convert: Resampler | null = null;
  /** The contribution where it is not the sound as it came. */
  private shaped: Float32Array = nothing;

  constructor(
    readonly id: string,
    readonly slot: number,
    counters: Counters,
    private readonly opus?: OpusLibrary,
  ) {
    this.receiver = new Receiver(counters, opus);
  }

  get speaking(): boolean {
    return this.detector.speaking;
  }

  get level(): number {
    return this.detector.level;
  }

  get loudness(): number {
    return this.detector.loudness;
  }

  /** Rate of the bus this member lives on: that of what it is sent, so that its own voice can be subtracted there. */
  get rate(): Rate {
    return this.sender?.own.rate ?? this.receiver.rate;
  }

  /** Whether it has something to be heard in this tick. */
  get audible(): boolean {
    return this.linger > 0 && !this.muted;
  }

  /** Applies the outcome of a negotiation. */
  update(receive: readonly MixedFormat[], send: MixedFormat | null): void {
    this.receiver.accept(receive);
    const before = this.sender;
    if (before && send && sameFormat(before.format, send)) return;
    this.sender = send && new Sender(this.slot, send, this.opus);
    if (before && this.sender) this.sender.continue(before);
    before?.close();
    this.weight = 0;
  }

  setGain(db: number): void {
    this.gain = gainOf(db);
  }

  mute(on: boolean): void {
    this.muted = on;
    if (on) this.detector.reset();
  }

  /** Prepares the sound of this tick, as far as it is needed. */
  hear(now: number, tick: number): void {
    const alive = this.receiver.pull(now, this.mind(tick));
    const { level, unheard } = this.receiver;
    if (unheard) {
      this.sinceHeard += FRAME_MS;
      return;
    }
    this.due = false;
    if (this.doubts(level)) return;
    if (this.sinceHeard > 0 && alive) this.detector.glimpse(level, this.sinceHeard + FRAME_MS);
    else if (!this.muted) this.detector.step(level, FRAME_MS);
    this.sinceHeard = 0;
    if (this.speaking) this.spokeAt = now;
    if (alive && level > AUDIBLE_DB) this.linger = LINGER;
    else if (this.linger > 0) this.linger -= 1;
  }

  /** The room has chosen it, or not: its sound is there from now on when it is. `lacking`: what it needs to be, dB. */
  place(full: boolean, lacking: number): void {
    this.waiting = full && this.speaking && this.detector.voiced && !this.chosen;
    this.every = lacking > NEAR_DB ? 2 * LISTEN_EVERY : LISTEN_EVERY;
    if (this.chosen) this.receiver.catchUp();
  }

  /** Computes this tick's `contribution` for a bus of `rate`, with a short ramp where its weight changes. */
  contribute(rate: Rate): void {
    const target = this.chosen && !this.muted ? this.gain : 0;
    this.contributing = target > 0 || this.weight > 0;
    if (!this.contributing) return;
    const untouched = target === 1 && this.weight === 1;
    this.contribution = untouched ? this.source(rate) : this.shape(this.source(rate), samplesOf(rate), target);
    this.weight = target;
  }

  close(): void {
    this.receiver.close();
    this.sender?.close();
    this.sender = null;
  }

  /** Who does not speak is decoded all the time, so that no word's beginning is lost. */
  private mind(tick: number): Mind {
    if (this.muted) return 'nothing';
    if (!this.waiting) return 'sound';
    this.due ||= this.doubtful || (tick + this.slot) % this.every === 0;
    return this.due ? 'level' : 'nothing';
  }

  /** A decoder that was left out for a while may be too loud: a rise is believed once the next packet says the same. */
  private doubts(level: number): boolean {
    this.doubtful = this.waiting && !this.doubtful && level > this.detector.level + DOUBT_DB;
    if (this.doubtful) this.sinceHeard += FRAME_MS;
    return this.doubtful;
  }

  private source(rate: Rate): Float32Array {
    const from = this.receiver.rate;
    if (from === rate) return this.receiver.pcm;
    if (this.convert?.from !== from || this.convert.to !== rate) this.convert = createResampler(from, rate);
    const out = this.shapedOf(samplesOf(rate)).fill(0);
    this.convert.addTo(out, this.receiver.pcm);
    return out;
  }

  private shapedOf(size: number): Float32Array {
    if (this.shaped.length !== size) this.shaped = new Float32Array(size);
    return this.shaped;
  }

  private shape(pcm: Float32Array, n: number, target: number): Float32Array {
    const out = this.shapedOf(n);
    const ramp = this.weight === target ? 0 : Math.floor(n * RAMP);
    const slope = ramp === 0 ? 0 : (target - this.weight) / ramp;
    for (let i = 0; i < ramp; i += 1) out[i] = (pcm[i] ?? 0) * (this.weight + slope * i);
    for (let i = ramp; i < n; i += 1) out[i] = (pcm[i] ?? 0) * target;
    return out;
  }
}

function sameFormat(a: MixedFormat, b: MixedFormat): boolean {
  const params = (format: MixedFormat): string =>
    Object.entries(format.params)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(';');
  return a.name === b.name && a.pt === b.pt && params(a) === params(b);
}
