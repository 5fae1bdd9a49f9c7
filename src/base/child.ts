import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Clock, Timer } from './clock.js';
import { messageOf } from './errors.js';
import { Emitter, type Events } from './events.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';

/** What to run and how to know that it runs. */
export interface ChildSpec {
  /** For logs and metrics. */
  name: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  /** Added to a minimal environment (PATH, HOME, LANG). */
  env?: Record<string, string>;
  /** Resolves when the child answers; asked again until `readyMs`, then every `pingMs`. */
  ping?: () => Promise<unknown>;
  readyMs?: number;
  pingMs?: number;
  /** Whether to start it again when it ends; default true. */
  restart?: boolean;
  /** Every line it prints. */
  onLine?: (line: string) => void;
}

/** Raised by a managed child. */
export interface ChildEvents {
  up: { pid: number };
  /** It ended or stopped answering; a restart follows where the spec says so. */
  down: { reason: string };
}

/** A child process that is kept running. */
export interface ManagedChild {
  readonly pid: number | null;
  readonly up: boolean;
  /** Processor time that the present process has used, milliseconds; null while there is none, or nobody tells. */
  readonly cpuMs: number | null;
  readonly on: Events<ChildEvents>;
  /** Writes to its standard input. */
  write(text: string): void;
  /** SIGTERM, after 3 s SIGKILL; resolves when it is gone. Idempotent. */
  stop(): Promise<void>;
}

const killMs = 3000;
const firstBackoffMs = 200;
const longestBackoffMs = 10_000;
const lostPings = 3;
/** Who was up for this long starts over with the shortest wait. */
const steadyMs = 10_000;

/** Starts a child and resolves when it is up; rejects (NotInstalled, Error) when it does not get up the first time. */
export async function startChild(
  spec: ChildSpec,
  tools: { clock: Clock; log: Log; metrics: Metrics },
): Promise<ManagedChild> {
  // Asked beforehand: setpriv would start in its stead.
  if (!isInstalled(spec.command)) throw new NotInstalled(spec.command);
  const child = new Child(spec, tools);
  try {
    await child.launch();
  } catch (error) {
    await child.stop();
    throw error;
  }
  return child;
}

/**
 *   starting --ping answered--> up --exit or pings lost--> down --back-off--> starting
 *   any --stop()--> stopped
 */
class Child implements ManagedChild {
  readonly on = new Emitter<ChildEvents>();
  private process: ChildProcess | null = null;
  private isUp = false;
  private stopped = false;
  private backoffMs = firstBackoffMs;
  private upAt = 0;
  private timer: Timer | null = null;
  private readonly gone = new Set<() => void>();

  constructor(
    private readonly spec: ChildSpec,
    private readonly tools: { clock: Clock; log: Log; metrics: Metrics },
  ) {}

  get pid(): number | null {
    return this.process?.pid ?? null;
  }

  get up(): boolean {
    return this.isUp;
  }

  get cpuMs(): number | null {
    return this.pid === null ? null : cpuMsOf(this.pid);
  }

  write(text: string): void {
    this.process?.stdin?.write(text);
  }

  /** One start up to its readiness. */
  async launch(): Promise<void> {
    const { command, args, cwd, env } = this.spec;
    const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin', HOME = '/', LANG = 'C.UTF-8' } = inherited();
    const options = { env: { PATH, HOME, LANG, ...env }, ...(cwd === undefined ? {} : { cwd }) };
    const [program = command, ...words] = [...boundToUs(), command, ...args];
    // A process group of its own: Ctrl-C reaches us only, and we end our children in order.
    const child = spawn(program, words, { ...options, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.process = child;
    const failed = new Promise<never>((_resolve, reject) => {
      child.once('error', () => reject(new NotInstalled(command)));
      child.once('exit', (code, signal) => reject(new Error(`${this.spec.name} ended (${signal ?? code ?? ''})`)));
    });
    const spawned = new Promise<void>((resolve) => child.once('spawn', () => resolve()));
    child.stdin.on('error', () => undefined);
    this.readLines(child);
    child.once('error', (error) => this.ended(child, messageOf(error)));
    child.once('exit', (code, signal) => this.ended(child, signal ?? `exit code ${code ?? ''}`));
    await Promise.race([spawned.then(() => this.ready()), failed]);
    if (this.process !== child) throw new Error(`${this.spec.name} ended`);
    this.isUp = true;
    this.upAt = this.tools.clock.now();
    this.tools.metrics.count('dualstream_child_starts_total', { name: this.spec.name });
    this.on.emit('up', { pid: child.pid ?? 0 });
    this.watch(child, 0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const over = new Promise<void>((resolve) => this.gone.add(resolve));
    child.kill('SIGTERM');
    const hard = this.tools.clock.after(killMs, () => void child.kill('SIGKILL'));
    await over;
    hard.cancel();
  }

  private async ready(): Promise<void> {
    const { ping, readyMs = 5000, name } = this.spec;
    if (!ping) return;
    const { clock } = this.tools;
    const end = clock.now() + readyMs;
    for (;;) {
      try {
        return void (await ping());
      } catch (error) {
        if (this.stopped || clock.now() > end) throw new Error(`${name} does not answer: ${messageOf(error)}`);
        await new Promise<void>((resolve) => clock.after(50, resolve));
      }
    }
  }

  private watch(child: ChildProcess, lost: number): void {
    const { ping, pingMs = 5000, name } = this.spec;
    if (!ping || this.stopped) return;
    this.timer = this.tools.clock.after(pingMs, () => {
      ping().then(
        () => this.process === child && this.watch(child, 0),
        () => {
          if (this.process !== child) return;
          this.tools.metrics.count('dualstream_child_pings_lost_total', { name });
          if (lost + 1 >= lostPings) child.kill('SIGKILL');
          else this.watch(child, lost + 1);
        },
      );
    });
  }

  private ended(child: ChildProcess, reason: string): void {
    if (this.process !== child) return;
    this.process = null;
    this.timer?.cancel();
    for (const told of this.gone) told();
    this.gone.clear();
    const wasUp = this.isUp;
    this.isUp = false;
    if (this.stopped) return;
    this.tools.log.warn({ child: this.spec.name, reason }, 'A child process ended');
    if (!wasUp) return;
    // one that comes up and dies at once is no better than one that does not come up
    if (this.tools.clock.now() - this.upAt >= steadyMs) this.backoffMs = firstBackoffMs;
    this.on.emit('down', { reason });
    if (this.spec.restart !== false) this.restartLater();
  }

  private restartLater(): void {
    const wait = this.backoffMs;
    this.backoffMs = Math.min(wait * 2, longestBackoffMs);
    this.timer = this.tools.clock.after(wait, () => {
      this.launch().catch((error: unknown) => {
        this.tools.log.error({ child: this.spec.name, error: messageOf(error) }, 'A child process did not come back');
        this.process?.kill('SIGKILL');
        this.process = null;
        if (!this.stopped) this.restartLater();
      });
    });
  }

  private readLines(child: ChildProcess): void {
    const { onLine, name } = this.spec;
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = (lines.pop() ?? '').slice(-8192);
        for (const line of lines) {
          if (onLine) onLine(line);
          else this.tools.log.debug({ child: name, line: line.slice(0, 500) }, 'output');
        }
      });
    }
  }
}

/** The program of a child is not there. */
export class NotInstalled extends Error {
  constructor(command: string) {
    super(`${command} cannot be started: is it installed?`);
  }
}

function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', command], { stdio: 'ignore' }).status === 0;
}

/** Ticks of the kernel's clock in a second, as proc(5) counts (sysconf _SC_CLK_TCK). */
const ticksPerSecond = 100;

/** User and system time of proc(5) /proc/PID/stat. */
function cpuMsOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name of the program may hold anything, blanks too
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
  } catch {
    return null;
  }
}

let binding: readonly string[] | null = null;

/** Words that make a child end with us even when we are killed; none where the system has no setpriv (util-linux). */
function boundToUs(): readonly string[] {
  const words = ['setpriv', '--pdeathsig', 'KILL', '--'];
  binding ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0 ? words : [];
  return binding;
}

/** The few variables a child gets of our own environment: where programs are and which language. */
function inherited(): { PATH?: string | undefined; HOME?: string | undefined; LANG?: string | undefined } {
  // Not configuration: a child without PATH finds nothing.
  const { PATH, HOME, LANG } = process.env;
  return { PATH, HOME, LANG };
}
