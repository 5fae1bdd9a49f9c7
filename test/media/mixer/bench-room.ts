import { createDecoder, createEncoder } from '../../../src/media/mixer/codecs/factory.js';
import type { Decoder, Encoder } from '../../../src/media/mixer/codecs/codec.js';
import type { OpusLibrary } from '../../../src/media/mixer/codecs/opus-library.js';
import { MixerEngine } from '../../../src/media/mixer/engine.js';
import type { MixerReport } from '../../../src/media/mixer/messages.js';
import { FrameRing, createRingMemory, emptyFrame } from '../../../src/media/frames.js';
import type { MixedCodecName, MixedFormat } from '../../../src/media/vocabulary.js';
import { seeded } from '../../support/seeded.js';
import { ToneSource, concat } from '../../support/tones.js';

/** Audio formats as a usual peer numbers them. */
export const formats: Record<MixedCodecName, MixedFormat> = {
  PCMU: { kind: 'audio', name: 'PCMU', pt: 0, clock: 8000, channels: 1, params: {} },
  PCMA: { kind: 'audio', name: 'PCMA', pt: 8, clock: 8000, channels: 1, params: {} },
  G722: { kind: 'audio', name: 'G722', pt: 9, clock: 8000, channels: 1, params: {} },
  opus: { kind: 'audio', name: 'opus', pt: 111, clock: 48000, channels: 2, params: { useinbandfec: '1' } },
};

/** One peer at the far end of a slot: sends a tone, keeps what it hears. */
export class Peer {
  readonly heard: Float32Array[] = [];
  readonly frames: { marker: boolean; timestamp: number; pt: number; bytes: number; first: number }[] = [];
  /** False pauses sending. */
  talking = true;
  /** Factor of its tone's amplitude. */
  gain = 1;
  /** Share of noise in its tone, which a voice has and a codec that looks for periods needs. */
  breath = 0;
  /** True leaves sending to the test. */
  manual = false;
  seq = 100;
  timestamp = 5000;
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  private readonly tone: ToneSource;
  private readonly roll = seeded(1);
  private readonly out = new Float32Array(5760);

  constructor(
    readonly id: string,
    readonly slot: number,
    readonly format: MixedFormat,
    readonly hz: number,
    amplitude = 0.2,
  ) {
    this.encoder = createEncoder(format);
    this.decoder = createDecoder(format);
    this.tone = new ToneSource(hz, this.encoder.rate, amplitude);
  }

  /** The next payload, copied. */
  payload(): Uint8Array {
    const breath = (): number => 1 + this.breath * (this.roll(1000) / 500 - 1);
    const sound = this.tone.next(this.encoder.rate / 50).map((v) => v * this.gain * breath());
    return Uint8Array.from(this.encoder.encode(sound));
  }

  take(payload: Uint8Array): void {
    const n = this.decoder.decode(payload, this.out);
    this.heard.push(this.out.slice(0, n));
  }

  /** The last `ms` of what it heard. */
  ear(ms: number): Float32Array {
    return concat(this.heard.slice(-Math.ceil(ms / 20)));
  }
}

/** An engine with peers, in made-up time: every `step` sends one frame of each peer, ticks, and delivers. */
export class BenchRoom {
  readonly reports: MixerReport[] = [];
  readonly rings = { toMixer: createRingMemory(), fromMixer: createRingMemory() };
  readonly engine: MixerEngine;
  readonly toMixer = new FrameRing(this.rings.toMixer);
  readonly fromMixer = new FrameRing(this.rings.fromMixer);
  readonly peers = new Map<number, Peer>();
  now = 1000;
  private slots = 0;

  constructor(
    readonly room = 'r',
    echo = false,
    opus?: OpusLibrary,
  ) {
    this.engine = new MixerEngine(this.rings, (report) => this.reports.push(report), opus);
    this.must({ do: 'open', room, echo });
  }

  join(id: string, name: MixedCodecName, hz: number, amplitude = 0.2): Peer {
    const peer = new Peer(id, (this.slots += 1), formats[name], hz, amplitude);
    this.peers.set(peer.slot, peer);
    const { slot, format } = peer;
    this.must({ do: 'join', room: this.room, member: id, slot, receive: [format], send: format });
    return peer;
  }

  must(command: Parameters<MixerEngine['command']>[0]): void {
    const why = this.engine.command(command);
    if (why !== null) throw new Error(why);
  }

  /** Lets `ms` pass; packets arrive 10 ms before each tick. */
  run(ms: number): void {
    for (let t = 0; t < ms; t += 20) {
      for (const peer of this.peers.values()) if (!peer.manual) this.sendOne(peer, this.now - 10);
      this.engine.tick(this.now);
      this.now += 20;
      this.deliver();
    }
  }

  sendOne(peer: Peer, at: number): void {
    const payload = peer.payload();
    if (peer.talking) this.push(peer, payload, at);
    peer.seq = (peer.seq + (peer.talking ? 1 : 0)) & 0xffff;
    peer.timestamp = (peer.timestamp + peer.encoder.step) >>> 0;
  }

  push(peer: Peer, payload: Uint8Array, at: number): void {
    const { slot, seq, timestamp } = peer;
    this.toMixer.write({ slot, pt: peer.format.pt, marker: false, seq, timestamp, at, payload });
  }

  private deliver(): void {
    const frame = emptyFrame();
    while (this.fromMixer.read(frame)) {
      const peer = this.peers.get(frame.slot);
      if (!peer) continue;
      peer.frames.push({
        marker: frame.marker,
        timestamp: frame.timestamp,
        pt: frame.pt,
        bytes: frame.payload.length,
        first: frame.payload[0] ?? 0,
      });
      peer.take(frame.payload);
    }
  }
}
