import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = '127.0.0.1';
/** By itself it takes 64 kB of what arrives, which is full after 50 ms of 300 calls/s on a busy machine. */
const roomy = ['-buff_size', String(4 << 20)];

/** What a run of calls came to. */
export interface Calls {
  made: number;
  failed: number;
  retransmissions: number;
  /** INVITE to 200, milliseconds. */
  answers: number[];
}

export interface Load {
  /** UDP port that is called. */
  port: number;
  /** Calls a second, and how many. */
  rate: number;
  calls: number;
  /** How long each call stays, milliseconds. */
  stayMs: number;
}

/** The answering side: sipp's own scenario. */
export class Callee {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  static start(port: number): Callee {
    const directory = mkdtempSync(join(tmpdir(), 'dualstream-sipp-'));
    const words = ['-sn', 'uas', '-i', here, '-p', String(port), '-nostdin', ...roomy];
    return new Callee(spawn('sipp', words, { cwd: directory, stdio: 'ignore' }), directory);
  }

  async stop(): Promise<void> {
    await end(this.child);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The calling side: makes calls until all are over, or until it is stopped. */
export class Caller {
  private readonly directory = mkdtempSync(join(tmpdir(), 'dualstream-sipp-'));
  private readonly child: ChildProcess;

  constructor({ port, rate, calls, stayMs }: Load) {
    const words = ['-sn', 'uac', `${here}:${port}`, '-i', here, '-nostdin', '-r', String(rate), '-m', String(calls)];
    const rest = [
      '-d',
      String(stayMs),
      '-l',
      '20000',
      ...roomy,
      '-trace_stat',
      '-fd',
      '1',
      '-trace_rtt',
      '-rtt_freq',
      '1',
    ];
    this.child = spawn('sipp', [...words, ...rest], { cwd: this.directory, stdio: 'ignore' });
    this.child.on('error', () => undefined);
  }

  /** Waits for the end of all calls; whatever is not over by then has failed. */
  async finished(atMostMs: number): Promise<Calls> {
    const deadline = setTimeout(() => this.child.kill('SIGKILL'), atMostMs);
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    clearTimeout(deadline);
    const calls = this.count();
    rmSync(this.directory, { recursive: true, force: true });
    return calls;
  }

  async stop(): Promise<void> {
    await end(this.child);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private count(): Calls {
    const [head = '', ...rows] = this.read(/_\d+_\.csv$/)
      .trim()
      .split('\n');
    const names = head.split(';');
    const last = rows.at(-1)?.split(';') ?? [];
    const value = (name: string): number => Number(last[names.indexOf(name)] ?? NaN);
    const made = value('TotalCallCreated');
    const answers = this.read(/_rtt\.csv$/)
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => Number(row.split(';')[1]));
    const failed = made - value('SuccessfulCall(C)');
    return { made, failed, retransmissions: value('Retransmissions(C)'), answers };
  }

  private read(pattern: RegExp): string {
    const name = readdirSync(this.directory).find((each) => pattern.test(each));
    return name === undefined ? '' : readFileSync(join(this.directory, name), 'utf8');
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
