import { spawnSync } from 'node:child_process';

/** How a clip is encoded. */
export interface ClipOptions {
  size?: string;
  fps?: number;
  seconds?: number;
  kbps?: number;
  /** Largest slice, bytes, for packetization mode 0; without it a picture is one slice. */
  maxSlice?: number;
  /** A hierarchy of pictures, some of which no other is predicted from. */
  layers?: boolean;
}

/** Pictures of an x264 encoder, each as its NAL units; only the first one is a keyframe, with its parameter sets. */
export function encodeClip(options: ClipOptions = {}): Buffer[][] {
  const { size = '1280x720', fps = 15, seconds = 10, kbps = 1500, maxSlice, layers = false } = options;
  const x264 = [
    'keyint=infinite',
    'scenecut=0',
    'repeat-headers=1',
    'sliced-threads=0',
    'threads=1',
    'annexb=1',
    ...(maxSlice === undefined ? [] : [`slice-max-size=${maxSlice}`]),
    ...(layers ? ['bframes=1', 'b-adapt=0', 'b-pyramid=none'] : ['bframes=0']),
  ];
  const source = `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`;
  const rate = ['-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`];
  const profile = layers ? 'main' : 'baseline';
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', profile, '-x264-params', x264.join(':')];
  const args = ['-v', 'error', '-f', 'lavfi', '-i', source, ...encode, ...rate, '-f', 'h264', '-'];
  const { stdout, stderr, status } = spawnSync('ffmpeg', args, { maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`ffmpeg: ${String(stderr)}`);
  return picturesOf(nalUnits(stdout));
}

/** NAL units of an Annex B stream. */
export function nalUnits(stream: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = stream.indexOf(startCode); at >= 0; at = stream.indexOf(startCode, at + 3)) starts.push(at);
  return starts.map((at, i) => {
    let end = starts[i + 1] ?? stream.length;
    // the longer start code begins with a zero, which no NAL unit ends with
    while (end > at + 3 && stream[end - 1] === 0) end--;
    return stream.subarray(at + 3, end);
  });
}

const startCode = Buffer.from([0, 0, 1]);

/** Slices of one picture with what goes before them; SEI is left out. */
function picturesOf(nals: Buffer[]): Buffer[][] {
  const pictures: Buffer[][] = [];
  let current: Buffer[] = [];
  let sliced = false;
  for (const nal of nals) {
    const type = nal[0]! & 31;
    if (type === 6 || type === 9) continue;
    const slice = type === 1 || type === 5;
    // first_mb_in_slice 0 is a single bit (ue(v))
    if (sliced && (!slice || (nal[1]! & 0x80) !== 0)) {
      pictures.push(current);
      current = [];
      sliced = false;
    }
    current.push(nal);
    sliced ||= slice;
  }
  if (sliced) pictures.push(current);
  return pictures;
}

/** How many pictures a decoder that stops at nothing shows of a stream, and what it complains about. */
export function decodePictures(pictures: readonly (readonly Uint8Array[])[]): { shown: number; complaints: string } {
  const stream = Buffer.concat(pictures.flat().flatMap((nal) => [Buffer.from([0, 0, 0, 1]), nal]));
  const small = ['-vf', 'scale=16:8', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'];
  const args = ['-v', 'error', '-f', 'h264', '-i', '-', '-fps_mode', 'passthrough', ...small];
  const { stdout, stderr } = spawnSync('ffmpeg', args, { input: stream, maxBuffer: 1 << 28 });
  return { shown: stdout.length / (16 * 8), complaints: String(stderr) };
}
