import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerSettings } from '../../../src/bridges/freeswitch/server.js';
import { startFreeSwitch, type FreeSwitch } from '../../support/freeswitch/real.js';
import { audioInConfig, soundElsewhere } from '../../support/sound-elsewhere.js';
import { until } from './until.js';

const root = join(import.meta.dirname, '../../..');

/** The gateway as people start it: a program with a configuration file. */
export class GatewayProgram {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly over: Promise<number | null>,
    /** Mixes its rooms, and ends with it. */
    private readonly mixer: FreeSwitch | null,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  /** `enter`: words that run a command in a network namespace. Resolves when it takes calls. */
  static async start(options: {
    directory: string;
    yaml: string;
    args?: readonly string[];
    enter?: readonly string[];
  }): Promise<GatewayProgram> {
    const file = join(options.directory, 'dualstream.yaml');
    // in a network of its own it would not reach the others
    const mixer = options.enter && soundElsewhere() ? await startFreeSwitch({}, undefined, options.enter) : null;
    const more = mixer ? audioInConfig([asServer(mixer)]) : audioInConfig();
    const audio = Object.entries(more).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
    writeFileSync(file, `${options.yaml}\n${audio.join('')}`);
    const words = ['--import', 'tsx', join(root, 'src/main.ts'), '--config', file, ...(options.args ?? [])];
    const [program = '', ...rest] = [...(options.enter ?? []), process.execPath, ...words];
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], cwd: root });
    const over = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    const gateway = new GatewayProgram(child, over, mixer);
    await until(
      'the gateway to start',
      40_000,
      () => /is ready/.test(gateway.output) || null,
      () => gateway.output,
    );
    return gateway;
  }

  /** What it printed. */
  get said(): string {
    return this.output;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends it by Ctrl-C; resolves with its exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) this.child.kill('SIGINT');
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 8000);
    const code = await this.over;
    clearTimeout(hard);
    await this.mixer?.stop();
    return code;
  }
}

function asServer({ esl, password, sip }: FreeSwitch): ServerSettings {
  return { name: 'inside', esl, password, sip: { host: sip.address, port: sip.port }, membersPerConference: 500 };
}
