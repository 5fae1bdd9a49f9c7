import type { Clock, Timer } from '../../../src/base/clock.js';
import type { Net } from '../../../src/base/net.js';
import { pace } from '../pacer.js';
import type { PictureSource } from '../pattern/source.js';
import { Depacketizer } from '../rtp/depacketize.js';
import { MediaPort, type Destination } from '../rtp/media-port.js';
import { packetizeH264 } from '../rtp/packetize.js';
import { Viewer, type Picture } from './viewer.js';

/** What may be sent: payload number and packetization mode of the other side's choice. */
export interface VideoFormat {
  pt: number;
  mode: 0 | 1;
}

/** How a video line is opened. */
export interface VideoOptions {
  net: Net;
  clock: Clock;
  address: string;
  cname: string;
  onSees: (picture: Picture) => void;
  /** Receives without decoding. */
  blind?: boolean;
  /** The other side asked for a keyframe. */
  onKeyframeRequest?: () => void;
}

/** Largest RTP payload. */
export const payloadLimit = 1200;
const askEvery = 500;
const videoClock = 90_000;

/** One video line: sends what its source draws, decodes what comes. */
export class VideoLine {
  readonly viewer: Viewer;
  readonly depacketizer: Depacketizer;
  private format: VideoFormat | null = null;
  private receivable = new Set<number>();
  private source: PictureSource | null = null;
  private timer: Timer | null = null;
  private keyframeDue = true;
  private askedAt = -Infinity;
  private timestamp = 0;
  /** How keyframes are asked for, where it is not by RTCP. */
  asks: (() => void) | null = null;
  /** Keyframes sent, and requests for one. */
  readonly counters = { keyframesSent: 0, keyframeRequests: 0, framesSent: 0 };

  private constructor(
    private readonly options: VideoOptions,
    readonly port: MediaPort,
  ) {
    this.viewer = new Viewer(options.clock, { sees: options.onSees, needKeyframe: () => this.ask() });
    this.depacketizer = new Depacketizer((unit) => this.viewer.push(unit, options.blind));
  }

  static async open(options: VideoOptions): Promise<VideoLine> {
    const { net, clock, address, cname } = options;
    let line: VideoLine | null = null;
    const port = await MediaPort.open({
      net,
      clock,
      address,
      cname,
      rate: videoClock,
      listener: {
        packet: (header, packet) => {
          if (line?.receivable.has(header.pt)) line.depacketizer.push(header, packet);
        },
        keyframe: () => {
          line?.keyframeAsked();
          options.onKeyframeRequest?.();
        },
      },
    });
    return (line = new VideoLine(options, port));
  }

  /** Takes over the outcome of a negotiation; `send` null sends nothing. */
  update(to: Destination | null, send: VideoFormat | null, receive: readonly number[]): void {
    this.port.destination = to;
    this.format = send;
    this.receivable = new Set(receive);
    this.keyframe();
  }

  /** Starts sending from a source, or stops with null. The first picture goes out at once as a keyframe. */
  show(source: PictureSource | null): void {
    this.timer?.cancel();
    this.timer = null;
    this.source = source;
    if (!source) return;
    this.keyframeDue = true;
    this.emit();
    this.timer = pace(this.options.clock, 1000 / source.fps, () => this.emit());
  }

  /** What may be sent, null while nothing may. */
  get sends(): VideoFormat | null {
    return this.format;
  }

  get showing(): boolean {
    return this.source !== null;
  }

  /** Makes the next picture a keyframe. */
  keyframe(): void {
    this.keyframeDue = true;
  }

  /** The other side asked for a keyframe. */
  keyframeAsked(): void {
    this.counters.keyframeRequests++;
    this.keyframe();
  }

  /** Asks the other side for a keyframe, at most twice a second. */
  ask(fir = false): void {
    const now = this.options.clock.now();
    if (now - this.askedAt < askEvery) return;
    this.askedAt = now;
    if (this.asks) this.asks();
    else this.port.requestKeyframe(fir);
  }

  close(): void {
    this.show(null);
    this.viewer.close();
    this.port.close();
  }

  private emit(): void {
    const { source, format } = this;
    if (!source || !format || !this.port.destination) return;
    const nals = source.next(this.keyframeDue);
    if (this.keyframeDue) this.counters.keyframesSent++;
    this.keyframeDue = false;
    this.counters.framesSent++;
    const payloads = packetizeH264(nals, format.mode, payloadLimit);
    this.timestamp = Math.round((this.options.clock.now() * videoClock) / 1000) % 2 ** 32;
    for (const [i, payload] of payloads.entries())
      this.port.send(format.pt, i === payloads.length - 1, this.timestamp, payload);
  }
}
