import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withParts } from './sipp-parts.js';
import { stillHeld } from './processes.js';
import { until } from './until.js';

const folder = join(import.meta.dirname, '../sipp');
const longestSeconds = 40;

/** How sipp plays a scenario. */
export interface Play {
  /** Whom it calls, or who calls it. */
  to: { address: string; port: number };
  /** `u1` one socket for all calls, `t1` one connection for all, `tn` one for each; by default `u1`. */
  transport?: 'u1' | 't1' | 'tn';
  /** Values of `[name]` in the scenario. */
  keys?: Readonly<Record<string, string>>;
  calls?: number;
  /** Calls a second. */
  rate?: number;
  /** Port it takes SIP at, where it is called. */
  port?: number;
  /** How it answers challenges. */
  login?: { user: string; password: string };
}

let mediaPort = 20_000;

/** Names of all scenarios. */
export function scenarios(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.xml'));
  return files.map((file) => file.slice(0, -'.xml'.length)).sort();
}

/** One run of a scenario of test/journeys/sipp by sipp. */
export class Sipp {
  private constructor(
    private readonly directory: string,
    private readonly name: string,
    private readonly end: () => void,
    private readonly exit: Promise<number | null>,
  ) {}

  static async start(name: string, play: Play): Promise<Sipp> {
    const directory = await mkdtemp(join(tmpdir(), `sipp-${name}-`));
    const text = withParts(readFileSync(join(folder, `${name}.xml`), 'utf8'));
    await writeFile(join(directory, 'scenario.xml'), text.replace('</scenario>', `${referenceOf(text)}</scenario>`));
    const child = spawn('sipp', words(play), { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    const sipp = new Sipp(directory, name, () => child.kill('SIGKILL'), exit);
    sipp.complaint = () => said;
    if (play.port !== undefined) await sipp.listens(play.port, play.transport ?? 'u1');
    return sipp;
  }

  /** A call must not come before it is there. */
  private listens(port: number, transport: string): Promise<true> {
    const held = { protocol: transport === 'u1' ? ('udp' as const) : ('tcp' as const), port };
    return until(`${this.name} to listen`, 10_000, () => stillHeld([held]).length > 0 || null, this.complaint);
  }

  private complaint: () => string = () => '';

  /** Everything that went over the wire so far, as sipp writes it down. */
  get messages(): string {
    return this.read('messages');
  }

  /** Waits until something went over the wire. */
  saw(what: RegExp): Promise<string> {
    return until(
      `${String(what)} in ${this.name}`,
      15_000,
      () => what.exec(this.messages)?.[0] ?? null,
      () => this.read('errors'),
    );
  }

  /** Fails with sipp's own words unless all went as written; resolves with what went over the wire. */
  async passed(): Promise<string> {
    const code = await this.exit;
    const { messages } = this;
    const errors = `${this.read('errors')}${this.complaint()}`.trim();
    await this.stop();
    if (code !== 0)
      throw new Error(`sipp ended with ${code} in ${this.name}: ${errors.slice(0, 3000)}\n${messages.slice(-3000)}`);
    return messages;
  }

  async stop(): Promise<void> {
    this.end();
    await this.exit;
    await rm(this.directory, { recursive: true, force: true });
  }

  private read(file: string): string {
    const path = join(this.directory, file);
    return existsSync(path) ? readFileSync(path, 'latin1') : '';
  }
}

/** Plays a scenario to its end. */
export async function play(name: string, how: Play): Promise<string> {
  return (await Sipp.start(name, how)).passed();
}

function words({ to, transport = 'u1', keys = {}, calls = 1, rate = 50, port, login }: Play): string[] {
  const v6 = to.address.includes(':');
  const here = v6 ? '::1' : '127.0.0.1';
  mediaPort += 10;
  const all = { room: 'sipp', name: 'sipp', floor: String(mediaPort + 6), ...keys };
  return [
    ...['-sf', 'scenario.xml', '-i', here, '-mp', String(mediaPort), '-t', transport, '-m', String(calls)],
    ...[
      '-r',
      String(rate),
      '-l',
      String(calls),
      '-nostdin',
      '-max_socket',
      '1000',
      '-timeout',
      String(longestSeconds),
      '-timeout_error',
    ],
    ...['-recv_timeout', '15000', '-trace_err', '-error_file', 'errors', '-trace_msg', '-message_file', 'messages'],
    ...Object.entries(all).flatMap(([key, value]) => ['-key', key, value]),
    ...(login ? ['-au', login.user, '-ap', login.password, '-key', 'user', login.user, ...authUri(keys)] : []),
    ...(port === undefined ? [] : ['-p', String(port)]),
    `${v6 ? `[${to.address}]` : to.address}:${to.port}`,
  ];
}

/** sipp answers challenges for the address it sends to, unless told otherwise. */
function authUri({ domain }: Readonly<Record<string, string>>): string[] {
  return domain === undefined ? [] : ['-auth_uri', domain];
}

/** sipp refuses variables that are set and never asked for. */
function referenceOf(text: string): string {
  const set = new Set([...text.matchAll(/assign_to="(\w+)"/g)].map(([, name = '']) => name));
  const unused = [...set].filter((name) => !text.includes(`[$${name}]`) && !text.includes(`test="${name}"`));
  return unused.length === 0 ? '' : `  <Reference variables="${unused.join(',')}"/>\n`;
}
