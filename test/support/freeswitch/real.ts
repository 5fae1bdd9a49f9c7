import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild, type ChildSpec, type ManagedChild } from '../../../src/base/child.js';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { Endpoint } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { EslConversation } from '../../../src/protocol/esl/conversation.js';
import { note } from '../../journeys/support/note.js';

const here = '127.0.0.1';
const root = join(import.meta.dirname, '../../..');

/** A FreeSWITCH on the shipped tree, or what stands for one. */
export interface FreeSwitch {
  esl: Endpoint;
  password: string;
  /** Where its internal profile takes calls. */
  sip: Endpoint;
  /** Ends it; idempotent. Leaves one that somebody else started alone. */
  stop(): Promise<void>;
}

/** One that we started. */
export interface OwnFreeSwitch extends FreeSwitch {
  /** Processor time that it has used since it started, milliseconds; null while it is down. */
  readonly cpuMs: number | null;
  /** What it logged so far. */
  log(): string;
  /** Kills it without a word to anybody. */
  kill(): Promise<void>;
  /** Starts it once more at the same ports, after it ended. */
  again(): Promise<void>;
}

/** The program to start, from `FREESWITCH=/path/bin/freeswitch`; its libraries are found by LD_LIBRARY_PATH. */
export const freeswitchProgram = process.env['FREESWITCH'] ?? '';
const elsewhere = /^\[?([^\]]+?)\]?:(\d+):(.+)$/.exec(process.env['FREESWITCH_ESL'] ?? '');
/** Whether there is one to test with. */
export const freeswitchThere = freeswitchProgram !== '' || elsewhere !== null;

/** What stands for a suite when there is none. */
export function withoutFreeSwitch(): void {
  it('is not tested here', function () {
    note('skipped: neither FREESWITCH=/path/bin/freeswitch nor FREESWITCH_ESL=host:port:password is set');
    this.skip();
  });
}

/** Starts one, or takes the one of `FREESWITCH_ESL`, whose SIP is at `FREESWITCH_SIP=host:port` or at 5080 of its host. */
export async function takeFreeSwitch(): Promise<FreeSwitch> {
  if (!elsewhere) return startFreeSwitch();
  const [, address = '', port, password = ''] = elsewhere;
  const [, sipHost = address, sipPort = '5080'] = /^(.*):(\d+)$/.exec(process.env['FREESWITCH_SIP'] ?? '') ?? [];
  return {
    esl: { address, port: Number(port) },
    password,
    sip: { address: sipHost, port: Number(sipPort) },
    stop: () => Promise.resolve(),
  };
}

/**
 * Starts the shipped tree, or another `tree`, at free ports of loopback; `env` goes before its own choice. `enter`: words that
 * run a command in a network of its own, where it is then.
 */
export async function startFreeSwitch(
  env: Record<string, string> = {},
  tree = join(root, 'freeswitch-conf'),
  enter: readonly string[] = [],
): Promise<OwnFreeSwitch> {
  const folder = mkdtempSync(join(tmpdir(), 'freeswitch-'));
  const esl = { address: here, port: await freePort() };
  const sip = { address: here, port: await freePort() };
  const password = systemChance.hex(16);
  const variables = treeVariables({ folder, esl, sip, password });
  const [command = '', ...args] = [...enter, join(tree, 'start'), freeswitchProgram];
  const spec: ChildSpec = {
    name: 'freeswitch',
    ...{ command, args },
    env: { ...variables, ...env },
    ping: () => (enter.length === 0 ? answers(esl) : answersIn(enter, esl)),
    readyMs: 20_000,
    restart: false,
  };
  const launch = (): Promise<ManagedChild> =>
    startChild(spec, { clock: systemClock, log: silentLog, metrics: createMetrics() });
  let child = await launch();
  return {
    ...{ esl, sip, password },
    get cpuMs() {
      return child.cpuMs;
    },
    log: () => readFileSync(join(folder, 'log/freeswitch.log'), 'utf8'),
    kill: () => kill(child),
    again: async () => {
      child = await launch();
    },
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An open event socket; rejects as the client of the gateway does. `from` is another address of loopback. */
export async function openEsl({ esl, password }: FreeSwitch, from?: string): Promise<EslConversation> {
  const stream = await systemNet.connect(
    esl,
    { type: 'tcp' },
    { timeoutMs: 3000, ...(from ? { localAddress: from } : {}) },
  );
  const conversation = new EslConversation(stream, { clock: systemClock, chance: systemChance, answerMs: 5000 });
  await conversation.open(password);
  return conversation;
}

function treeVariables(at: { folder: string; esl: Endpoint; sip: Endpoint; password: string }): Record<string, string> {
  const rtpFrom = 30_000 + 256 * systemChance.int(0, 9);
  return {
    FREESWITCH_VAR: at.folder,
    FREESWITCH_ESL_PASSWORD: at.password,
    FREESWITCH_ESL_PORT: String(at.esl.port),
    FREESWITCH_SIP_PORT: String(at.sip.port),
    FREESWITCH_RTP_FROM: String(rtpFrom),
    FREESWITCH_RTP_TO: String(rtpFrom + 255),
    LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] ?? '',
  };
}

/** A port that is free for UDP and, since nobody else asks meanwhile, as good as free for TCP. */
async function freePort(): Promise<number> {
  const socket = await systemNet.udp({ address: here, port: 0 });
  const { port } = socket.local;
  socket.close();
  return port;
}

/** Resolves when its event socket greets. */
async function answers(esl: Endpoint): Promise<void> {
  const stream = await systemNet.connect(esl, { type: 'tcp' }, { timeoutMs: 1000 });
  await new Promise<void>((resolve, reject) => {
    stream.onData(() => resolve());
    stream.onClose(() => reject(new Error('closed')));
  }).finally(() => stream.destroy());
}

/** The same in another network. */
async function answersIn(enter: readonly string[], { address, port }: Endpoint): Promise<void> {
  const [program = '', ...words] = [...enter, 'bash', '-c', `: < /dev/tcp/${address}/${port}`];
  await promisify(execFile)(program, words);
}

async function kill(child: ManagedChild): Promise<void> {
  const { pid } = child;
  if (pid === null) return;
  const down = new Promise<void>((resolve) => child.on.on('down', () => resolve()));
  process.kill(pid, 'SIGKILL');
  await down;
}
