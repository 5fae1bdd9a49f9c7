import { systemClock } from '../../../src/base/clock.js';
import { createRingMemory, emptyFrame, FrameRing, type Frame } from '../../../src/media/frames.js';
import { Drops } from '../../../src/media/io/drops.js';
import { Engine } from '../../../src/media/io/engine.js';
import { defaultLimits, type FromWorker } from '../../../src/media/io/messages.js';
import { NativeSockets } from '../../../src/media/io/native-sockets.js';
import { nodeSockets } from '../../../src/media/io/node-sockets.js';
import type { MediaSockets } from '../../../src/media/io/sockets.js';
import { DeskSink } from '../../../src/media/mixer/desk-sink.js';
import { RingSink, type FrameSink } from '../../../src/media/mixer/frame-sink.js';
import type { UdpModule } from '../../../src/media/native/udp-module.js';
import type { LineParams, LineStats } from '../../../src/media/plane.js';
import { params, pcmu, type Peer, until } from './peer.js';

const slot = 7;
/** Between the clock of frames and that of the engine, ms. */
export const frameOrigin = 5000;
export const events = { pt: 101, clock: 8000 };

/** An engine with one line of sound towards a peer on loopback, and what the mixer's thread has of it. */
export class ShortBench {
  readonly told: FromWorker[] = [];
  private readonly drops = new Drops();
  private rest: Record<string, number>[] = [];
  /** Packets that JavaScript was told of as they came. */
  longWay = 0;
  readonly errors: string[] = [];
  readonly frames: Frame[] = [];
  /** By which the mixer's thread hands in; null without a short way. */
  desk: number | null = null;
  readonly engine: Engine;
  private readonly sink: FrameSink;
  private readonly input: FrameRing;
  private readonly toMixer: SharedArrayBuffer;
  private timestamp = 0;
  private requests = 0;

  /** With the native module sound has a short way. */
  constructor(native: UdpModule | null, ringBytes = 1 << 16) {
    this.toMixer = createRingMemory(ringBytes);
    const fromMixer = createRingMemory(ringBytes);
    const onError = (code: string): unknown => this.errors.push(code);
    const sockets = native ? new NativeSockets(native, onError) : nodeSockets(onError);
    this.input = new FrameRing(this.toMixer);
    if (native && sockets instanceof NativeSockets) {
      const terms = { toMixer: this.toMixer, fromMixer, now: () => systemClock.now(), frameOrigin };
      this.desk = sockets.shorten(terms);
      this.sink = new DeskSink(native, this.desk);
    } else this.sink = new RingSink(new FrameRing(fromMixer));
    this.engine = new Engine({
      clock: systemClock,
      chance: { int: (min, max) => Math.floor((min + max) / 2), hex: () => '', uuid: () => '' },
      sockets: this.counting(sockets),
      drops: this.drops,
      toMixer: this.toMixer,
      fromMixer,
      frameOrigin,
      limits: defaultLimits,
      tell: (message) => this.told.push(message),
    });
  }

  async open(peer: Peer, more: Partial<LineParams> = {}): Promise<number> {
    const order = { id: 'a/audio', kind: 'audio', ssrc: 0xfedcba98, resendSsrc: 1, bind: '127.0.0.1' } as const;
    this.engine.handle({ type: 'open', slot, ...order, rtpPort: 0, rtcpPort: 0 });
    await until('the line', () => this.told.some(({ type }) => type === 'opened'));
    this.update(peer, more);
    return this.told.flatMap((message) => (message.type === 'opened' ? [message.rtpPort] : []))[0] ?? 0;
  }

  update(peer: Peer, more: Partial<LineParams> = {}): void {
    const formats = { receive: [pcmu()], send: [pcmu()], events: { receive: [events], send: [events] } };
    const terms = params(peer.rtpPort, peer.rtcpPort, { ...formats, ...more });
    this.engine.handle({ type: 'update', slot, params: terms });
  }

  /** Frames of the mixer, 20 ms each, as its thread writes them in one tick; then the engine is woken where that is due. */
  mix(...payloads: Uint8Array[]): boolean {
    for (const payload of payloads) {
      this.sink.write({ slot, pt: 0, marker: this.timestamp === 0, seq: 0, timestamp: this.timestamp, at: 0, payload });
      this.timestamp += 160;
    }
    const { ringed } = this.sink.flush();
    if (ringed) this.engine.drain();
    return ringed;
  }

  /** Its sound goes back out of the same line as it is, or to the mixer. */
  feedBack(on: boolean): void {
    this.engine.handle({ type: 'feed', source: slot, sink: on ? slot : null });
  }

  press(digits: string): void {
    this.engine.handle({ type: 'press', slot, digits, durationMs: 100 });
  }

  /** Writes RTP headers down for so long, ms; resolves with how many there were. */
  async watch(rtpMs: number, meanwhile: () => Promise<void>): Promise<number> {
    const request = ++this.requests;
    this.engine.handle({ type: 'trace', slot, request, rtpMs });
    await meanwhile();
    let packets = -1;
    await until('the trace', () => {
      for (const message of this.told)
        if (message.type === 'trace' && message.request === request)
          packets = message.packets.filter(({ bytes }) => bytes[1]! < 192 || bytes[1]! > 223).length;
      return packets >= 0;
    });
    return packets;
  }

  stats(): LineStats {
    const request = ++this.requests;
    this.engine.handle({ type: 'stats', slot, request });
    const answer = this.told.at(-1);
    if (answer?.type !== 'stats' || answer.request !== request) throw new Error('no stats');
    return answer.stats;
  }

  /** What was not used since the beginning, by the reason. */
  dropped(): Record<string, number> {
    const all: Record<string, number> = {};
    const told = this.told.map((message) => (message.type === 'dropped' ? message.counts : {}));
    this.rest = [...this.rest, this.drops.take() ?? {}];
    for (const counts of [...told, ...this.rest])
      for (const [reason, count] of Object.entries(counts)) all[reason] = (all[reason] ?? 0) + count;
    return all;
  }

  /** Takes what the mixer would find in its ring now. */
  take(): Frame[] {
    const frame = emptyFrame();
    while (this.input.read(frame)) this.frames.push({ ...frame });
    return this.frames;
  }

  close(): void {
    this.engine.stop();
  }

  private counting(sockets: MediaSockets): MediaSockets {
    return {
      settle: () => sockets.settle?.(),
      bind: (address, port, onDatagram) =>
        sockets.bind(address, port, (...datagram) => {
          this.longWay++;
          onDatagram(...datagram);
        }),
    };
  }
}
