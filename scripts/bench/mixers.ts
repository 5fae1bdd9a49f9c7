import { loadLibopus } from 'libopus-wasm';
import { freeswitchProgram, startFreeSwitch, type OwnFreeSwitch } from '../../test/support/freeswitch/real.js';
import { messageOf } from '../../src/base/errors.js';
import type { MixedFormat } from '../../src/media/vocabulary.js';
import { atLeast, atMost, inform, median, pause, percentile, tell, type Figure } from './figures.js';
import { GatewayProcess } from './gateway-process.js';
import { measureCrowd, type Cost } from './mixers-crowd.js';
import { untunedTree } from './untuned-tree.js';
import { measureBursts, spreadOf, type Bursts } from './tone-pair.js';
import type { CallTerms } from './uac.js';
import { formats, payloads } from './voices.js';

// The embedded mixer beside a FreeSWITCH on the shipped tree, with the same callers one after the other: what a member
// costs, and how long sound takes. `FREESWITCH=/path/bin/freeswitch` names it; without, ours is measured alone.
// `node --import tsx scripts/bench/mixers.ts [members] [seconds] [bursts] [pairs]`

const members = Number(process.argv[2] ?? 50);
const seconds = Number(process.argv[3] ?? 12);
const bursts = Number(process.argv[4] ?? 12);
const pairs = Number(process.argv[5] ?? 4);
/** As many as are tried where this machine cannot hold all of them. */
const fewer = Math.min(20, members);
/** Different voices; further members say the same. */
const voicesMade = 8;
const upMs = 10_000;
const passwordVariable = 'BENCH_ESL_PASSWORD';

/** What is measured with one codec, and how much less than FreeSWITCH a member has to cost. */
interface Scene {
  format: MixedFormat;
  /** The cheapest one of FreeSWITCH that carries the codec whole. */
  profile: 'narrowband' | 'wideband';
  times: number;
}

const scenes: readonly Scene[] = [
  { format: formats.PCMU, profile: 'narrowband', times: 4 },
  { format: formats.opus, profile: 'wideband', times: 8 },
];

/** Who mixes: where callers call, and the processes that work for them. */
interface Side {
  name: string;
  sip: { address: string; port: number };
  /** Begins the names of its rooms. */
  room: string;
  terms(scene: Scene): CallTerms;
  cpuMs(): number[];
  /** Whose threads are told apart. */
  pid?: number;
}

const plain = (): CallTerms => ({});

function embedded(gateway: GatewayProcess): Side {
  return {
    name: 'the embedded mixer',
    sip: gateway.sip,
    room: '',
    terms: plain,
    cpuMs: () => [gateway.cpu * 1000],
    pid: gateway.pid,
  };
}

function alone(server: OwnFreeSwitch): Side {
  const terms = ({ profile }: Scene): CallTerms => ({ headers: [`X-Conference-Profile: ${profile}`] });
  return { name: 'FreeSWITCH', sip: server.sip, room: 'room-', terms, cpuMs: () => [server.cpuMs ?? NaN] };
}

function bridged(gateway: GatewayProcess, server: OwnFreeSwitch): Side {
  const cpuMs = (): number[] => [gateway.cpu * 1000, server.cpuMs ?? NaN];
  return { name: 'the gateway on FreeSWITCH', sip: gateway.sip, room: '', terms: plain, cpuMs };
}

/** A gateway that has its rooms on the server, once it is connected to it. */
async function startBridged(server: OwnFreeSwitch): Promise<GatewayProcess> {
  const at = ({ address, port }: { address: string; port: number }): object => ({ host: address, port });
  const one = { name: 'bench', esl: at(server.esl), sip: at(server.sip), secretEnv: passwordVariable };
  const gateway = await GatewayProcess.start({
    audio: { bridge: 'freeswitch', freeswitch: { servers: [one] } },
    env: { [passwordVariable]: server.password },
  });
  for (const deadline = performance.now() + upMs; performance.now() < deadline; await pause(100))
    if (/^dualstream_freeswitch_up\{.*\} 1$/m.test(await gateway.metrics())) return gateway;
  await gateway.stop();
  throw new Error('the gateway is not connected to FreeSWITCH');
}

/** What `count` members cost who all talk. */
async function crowd(side: Side, scene: Scene, count: number): Promise<Cost> {
  const different: Uint8Array[][] = [];
  for (let index = 0; index < Math.min(count, voicesMade); index++)
    different.push(await payloads(scene.format, index, true));
  const voices = Array.from({ length: count }, (_, index) => different[index % voicesMade] ?? []);
  const room = `${side.room}crowd-${scene.format.name.toLowerCase()}-${count}`;
  return measureCrowd({ ...side, ...side.terms(scene), room, format: scene.format, voices, seconds });
}

/** The same, with null and a word in `notes` where it fails. */
async function crowdTried(side: Side, scene: Scene, count: number, notes: string[]): Promise<Cost | null> {
  try {
    return await crowd(side, scene, count);
  } catch (error) {
    notes.push(`${scene.format.name}, ${count} members at ${side.name}: ${messageOf(error)}`);
    return null;
  }
}

/** The same with fewer members where not all of them are kept up with. */
async function crowdHeld(side: Side, scene: Scene, notes: string[]): Promise<Cost | null> {
  const all = await crowdTried(side, scene, members, notes);
  if (all?.kept || fewer === members) return all;
  notes.push(`${side.name} did not keep up with ${members} ${scene.format.name} members here`);
  return crowdTried(side, scene, fewer, notes);
}

const burstsAt = (side: Side, scene: Scene): Promise<Bursts> =>
  measureBursts({
    ...side.terms(scene),
    ...{ sip: side.sip, room: `${side.room}burst-${scene.format.name.toLowerCase()}` },
    ...{ format: scene.format, bursts, pairs },
  });

function told({ perMember, threads, kept, sent, received }: Cost): string {
  const ms = perMember.reduce((sum, each) => sum + each, 0);
  const parts = perMember.length > 1 ? `${perMember.map((each) => each.toFixed(2)).join(' + ')} = ` : '';
  const most = threads.length > 0 ? `; its busiest threads ${threads.map((each) => each.toFixed(2)).join(', ')}` : '';
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const late = kept ? '' : `; did not keep up: ${percent(sent)} of the packets in, ${percent(received)} out`;
  return `${parts}${ms.toFixed(2)} ms, ${Math.round(1000 / ms)} members per core${most}${late}`;
}

/** The same at a FreeSWITCH that is not told how much work to do for Opus, beside `ours`. */
async function untunedFigures(scene: Scene, ours: Cost, notes: string[]): Promise<Figure[]> {
  const untuned = untunedTree();
  try {
    const server = await startFreeSwitch({}, untuned.tree);
    const theirs = await crowdTried(alone(server), scene, ours.count, notes).finally(() => server.stop());
    if (!theirs) return [];
    const times = (theirs.perMember[0] ?? NaN) / (ours.perMember[0] ?? NaN);
    return [
      inform('the same, FreeSWITCH with its own default of Opus complexity, that of libopus (9)', told(theirs)),
      inform('the same, that FreeSWITCH to embedded mixer', `${times.toFixed(1)} x`),
    ];
  } finally {
    untuned.remove();
  }
}

function costFigures(scene: Scene, ours: Cost, theirs: Cost | null, both: Cost | null): Figure[] {
  const what = `CPU per member-second, ${scene.format.name}, ${ours.count} members, all talk`;
  const times = (mine: number | undefined): number => (theirs?.perMember[0] ?? NaN) / (mine ?? NaN);
  const threads = (ours.threads[0] ?? NaN) + (ours.threads[1] ?? NaN);
  return [
    inform(`${what}, embedded mixer with all of its gateway`, told(ours)),
    ...(theirs ? [inform('the same, FreeSWITCH', told(theirs))] : []),
    ...(both ? [inform('the same, gateway + FreeSWITCH by `audio.bridge: freeswitch`', told(both))] : []),
    ...(theirs
      ? [
          atLeast('the same, FreeSWITCH to embedded mixer', times(ours.perMember[0]), scene.times, 'x', 1),
          inform('the same, FreeSWITCH to the threads that mix and carry packets', `${times(threads).toFixed(1)} x`),
        ]
      : []),
  ];
}

function burstFigures({ format }: Scene, ours: Bursts, theirs: Bursts | null): Figure[] {
  const what = `tone burst in to tone burst out, ${format.name}`;
  const figures = [inform(`${what}, embedded mixer`, spreadOf(ours))];
  if (!theirs) return figures;
  const limit = (value: number): number => Math.round(value * 10) / 10;
  return [
    ...figures,
    inform('the same, FreeSWITCH', spreadOf(theirs)),
    atMost('embedded mixer beside FreeSWITCH, median', median(ours.delays), limit(median(theirs.delays)), 'ms'),
    atMost('the same, p95', percentile(ours.delays, 0.95), limit(percentile(theirs.delays, 0.95)), 'ms'),
  ];
}

/** Ours alone. */
async function withoutServer(gateway: GatewayProcess): Promise<void> {
  const figures: Figure[] = [];
  for (const scene of scenes) {
    figures.push(...costFigures(scene, await crowd(embedded(gateway), scene, members), null, null));
    figures.push(...burstFigures(scene, await burstsAt(embedded(gateway), scene), null));
  }
  const note = 'no FreeSWITCH to compare with: FREESWITCH=/path/bin/freeswitch is not set';
  tell({ bench: 'mixers', figures, note });
}

/** Theirs first: with as many members as it holds, ours is asked. */
async function withServer(gateway: GatewayProcess, server: OwnFreeSwitch): Promise<void> {
  const figures: Figure[] = [];
  const notes = [
    'FreeSWITCH on freeswitch-conf: PCMU rooms at 8 kHz; Opus of complexity 5, mono, like ours; nobody loses packets, and ours transforms three voices or more (CELT)',
  ];
  const through = await startBridged(server);
  try {
    for (const scene of scenes) {
      const theirs = await crowdHeld(alone(server), scene, notes);
      const count = theirs?.count ?? members;
      const ours = await crowd(embedded(gateway), scene, count);
      const both = await crowdTried(bridged(through, server), scene, count, notes);
      figures.push(...costFigures(scene, ours, theirs, both));
      if (scene.format.name === 'opus') figures.push(...(await untunedFigures(scene, ours, notes)));
      const bursts = await burstsAt(embedded(gateway), scene);
      figures.push(...burstFigures(scene, bursts, await burstsAt(alone(server), scene)));
    }
  } finally {
    await through.stop();
  }
  tell({ bench: 'mixers', figures, note: notes.join('; ') });
}

await loadLibopus();
const gateway = await GatewayProcess.start();
try {
  if (freeswitchProgram === '') await withoutServer(gateway);
  else {
    const server = await startFreeSwitch();
    try {
      await withServer(gateway, server);
    } finally {
      await server.stop();
    }
  }
} finally {
  await gateway.stop();
}
