import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { atMost, inform, median, pause, readable, type BenchResult, type Figure } from './figures.js';
import { figuresTable, readFigures, type Entry } from './table.js';

// Runs benches one after the other and keeps their newest figures in docs/figures.md: `npm run bench [-- name...]`.

const root = resolve(import.meta.dirname, '../..');
const document = join(root, 'docs/figures.md');

/** A bench: how often it runs, and how its output is read. */
interface Bench {
  name: string;
  runs: number;
  read(outputs: string[]): BenchResult;
}

const benches: readonly Bench[] = [
  ...[
    'calls',
    'tone',
    'mixers',
    'floor',
    'crowd',
    'idle',
    'desktop',
    'room',
    'signalling',
    'overload',
    'transcode',
    'h323',
    'asn1',
  ].map((name) => ({
    name,
    runs: 1,
    read: readOwn,
  })),
  { name: 'switch', runs: 3, read: readSwitch },
  { name: 'mixer', runs: 1, read: readMixer },
];

function readOwn(outputs: string[]): BenchResult {
  const line = outputs[0]?.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line) as BenchResult;
}

/** The middle one of some runs: its CPU time is counted in ticks of 10 ms. */
function readSwitch(outputs: string[]): BenchResult {
  const runs = outputs.map(
    (text) => JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<'microsecondsPerPacket' | 'receivers', number>,
  );
  const times = runs.map((run) => run.microsecondsPerPacket);
  const what = `CPU per forwarded packet at ${runs[0]?.receivers} receivers`;
  const spread = `${Math.min(...times)} to ${Math.max(...times)} us`;
  return {
    bench: 'switch',
    figures: [atMost(what, median(times), 8, 'us'), inform(`of ${times.length} runs`, spread)],
  };
}

/** Rows of `scene | core in ticks | core of the process | p99 ms | worst ms | limit`; CPU time is less moved by others. */
function readMixer(outputs: string[]): BenchResult {
  const rows = (outputs[0] ?? '').split('\n').map((line) => line.split(' | '));
  const figures = rows.flatMap(([scene = '', , core, , , limit = '']): Figure[] => {
    const value = Number(core);
    if (core === undefined || Number.isNaN(value)) return [];
    const most = Number.parseFloat(limit);
    return [Number.isNaN(most) ? inform(scene, `${value} core`) : atMost(scene, value, most, 'core', 3)];
  });
  return { bench: 'mixer', figures };
}

/** Standard output of one run of a bench in a process of its own. */
function run(name: string): Promise<string> {
  const file = join(import.meta.dirname, `${name}.ts`);
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('exit', (code) => (code === 0 ? done(output) : failed(new Error(`${name} ended with ${code}`))));
  });
}

async function measure(bench: Bench): Promise<Entry> {
  const load = loadavg()[0] ?? 0;
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
  const outputs: string[] = [];
  for (let i = 0; i < bench.runs; i++) outputs.push(await run(bench.name));
  return { ...bench.read(outputs), date, load };
}

function keep(entries: Record<string, Entry>): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root }).toString().trim();
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const inOrder = benches.flatMap(({ name }) => entries[name] ?? []);
  writeFileSync(document, figuresTable(inOrder, { machine, node: process.version, commit }));
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')} (there are ${benches.map(({ name }) => name).join(', ')})`);
  process.exitCode = 2;
} else {
  const entries = readFigures(readFileSync(document, 'utf8'));
  for (const bench of benches) {
    if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
    try {
      const entry = await measure(bench);
      for (const line of readable(entry)) console.log(line);
      entries[bench.name] = entry;
    } catch (error) {
      console.error(`${bench.name}: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
    keep(entries);
    await pause(1000);
  }
}
