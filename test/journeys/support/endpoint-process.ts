import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EndpointEvent } from '../../../scripts/endpoint/events.js';

const program = join(import.meta.dirname, '../../../scripts/endpoint/main.ts');

/** The test endpoint as a program of its own, so that it can be killed. */
export class EndpointProcess {
  /** What it printed so far. */
  readonly events: EndpointEvent[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly over: Promise<void>,
  ) {
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.take(line));
  }

  static start(uri: string, ...args: string[]): EndpointProcess {
    const command = ['--import', 'tsx', program, uri, '--bind', '127.0.0.1', ...args];
    const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'ignore'] });
    const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return new EndpointProcess(child, over);
  }

  /** Kills it without a word to anybody; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.over;
  }

  private take(line: string): void {
    if (line.startsWith('{')) this.events.push(JSON.parse(line) as EndpointEvent);
  }
}
