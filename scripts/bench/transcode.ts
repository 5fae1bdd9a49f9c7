import { createSocket } from 'node:dgram';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { targetFor } from '../../src/media/transcode-target.js';
import type { VideoCodecName } from '../../src/media/vocabulary.js';
import { argumentsOf, formatOf } from '../../src/services/transcode/ffmpeg-words.js';
import { inform, pause, tell, type Figure } from './figures.js';

// What one picture encoded anew takes of a processor core, for each codec that it may become, and from VP8 to H.264:
// `node --import tsx scripts/bench/transcode.ts [seconds]`. The source is 1280x720 at 30 a second in real time.

const seconds = Number(process.argv[2] ?? 8);
const ports = { listen: 46_000, from: 46_010, rtp: 46_020, rtcp: 46_021 };
const kbps = 512;
/** What ffmpeg takes until it runs, ms. */
const warm = 2000;

const directory = mkdtempSync(join(tmpdir(), 'bench-transcode-'));
const ticksPerSecond = 100;

function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** A moving picture, encoded beforehand: its own encoder would take what is measured. */
function clipOf(from: VideoCodecName): string {
  const file = join(directory, `${from}.mkv`);
  const encoder = from === 'VP8' ? '-c:v libvpx -deadline realtime -cpu-used 8' : '-c:v libx264 -preset ultrafast';
  const source = `-v error -y -f lavfi -i testsrc2=size=1280x720:rate=30:duration=${seconds + 6} -pix_fmt yuv420p`;
  spawnSync('ffmpeg', `${source} ${encoder} -g 30 -b:v 1500k ${file}`.split(' '));
  return file;
}

/** The clip as RTP at the port that the encoder listens on. */
function present(file: string, from: VideoCodecName): ReturnType<typeof spawn> {
  // parameter sets before each keyframe
  const sets = from === 'H264' ? '-bsf:v h264_mp4toannexb' : '';
  const out = `${sets} -payload_type 96 -f rtp rtp://127.0.0.1:${ports.listen}?pkt_size=1200`;
  return spawn('ffmpeg', `-v error -re -i ${file} -c copy ${out}`.split(/ +/), { stdio: 'ignore' });
}

async function price(from: VideoCodecName, to: VideoCodecName): Promise<Figure> {
  const file = clipOf(from);
  const target = targetFor(formatOf(to, 0), null, kbps);
  const sink = createSocket('udp4');
  let bytes = 0;
  sink.on('message', (data) => (bytes += data.length));
  await new Promise<void>((bound) => sink.bind(ports.rtp, '127.0.0.1', bound));
  const child = spawn('ffmpeg', argumentsOf({ from, to: target }, ports), { stdio: 'ignore' });
  await pause(500);
  const source = present(file, from);
  await pause(warm);
  const [before, at] = [cpuSeconds(child.pid ?? 0), performance.now()];
  bytes = 0;
  await pause(seconds * 1000);
  const passed = (performance.now() - at) / 1000;
  const core = (cpuSeconds(child.pid ?? 0) - before) / passed;
  for (const one of [source, child]) one.kill('SIGKILL');
  sink.close();
  const rate = Math.round((bytes * 8) / passed / 1000);
  const what = `${from} 1280x720 30/s to ${to} ${target.width}x${target.height} ${target.fps}/s`;
  return inform(what, `${(core * 100).toFixed(0)} % of a core, ${rate} kbit/s`);
}

const figures: Figure[] = [];
if (spawnSync('ffmpeg', ['-version']).status === 0) {
  for (const to of ['H264', 'VP8', 'H265', 'H263-1998', 'H263'] as const) figures.push(await price('H264', to));
  figures.push(await price('VP8', 'H264'));
}
rmSync(directory, { recursive: true });
tell({ bench: 'transcode', figures, ...(figures.length === 0 ? { note: 'there is no ffmpeg' } : {}) });
