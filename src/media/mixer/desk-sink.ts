import type { Frame } from '../frames.js';
import { loadNative, type NativeUse } from '../native/load.js';
import { STAGED, UDP_INTERFACE, type UdpModule } from '../native/udp-module.js';
import type { FrameSink } from './frame-sink.js';

/** Words of one handing in, and octets of a payload at most: no frame of 20 ms is longer. */
const WORDS = 1 << 14;
const LONGEST = 1500;

/**
 * The desk of the sockets' thread: frames of lines that go on as they were leave by their sockets at once, others lie in the
 * ring. None where there is no such desk.
 */
export function deskSink(desk: number | null, use: NativeUse): FrameSink | undefined {
  const loaded = desk === null ? null : loadNative<UdpModule>('udp', UDP_INTERFACE, use);
  return desk !== null && loaded && 'module' in loaded ? new DeskSink(loaded.module, desk) : undefined;
}

/** Hands frames in many at a time. */
export class DeskSink implements FrameSink {
  private readonly words = new Int32Array(WORDS);
  private readonly octets = new Uint8Array(this.words.buffer);
  private used = 0;
  private ringed = 0;
  private lost = 0;

  constructor(
    private readonly native: UdpModule,
    private readonly desk: number,
  ) {}

  write({ slot, pt, marker, timestamp, payload }: Frame): boolean {
    const { length } = payload;
    if (length > LONGEST) return false;
    const next = this.used + STAGED + ((length + 3) >> 2);
    if (next > WORDS) {
      this.hand();
      return this.write({ slot, pt, marker, timestamp, payload, seq: 0, at: 0 });
    }
    const { words, used } = this;
    words[used] = slot;
    words[used + 1] = marker ? pt | 256 : pt;
    words[used + 2] = timestamp;
    words[used + 3] = length;
    this.octets.set(payload, (used + STAGED) * 4);
    this.used = next;
    return true;
  }

  flush(): { ringed: boolean; lost: number } {
    if (this.used > 0) this.hand();
    const { ringed, lost } = this;
    this.ringed = this.lost = 0;
    return { ringed: ringed > 0, lost };
  }

  private hand(): void {
    this.ringed += this.native.frames(this.desk, this.words, this.used);
    this.lost += this.words[0]!;
    this.used = 0;
  }
}
