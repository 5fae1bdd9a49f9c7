import type { Clock } from '../../../src/base/clock.js';
import type { Net } from '../../../src/base/net.js';
import { pace } from '../pacer.js';
import { encodeTelephoneEvent } from '../../../src/protocol/rtp/telephone-event.js';
import { MediaPort, type Destination } from '../rtp/media-port.js';
import type { RtpHeader } from '../../../src/protocol/rtp/header.js';
import { openSound, toneSource, type SoundSource } from './source.js';
import { findTones, loudness } from './spectrum.js';
import type { VoiceCodec } from './codecs.js';
import { LineKeys } from './keys.js';

/** What is heard at the moment. */
export interface Heard {
  /** Strongest tones in Hz, the loudest first. */
  tones: number[];
  /** Effective loudness, dBFS; -100 is silence. */
  level: number;
  packets: number;
}

/** A codec under the payload number that one direction uses. */
export interface VoiceFormat {
  pt: number;
  codec: VoiceCodec;
}

/** How an audio line is opened. */
export interface AudioOptions {
  net: Net;
  clock: Clock;
  address: string;
  cname: string;
  /** `tone:440`, `silence` or a WAV file. */
  sound: string;
  /** First audible sound after silence, for latency figures. */
  onOnset?: (level: number) => void;
  /** A key of the telephone that came beside the sound. */
  onKey?: (key: string) => void;
}

const frameMs = 20;
/** Sampling rate at which everything heard is analysed. */
const earRate = 8000;
/** Half a second: lines 4 Hz apart are told apart. */
const earLength = 4096;
/** Without packets for this long there is silence, ms. */
const deafAfter = 300;

/** Sends a tone or a file and listens with a spectrum. */
export class AudioLine {
  private sendFormat: VoiceFormat | null = null;
  private receive = new Map<number, VoiceCodec>();
  private source: SoundSource;
  private quiet: SoundSource = toneSource([], earRate);
  private timestamp = 0;
  private started = false;
  private readonly ear = new Int16Array(earLength);
  /** Samples of the ear that are filled, from its end. */
  private heardLength = 0;
  private heardAt = 0;
  private silentPackets = 1000;
  /** Keys of the telephone beside the sound. */
  readonly keys: LineKeys;
  /** False sends silence. */
  talking = true;
  /** True sends no packets' worth of sound at all but silence, as a pressed mute key. */
  muted = false;
  /** False stops sending. */
  sending = true;

  private constructor(
    private readonly options: AudioOptions,
    readonly port: MediaPort,
  ) {
    this.source = openSound(options.sound, earRate);
    this.keys = new LineKeys(
      () => options.clock.now(),
      (key) => options.onKey?.(key),
    );
  }

  static async open(options: AudioOptions): Promise<AudioLine> {
    const { net, clock, address, cname } = options;
    let line: AudioLine | null = null;
    const listener = {
      packet: (header: RtpHeader, packet: Buffer) => line?.hear(header, packet),
      keyframe: () => undefined,
    };
    const port = await MediaPort.open({ net, clock, address, rate: earRate, cname, listener });
    const open = (): AudioLine => {
      try {
        return new AudioLine(options, port);
      } catch (error) {
        // a sound that cannot be read leaves no port behind
        port.close();
        throw error;
      }
    };
    const opened = open();
    line = opened;
    const timer = pace(clock, frameMs, () => opened.speak());
    opened.stop = () => timer.cancel();
    return opened;
  }

  /** Takes over the outcome of a negotiation. */
  update(to: Destination | null, send: VoiceFormat | null, receive: readonly VoiceFormat[]): void {
    if (send && send.codec !== this.sendFormat?.codec) this.source = openSound(this.options.sound, send.codec.rate);
    this.sendFormat = send;
    this.receive = new Map(receive.map((format) => [format.pt, format.codec]));
    if (send) this.port.rate = send.codec.clock;
    this.port.destination = to;
  }

  /** What was heard in the last half second. */
  listen(): Heard {
    if (this.options.clock.now() - this.heardAt > deafAfter) this.heardLength = 0;
    const samples = this.ear.subarray(this.ear.length - this.heardLength);
    const tones = findTones(samples, earRate).map((tone) => Math.round(tone.frequency));
    return { tones, level: loudness(samples), packets: this.port.stats.packetsIn };
  }

  close(): void {
    this.stop();
    this.port.close();
  }

  private stop: () => void = () => undefined;

  private speak(): void {
    const format = this.sendFormat;
    if (!format || !this.sending || !this.port.destination) return;
    const { codec, pt } = format;
    if (this.keys.busy) return this.speakKeys(codec);
    const count = (codec.rate * frameMs) / 1000;
    const samples = this.source.read(count);
    const audible = this.talking && !this.muted;
    const payload = codec.encode(audible ? samples : this.quiet.read(count));
    this.port.send(pt, !this.started, this.timestamp, payload);
    this.started = true;
    this.advance(codec);
  }

  /** A pressed key in the place of the sound. */
  private speakKeys(codec: VoiceCodec): void {
    const event = this.keys.step(this.timestamp);
    const pt = this.keys.numbers.send;
    if (event && pt !== null)
      this.port.send(pt, event.marker, event.timestamp, Buffer.from(encodeTelephoneEvent(event)));
    this.advance(codec);
  }

  private advance(codec: VoiceCodec): void {
    this.timestamp = (this.timestamp + (codec.clock * frameMs) / 1000) >>> 0;
  }

  private hear(header: RtpHeader, packet: Buffer): void {
    if (this.keys.hear(header, packet)) return;
    const codec = this.receive.get(header.pt);
    if (!codec) return;
    const samples = codec.decode(packet.subarray(header.payloadStart, header.payloadEnd));
    const piece = decimate(samples, codec.rate / earRate);
    this.noticeOnset(piece);
    this.ear.copyWithin(0, piece.length);
    this.ear.set(piece.subarray(Math.max(0, piece.length - earLength)), Math.max(0, earLength - piece.length));
    this.heardLength = Math.min(earLength, this.heardLength + piece.length);
    this.heardAt = this.options.clock.now();
  }

  private noticeOnset(piece: Int16Array): void {
    if (!this.options.onOnset) return;
    const level = loudness(piece);
    if (level < -45) this.silentPackets++;
    else {
      if (this.silentPackets >= 5) this.options.onOnset(level);
      this.silentPackets = 0;
    }
  }
}

/** Mean of each `factor` samples: a crude low-pass that is enough for tones below 3 kHz. */
function decimate(samples: Int16Array, factor: number): Int16Array {
  if (factor === 1) return samples;
  const out = new Int16Array(Math.floor(samples.length / factor));
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < factor; k++) sum += samples[i * factor + k] ?? 0;
    out[i] = Math.round(sum / factor);
  }
  return out;
}
