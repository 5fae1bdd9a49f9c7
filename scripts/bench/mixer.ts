/**
 * What the audio mixer costs: the share of one core that N participants of one room take, by codec, in real-time terms.
 * Runs the engine without its thread as fast as it can and divides CPU time by the time mixed.
 *
 * Usage: npx tsx scripts/bench/mixer.ts [seconds]
 */
import { cpus, loadavg } from 'node:os';
import { loadLibopus } from 'libopus-wasm';
import { MixerEngine } from '../../src/media/mixer/engine.js';
import { chooseOpus } from '../../src/media/mixer/codecs/opus-native.js';
import { FrameRing, createRingMemory, emptyFrame } from '../../src/media/frames.js';
import type { MixedCodecName } from '../../src/media/vocabulary.js';
import { formats, loopFrames, payloads } from './voices.js';

const seconds = Number(process.argv[2] ?? 20);

interface Scene {
  name: string;
  codecs: MixedCodecName[];
  /** How many talk; the others send a quiet room. */
  talkers: number;
  limit?: number;
  /** Whether the native module is left out. */
  portable?: boolean;
}

const repeat = (codec: MixedCodecName, n: number): MixedCodecName[] => Array.from({ length: n }, () => codec);

const scenes: Scene[] = [
  { name: '100 PCMU, 3 talk', codecs: repeat('PCMU', 100), talkers: 3, limit: 0.2 },
  { name: '100 PCMU, all talk', codecs: repeat('PCMU', 100), talkers: 100, limit: 0.2 },
  { name: '50 Opus, 3 talk', codecs: repeat('opus', 50), talkers: 3, limit: 0.4 },
  { name: '50 Opus, all talk', codecs: repeat('opus', 50), talkers: 50, limit: 0.4 },
  {
    name: '50 Opus, all talk, without native module',
    codecs: repeat('opus', 50),
    talkers: 50,
    limit: 0.4,
    portable: true,
  },
  { name: '50 G.722, 3 talk', codecs: repeat('G722', 50), talkers: 3 },
  {
    name: '20 PCMU + 20 G.722 + 20 Opus, 3 talk',
    codecs: [...repeat('PCMU', 20), ...repeat('G722', 20), ...repeat('opus', 20)],
    talkers: 3,
  },
];

async function measure(scene: Scene): Promise<{ core: number; worst: number; p99: number; heap: number }> {
  const rings = { toMixer: createRingMemory(), fromMixer: createRingMemory() };
  const { library } = chooseOpus(scene.portable ? 'off' : 'auto');
  const engine = new MixerEngine(rings, () => undefined, library);
  const [toMixer, fromMixer] = [new FrameRing(rings.toMixer), new FrameRing(rings.fromMixer)];
  engine.command({ do: 'open', room: 'bench', echo: false });
  const recordings: Uint8Array[][] = [];
  for (const [slot, codec] of scene.codecs.entries()) {
    const format = formats[codec];
    recordings.push(await payloads(format, slot, slot < scene.talkers));
    engine.command({ do: 'join', room: 'bench', member: `m${slot}`, slot, receive: [format], send: format });
  }
  await new Promise((resolve) => setImmediate(resolve));
  const frame = emptyFrame();
  const times: number[] = [];
  const ticks = seconds * 50;
  let before = process.cpuUsage();
  for (let tick = -100; tick < ticks; tick += 1) {
    if (tick === 0) before = process.cpuUsage();
    const now = 10_000 + tick * 20;
    for (let slot = 0; slot < recordings.length; slot += 1) {
      const format = formats[scene.codecs[slot] ?? 'PCMU'];
      frame.slot = slot;
      frame.pt = format.pt;
      frame.seq = (tick + 100) & 0xffff;
      frame.timestamp = (tick + 100) * (format.clock / 50);
      frame.at = now - 10;
      frame.payload = recordings[slot]?.[(tick + 100) % loopFrames] ?? frame.payload;
      toMixer.write(frame);
    }
    const begin = performance.now();
    engine.tick(now);
    if (tick >= 0) times.push(performance.now() - begin);
    while (fromMixer.read(frame));
  }
  const used = process.cpuUsage(before);
  engine.command({ do: 'close', room: 'bench' });
  times.sort((a, b) => a - b);
  const total = times.reduce((sum, t) => sum + t, 0);
  return {
    core: total / (seconds * 1000),
    worst: times.at(-1) ?? 0,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
    heap: (used.user + used.system) / 1e6 / seconds,
  };
}

async function main(): Promise<void> {
  await loadLibopus();
  console.log(`${cpus()[0]?.model ?? 'unknown machine'}, Node ${process.version}, load ${loadavg()[0]?.toFixed(2)}`);
  console.log('scene | core in ticks | core of the whole process | tick p99 ms | worst ms | limit');
  for (const scene of scenes) {
    const { core, worst, p99, heap } = await measure(scene);
    const verdict = scene.limit === undefined ? '-' : `${scene.limit} ${core <= scene.limit ? 'met' : 'MISSED'}`;
    console.log([scene.name, core.toFixed(3), heap.toFixed(3), p99.toFixed(2), worst.toFixed(2), verdict].join(' | '));
  }
}

void main();
