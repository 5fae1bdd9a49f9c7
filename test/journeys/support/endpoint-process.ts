import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EndpointEvent } from '../../../scripts/endpoint/events.js';
import { until } from './until.js';

const program = join(import.meta.dirname, '../../../scripts/endpoint/main.ts');

/** What it answers to a command. */
interface Result {
  event: 'result';
  command: string;
  result: unknown;
}

/** The test endpoint as a program of its own, so that it can be killed, or live on another machine. */
export class EndpointProcess {
  /** What it printed so far. */
  readonly events: EndpointEvent[] = [];
  private readonly results: Result[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly over: Promise<void>,
  ) {
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.take(line));
  }

  static start(uri: string, ...args: string[]): EndpointProcess {
    return EndpointProcess.startIn([], uri, '--bind', '127.0.0.1', ...args);
  }

  /** `enter`: words that run a command in a network namespace. */
  static startIn(enter: readonly string[], uri: string, ...args: string[]): EndpointProcess {
    const [command = '', ...words] = [...enter, process.execPath, '--import', 'tsx', program, uri, ...args];
    const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'ignore'] });
    const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return new EndpointProcess(child, over);
  }

  /** Kills it without a word to anybody; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.over;
  }

  /** Resolves with the first event, now or later, that passes. */
  sees<T extends EndpointEvent>(
    what: string,
    timeoutMs: number,
    test: (event: EndpointEvent) => event is T,
  ): Promise<T>;
  sees(what: string, timeoutMs: number, test: (event: EndpointEvent) => boolean): Promise<EndpointEvent>;
  sees(what: string, timeoutMs: number, test: (event: EndpointEvent) => boolean): Promise<EndpointEvent> {
    const words = (): string => `but ${JSON.stringify(this.events.slice(-8))}`;
    return until(what, timeoutMs, () => this.events.find(test) ?? null, words);
  }

  /** Gives a command that has no answer. */
  say(command: string): void {
    this.child.stdin?.write(`${command}\n`);
  }

  /** Gives a command and resolves with what it answers. */
  async ask(command: string, timeoutMs = 5000): Promise<unknown> {
    const from = this.results.length;
    this.say(command);
    const mine = (): Result | null => this.results.slice(from).find((one) => command.startsWith(one.command)) ?? null;
    return (await until(`an answer to ${command}`, timeoutMs, mine, () => JSON.stringify(this.events.slice(-3))))
      .result;
  }

  private take(line: string): void {
    if (!line.startsWith('{')) return;
    const said = JSON.parse(line) as EndpointEvent | Result;
    if (said.event === 'result') this.results.push(said);
    else this.events.push(said);
  }
}
