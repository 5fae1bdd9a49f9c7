/**
 * What the audio mixer costs: the share of one core that N participants of one room take, by codec, in real-time terms.
 * Runs the engine without its thread as fast as it can and divides CPU time by the time mixed.
 *
 * Usage: npx tsx scripts/bench/mixer.ts [seconds]
 */
import { cpus, loadavg } from 'node:os';
import { loadLibopus } from 'libopus-wasm';
import { createEncoder } from '../../src/media/mixer/codecs/factory.js';
import { MixerEngine } from '../../src/media/mixer/engine.js';
import { FrameRing, createRingMemory, emptyFrame } from '../../src/media/frames.js';
import type { MixedCodecName, MixedFormat } from '../../src/media/vocabulary.js';

const seconds = Number(process.argv[2] ?? 20);
/** Frames of one participant's recording, which repeats. */
const LOOP = 150;

const formats: Record<MixedCodecName, MixedFormat> = {
  PCMU: { kind: 'audio', name: 'PCMU', pt: 0, clock: 8000, channels: 1, params: {} },
  PCMA: { kind: 'audio', name: 'PCMA', pt: 8, clock: 8000, channels: 1, params: {} },
  G722: { kind: 'audio', name: 'G722', pt: 9, clock: 8000, channels: 1, params: {} },
  opus: { kind: 'audio', name: 'opus', pt: 111, clock: 48000, channels: 2, params: { useinbandfec: '1' } },
};

interface Scene {
  name: string;
  codecs: MixedCodecName[];
  /** How many talk; the others send a quiet room. */
  talkers: number;
  limit?: number;
}

const repeat = (codec: MixedCodecName, n: number): MixedCodecName[] => Array.from({ length: n }, () => codec);

const scenes: Scene[] = [
  { name: '100 PCMU, 3 talk', codecs: repeat('PCMU', 100), talkers: 3, limit: 0.2 },
  { name: '100 PCMU, all talk', codecs: repeat('PCMU', 100), talkers: 100, limit: 0.2 },
  { name: '50 Opus, 3 talk', codecs: repeat('opus', 50), talkers: 3, limit: 0.4 },
  { name: '50 Opus, all talk', codecs: repeat('opus', 50), talkers: 50, limit: 0.4 },
  { name: '50 G.722, 3 talk', codecs: repeat('G722', 50), talkers: 3 },
  {
    name: '20 PCMU + 20 G.722 + 20 Opus, 3 talk',
    codecs: [...repeat('PCMU', 20), ...repeat('G722', 20), ...repeat('opus', 20)],
    talkers: 3,
  },
];

/** Speech-like sound: a gliding voice in syllables, or faint noise. */
function recording(rate: number, index: number, talks: boolean): Float32Array[] {
  let phase = 0;
  let noise = index + 1;
  return Array.from({ length: LOOP }, (_, f) =>
    Float32Array.from({ length: rate / 50 }, (_, i) => {
      const t = f / 50 + i / rate;
      noise = (noise * 1103515245 + 12345) & 0x7fffffff;
      const hiss = (noise / 0x40000000 - 1) * 0.0005;
      if (!talks) return hiss;
      const pitch = 110 + 5 * (index % 20) + 30 * Math.sin(2 * t + index);
      phase += (2 * Math.PI * pitch) / rate;
      const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * t + index));
      return hiss + 0.15 * syllable * (Math.sin(phase) + 0.6 * Math.sin(3 * phase) + 0.4 * Math.sin(7 * phase));
    }),
  );
}

async function payloads(format: MixedFormat, index: number, talks: boolean): Promise<Uint8Array[]> {
  const encoder = createEncoder(format);
  await new Promise((resolve) => setImmediate(resolve));
  const out = recording(encoder.rate, index, talks).map((pcm) => Uint8Array.from(encoder.encode(pcm)));
  encoder.close();
  return out;
}

async function measure(scene: Scene): Promise<{ core: number; worst: number; p99: number; heap: number }> {
  const rings = { toMixer: createRingMemory(), fromMixer: createRingMemory() };
  const engine = new MixerEngine(rings, () => undefined);
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
      frame.payload = recordings[slot]?.[(tick + 100) % LOOP] ?? frame.payload;
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
