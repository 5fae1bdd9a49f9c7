import type { Clock } from '../../../src/base/clock.js';
import { readCode, type PictureKind } from '../pattern/code.js';
import { parseSps } from '../pattern/parameter-sets.js';
import type { AccessUnit } from '../rtp/depacketize.js';
import { Decoder, ffmpegPresent, viewHeight, viewWidth } from './decoder.js';

/** What a line shows at the moment. */
export interface Picture {
  /** Decoded pictures in the last second; of received ones where ffmpeg is missing. */
  fps: number;
  /** From the stream's own parameter set; 0 before the first. */
  width: number;
  height: number;
  /** Whose picture it is: the sender's short name, null for a picture without stamp or no picture at all. */
  from: string | null;
  kind: PictureKind | null;
  /** Number of the newest picture in its sender's count. */
  counter: number | null;
  /** Pictures decoded and received since the line opened. */
  decoded: number;
  received: number;
  /** Keyframes received. */
  keyframes: number;
  /** Mean brightness 0..255 and mean change from picture to picture. */
  luma: number;
  change: number;
}

/** What a viewer tells its line. */
export interface ViewerListener {
  /** The source, or its kind, changed; null when the picture went away. */
  sees(picture: Picture): void;
  /** Nothing can be shown before a keyframe comes. */
  needKeyframe(): void;
}

const stale = 1500;
const emptyPicture: Picture = {
  fps: 0,
  width: 0,
  height: 0,
  from: null,
  kind: null,
  counter: null,
  decoded: 0,
  received: 0,
  keyframes: 0,
  luma: 0,
  change: 0,
};

/** Decodes what one line receives and says whose picture it is. */
export class Viewer {
  readonly picture: Picture = { ...emptyPicture };
  private decoder: Decoder | null = null;
  private readonly previous = Buffer.alloc(viewWidth * viewHeight);
  private shownAt: number[] = [];
  private unstamped = 0;
  private synced = false;
  private visible = false;

  constructor(
    private readonly clock: Clock,
    private readonly listener: ViewerListener,
  ) {}

  /** Feeds one picture as received; `blind` only counts it. */
  push(unit: AccessUnit, blind = false): void {
    this.picture.received++;
    for (const nal of unit.nals) if (((nal[0] ?? 0) & 31) === 7) this.readSize(nal);
    if (unit.idr) {
      this.picture.keyframes++;
      // without parameter sets no decoder can begin, nor does it say so
      this.synced = this.picture.width > 0;
    } else if (unit.damaged) this.synced = false;
    if (!this.synced) return this.listener.needKeyframe();
    if (blind || !ffmpegPresent()) return this.shown();
    if (!this.decoder?.running) {
      if (!unit.idr) return this.listener.needKeyframe();
      this.decoder = new Decoder((luma) => this.look(luma));
    }
    this.decoder.write(unit);
  }

  /** Call once a second: brings the figures up to date and notices that the picture went away. */
  tick(): Picture {
    const now = this.clock.now();
    this.shownAt = this.shownAt.filter((at) => at > now - 1000);
    this.picture.fps = this.shownAt.length;
    if (this.visible && now - this.lastShown > stale) {
      this.visible = false;
      this.forget();
      this.listener.sees({ ...this.picture });
    }
    return { ...this.picture };
  }

  /** Whether ffmpeg reads the pictures; without it `from` stays null. */
  get decoding(): boolean {
    return ffmpegPresent();
  }

  get decodeErrors(): number {
    return this.decoder?.errors ?? 0;
  }

  close(): void {
    this.decoder?.close();
    this.decoder = null;
    this.synced = false;
  }

  private lastShown = 0;

  private shown(): void {
    this.lastShown = this.clock.now();
    this.shownAt.push(this.lastShown);
    if (this.shownAt.length > 200) this.shownAt.shift();
    if (this.visible) return;
    this.visible = true;
    if (!this.decoding) this.listener.sees({ ...this.picture });
  }

  private readSize(nal: Buffer): void {
    const sps = parseSps(nal);
    if (sps) Object.assign(this.picture, { width: sps.width, height: sps.height });
  }

  private look(luma: Buffer): void {
    const before = this.visible;
    this.shown();
    this.picture.decoded++;
    this.measure(luma);
    const code = readCode(luma, viewWidth, viewHeight);
    const { from, kind } = this.picture;
    if (code) {
      this.unstamped = 0;
      Object.assign(this.picture, { from: code.id, kind: code.kind, counter: code.counter });
    } else if (++this.unstamped >= 3) this.forget();
    // The first pictures of a shared page carry no stamp: a strange picture is announced at its third.
    const known = code !== null || this.unstamped === 3;
    if (known && (from !== this.picture.from || kind !== this.picture.kind || !before || this.unstamped === 3))
      this.listener.sees({ ...this.picture });
  }

  private forget(): void {
    Object.assign(this.picture, { from: null, kind: null, counter: null });
  }

  private measure(luma: Buffer): void {
    let sum = 0;
    let change = 0;
    for (let i = 0; i < luma.length; i++) {
      const value = luma[i]!;
      sum += value;
      change += Math.abs(value - this.previous[i]!);
    }
    luma.copy(this.previous);
    this.picture.luma = Math.round(sum / luma.length);
    this.picture.change = Math.round((change / luma.length) * 100) / 100;
  }
}
