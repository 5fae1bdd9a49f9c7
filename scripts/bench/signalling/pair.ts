import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { flags as startFlags, freePort } from '../gateway-process.js';
import type { B2buaSettings } from './settings.js';
import { Callee } from './sipp.js';
import { cpuOf, rssOf } from './usage.js';

/** A drachtio-server to measure beside the embedded engine. `pid` is its process on this machine. */
export interface Server {
  host: string;
  port: number;
  secret: string;
  pid: number;
}

const program = join(import.meta.dirname, 'b2bua.ts');
const startMs = 20_000;

/** Application and engine, with somebody who answers. */
export class Pair {
  private constructor(
    private readonly app: ChildProcess,
    private readonly callee: Callee,
    private readonly server: Server | null,
    /** UDP port that takes calls. */
    readonly port: number,
  ) {}

  /** Starts the application on a server, or with the embedded engine inside. */
  static async start(server: Server | null): Promise<Pair> {
    const calleePort = await freePort();
    const settings: B2buaSettings = { elsewhere: server, callee: `sip:callee@127.0.0.1:${calleePort}` };
    const flags = ['--expose-gc', ...(startFlags ?? []), ...(process.env['BENCH_NODE']?.split(' ') ?? [])];
    const words = [...flags, '--import', 'tsx', program, JSON.stringify(settings)];
    const app = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const said = await line(app, /^ready (\d+)/m);
    return new Pair(app, Callee.start(calleePort), server, Number(said[1]));
  }

  /** CPU seconds so far: the engine's own process, if it has one, and the application's. */
  get cpu(): { engine: number; app: number; sum: number } {
    const engine = this.server ? cpuOf(this.server.pid) : 0;
    const app = cpuOf(this.app.pid ?? 0);
    return { engine, app, sum: engine + app };
  }

  /** Calls that are up, and resident memory of both in kB with the garbage of the application collected. */
  async memory(): Promise<{ standing: number; kilobytes: number }> {
    const collected = line(this.app, /^collected (\d+)/m);
    this.app.kill('SIGUSR2');
    const standing = Number((await collected)[1]);
    const kilobytes = rssOf(this.app.pid ?? 0) + (this.server ? rssOf(this.server.pid) : 0);
    return { standing, kilobytes };
  }

  async stop(): Promise<void> {
    await this.callee.stop();
    if (this.app.exitCode !== null) return;
    const ended = once(this.app, 'exit');
    this.app.kill('SIGTERM');
    await ended;
  }
}

/** The next line of a child that matches. */
function line(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error('the application says nothing')), startMs);
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const found = pattern.exec(text);
      if (!found) return;
      clearTimeout(deadline);
      child.stdout?.off('data', read);
      resolve(found);
    };
    child.stdout?.on('data', read);
    child.once('exit', (code) => reject(new Error(`the application ended with ${code}`)));
  });
}
