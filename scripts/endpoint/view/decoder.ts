import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { AccessUnit } from '../rtp/depacketize.js';

/** Size of the decoded luma planes: enough to read the stamp, cheap to look at. */
export const viewWidth = 160;
export const viewHeight = 90;

/** Bytes that may wait for the decoder before pictures are dropped. */
const maxWaiting = 4 << 20;

const startCode = Buffer.from([0, 0, 0, 1]);
/** An access unit delimiter behind each picture tells the decoder at once that it is complete (H.264 §7.4.1.2.3). */
const delimiter = Buffer.from([0, 0, 0, 1, 9, 0xf0]);

let present: boolean | null = null;

/** Whether ffmpeg can be run; looked up once. */
export function ffmpegPresent(): boolean {
  present ??= spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).status === 0;
  return present;
}

/** An ffmpeg child that turns H.264 pictures into small luma planes, one for one and without delay. */
export class Decoder {
  private readonly child: ChildProcess;
  private readonly frame = Buffer.alloc(viewWidth * viewHeight);
  private filled = 0;
  private closed = false;
  /** Complaints of the decoder: missing references, broken slices. */
  errors = 0;
  /** Pictures not decoded because the decoder could not keep up. */
  dropped = 0;

  constructor(private readonly onFrame: (luma: Buffer) => void) {
    const filter = `scale=${viewWidth}:${viewHeight}:flags=area`;
    const input = ['-flags', 'low_delay', '-probesize', '32', '-analyzeduration', '0'];
    const output = ['-vf', filter, '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'];
    const args = ['-v', 'error', '-nostdin', ...input, '-threads', '1', '-f', 'h264', '-i', 'pipe:0'];
    this.child = spawn('ffmpeg', [...args, '-threads', '1', '-filter_threads', '1', ...output], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.on('error', () => this.close());
    this.child.on('exit', () => (this.closed = true));
    this.child.stdin?.on('error', () => undefined);
    this.child.stdout?.on('data', (chunk: Buffer) => this.collect(chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString().split('\n').length - 1));
  }

  get running(): boolean {
    return !this.closed;
  }

  write(unit: AccessUnit): void {
    const { stdin } = this.child;
    if (this.closed || !stdin?.writable) return;
    if (stdin.writableLength > maxWaiting) {
      this.dropped++;
      return;
    }
    stdin.write(Buffer.concat([...unit.nals.flatMap((nal) => [startCode, nal]), delimiter]));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.child.stdin?.destroy();
    this.child.kill('SIGKILL');
  }

  private collect(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const take = Math.min(chunk.length - at, this.frame.length - this.filled);
      chunk.copy(this.frame, this.filled, at, at + take);
      at += take;
      this.filled += take;
      if (this.filled < this.frame.length) return;
      this.filled = 0;
      if (!this.closed) this.onFrame(this.frame);
    }
  }
}
