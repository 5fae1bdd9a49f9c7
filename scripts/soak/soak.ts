import { readdirSync } from 'node:fs';
import { pause } from '../bench/figures.js';
import { GatewayProcess } from '../bench/gateway-process.js';
import { Uac } from '../bench/uac.js';
import { slopePerHour, troughs, type Sample } from './slope.js';
import { mix, pickVisit, type Roll } from './visitors.js';

/** How long and how hard. */
export interface SoakOptions {
  seconds: number;
  callsPerSecond: number;
  roll: Roll;
  /** Told every now and then how it goes. */
  progress: (line: string) => void;
}

/** What came of it. */
export interface SoakResult {
  /** Visits by name, and what went wrong. */
  visits: Map<string, { made: number; complaints: string[] }>;
  /** Growth of the resident memory in the last two thirds, MB an hour, by the troughs of each stretch. */
  megabytesPerHour: number;
  firstMegabytes: number;
  lastMegabytes: number;
  /** What was still there a while after the last call: calls, transactions, open files beyond those at the begin. */
  left: { legs: number; transactions: number; files: number };
  /** Lines of level error in the log. */
  errors: string[];
  cpuSeconds: number;
}

const sampleMs = 1000;
const reportMs = 60_000;
/** A finished transaction is kept for 32 s (RFC 3261 §17). */
const settleMs = 90_000;

/** Lets a mix of calls come and go at a fixed rate. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { seconds, progress } = options;
  const gateway = await GatewayProcess.start({ rooms: [{ name: 'locked', pin: '2468' }] });
  const uac = await Uac.open(gateway.sip);
  const visits: SoakResult['visits'] = new Map(mix.map(({ name }) => [name, { made: 0, complaints: [] }]));
  const samples: Sample[] = [];
  const begin = performance.now();
  const watch = setInterval(() => samples.push({ at: since(begin), value: gateway.rss / 1024 }), sampleMs);
  const report = setInterval(() => progress(line(begin, visits, samples)), reportMs);
  try {
    // the connection of this script to the page counts at the begin as at the end
    await gateway.metrics();
    const files = filesOf(gateway.pid);
    await makeVisits(options, uac, visits);
    clearInterval(watch);
    const left = await settled(gateway, files);
    const late = troughs(samples, Math.max(5, seconds / 30)).filter(({ at }) => at > seconds / 3);
    return {
      visits,
      megabytesPerHour: slopePerHour(late),
      firstMegabytes: late[0]?.value ?? 0,
      lastMegabytes: late.at(-1)?.value ?? 0,
      left,
      errors: gateway.log.split('\n').filter((text) => /"level":(50|60)/.test(text)),
      cpuSeconds: gateway.cpu,
    };
  } finally {
    clearInterval(watch);
    clearInterval(report);
    uac.close();
    await gateway.stop();
  }
}

async function makeVisits(
  { seconds, callsPerSecond, roll }: SoakOptions,
  uac: Uac,
  visits: SoakResult['visits'],
): Promise<void> {
  const begin = performance.now();
  const open = new Set<Promise<void>>();
  const visitors = { uac, roll, stayMs: Math.min(10_000, seconds * 100) };
  for (let n = 0; n < seconds * callsPerSecond; n++) {
    await pause(Math.max(0, begin + (n * 1000) / callsPerSecond - performance.now()));
    const { name, visit } = pickVisit(roll);
    const note = visits.get(name);
    if (note) note.made += 1;
    const done = visit(visitors)
      .catch((error: unknown) => String(error))
      .then((complaint) => {
        if (complaint !== null) note?.complaints.push(complaint);
        open.delete(done);
      });
    open.add(done);
  }
  await Promise.all(open);
}

function since(begin: number): number {
  return (performance.now() - begin) / 1000;
}

function line(begin: number, visits: SoakResult['visits'], samples: readonly Sample[]): string {
  const all = [...visits.values()];
  const made = all.reduce((sum, one) => sum + one.made, 0);
  const wrong = all.reduce((sum, one) => sum + one.complaints.length, 0);
  const minutes = (since(begin) / 60).toFixed(0);
  return `${minutes} min: ${made} visits, ${wrong} went wrong, ${samples.at(-1)?.value.toFixed(0)} MB`;
}

/** Waits until the gateway has forgotten everything; resolves with what it has not. */
async function settled(gateway: GatewayProcess, files: number): Promise<SoakResult['left']> {
  for (const deadline = performance.now() + settleMs; ;) {
    const text = await gateway.metrics();
    const gauge = (name: string): number => Number(new RegExp(`^dualstream_${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    const left = {
      legs: gauge('sip_legs'),
      transactions: gauge('sip_transactions'),
      files: Math.max(0, filesOf(gateway.pid) - files),
    };
    const nothing = left.legs + left.transactions + left.files === 0;
    if (nothing || performance.now() > deadline) return left;
    await pause(1000);
  }
}

function filesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
