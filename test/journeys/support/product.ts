import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { family, portsOf, runs, stillHeld, type Held } from './processes.js';
import { until } from './until.js';

const root = join(import.meta.dirname, '../../..');

/** How a run ended. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A command of this checkout, run as a person runs it: in a process group of its own, as a terminal's job. */
export class Product {
  /** What it printed so far. */
  output = '';
  errors = '';
  readonly over: Promise<Ended>;
  readonly startedAt = performance.now();
  private ended = false;
  private known = new Set<number>();

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.over = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.ended = true;
        resolve({ code, signal });
      });
    });
  }

  /** Runs a command in the checkout; Debian packages are left alone. */
  static run(command: string, ...args: string[]): Product {
    const env = { ...process.env, DUALSTREAM_APT: 'no' };
    return new Product(spawn(command, args, { cwd: root, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] }));
  }

  /** `npm start` with these arguments. */
  static start(...args: string[]): Product {
    return Product.run('scripts/start', ...args);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until it printed that; resolves with the milliseconds since the command was given. */
  async printed(words: RegExp, timeoutMs = 20_000): Promise<number> {
    await until(
      String(words),
      timeoutMs,
      () => {
        if (words.test(this.output)) return true;
        if (this.ended) throw new Error(`it ended:\n${this.output}\n${this.errors}`);
        return null;
      },
      () => `\n${this.output}\n${this.errors}`,
    );
    return performance.now() - this.startedAt;
  }

  /** The first group of a pattern in what it printed. */
  find(pattern: RegExp): string {
    const found = pattern.exec(this.output)?.[1];
    if (found === undefined) throw new Error(`${pattern} is not in:\n${this.output}\n${this.errors}`);
    return found;
  }

  /** Its process, and all that descend from it. */
  processes(): number[] {
    const found = this.ended ? [] : family(this.pid);
    for (const pid of found) this.known.add(pid);
    return found;
  }

  /** Ports that it and its children have bound. */
  ports(): Held[] {
    return portsOf(this.processes());
  }

  /** Sends a signal to the whole job, as a terminal does. */
  signalJob(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** Sends a signal to the first process only. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until neither a process nor a port is left of those seen before; fails with what is. */
  async leavesNothing(ports: readonly Held[], timeoutMs = 3000): Promise<void> {
    const left = (): string => {
      const processes = [...this.known].filter(runs);
      return [...processes.map(String), ...stillHeld(ports).map(({ protocol, port }) => `${protocol} ${port}`)].join();
    };
    await until('nothing to be left', timeoutMs, () => left() === '' || null, left);
  }

  /** Ends it for certain, with everything it started. */
  async end(): Promise<void> {
    if (!this.ended) {
      const all = this.processes();
      this.signalJob('SIGTERM');
      const hard = setTimeout(() => all.filter(runs).forEach((pid) => process.kill(pid, 'SIGKILL')), 5000);
      await this.over;
      clearTimeout(hard);
    }
  }
}
