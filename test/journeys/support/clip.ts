import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { PatternSource } from '../../../scripts/endpoint/pattern/source.js';

/** Writes an mp4 of ten pictures a second that carry a name and a counter, as a camera for softphones. */
export function makeClip(file: string, name: string, seconds: number): void {
  const size = { width: 640, height: 360 };
  const source = new PatternSource({ name, kind: 'camera', size, fps: 10, maxNal: 100_000 });
  const start = Buffer.from([0, 0, 0, 1]);
  const pictures: Buffer[] = [];
  for (let i = 0; i < seconds * 10; i += 1) for (const nal of source.next(i % 10 === 0)) pictures.push(start, nal);
  const raw = `${file}.h264`;
  writeFileSync(raw, Buffer.concat(pictures));
  const copy = ['-v', 'error', '-y', '-framerate', '10', '-f', 'h264', '-i', raw, '-c', 'copy', file];
  const { status, stderr } = spawnSync('ffmpeg', copy);
  if (status !== 0) throw new Error(`ffmpeg: ${String(stderr)}`);
}
