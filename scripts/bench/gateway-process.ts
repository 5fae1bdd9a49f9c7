import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { collectGarbage } from './collect.js';
import { pause } from './figures.js';
import { Uac } from './uac.js';

/** Every socket of a bench is bound here. */
export const here = '127.0.0.1';

const program = resolve(import.meta.dirname, '../../dist/src/main.js');
const start = readFileSync(resolve(import.meta.dirname, '../start'), 'utf8');
/** The flags that `npm start` gives to Node.js, and what it puts into the environment. */
export const flags = /^exec node (.*?) ?"/m.exec(start)?.[1]?.split(' ') ?? [];
const environment = Object.fromEntries([...start.matchAll(/^export (.*)$/gm)].flatMap(assignmentsIn));
const startMs = 20_000;
const stopMs = 10_000;
/** Resident memory is settled when it moves by less than this between two looks, kB. */
const steadyKb = 1024;
const settleMs = 1000;
const settleTurns = 30;
/** Kernel clock ticks a second, as /proc counts CPU time. */
const ticksPerSecond = 100;

/** What a bench wants of its gateway. */
export interface StartOptions {
  rtpengine?: boolean;
  nodeArguments?: string[];
  rooms?: object[];
  overload?: object;
  audio?: object;
  /** Added to its environment. */
  env?: Record<string, string>;
}

/** The built gateway as a process of its own, on free loopback ports. */
export class GatewayProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    readonly sip: { address: string; port: number },
    private readonly httpPort: number,
    /** Where H.323 is taken. */
    readonly h323: { address: string; port: number },
    private readonly inspectorPort: number,
  ) {}

  /** Starts one and waits until SIP and the page answer. `rtpengine` adds the engine for browsers. */
  static async start(options: StartOptions = {}): Promise<GatewayProcess> {
    if (!existsSync(program)) throw new Error('the gateway is not built: npm run build');
    const directory = mkdtempSync(join(tmpdir(), 'dualstream-bench-'));
    const [sip, tls, http, https] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const [h323, inspector] = [await freePort(), await freePort()];
    const at = (transport: string, port: number): object => ({ transport, address: here, port });
    const config = {
      dataDir: join(directory, 'data'),
      sip: {
        controlPort: 0,
        listen: [at('udp', sip), at('tcp', sip), at('tls', tls)],
        overload: options.overload ?? {},
      },
      media: { ports: null, rtpengine: options.rtpengine ? { kind: 'embedded', ports: null } : { kind: 'off' } },
      h323: { listen: [{ address: here, port: h323 }], h245Ports: null },
      rooms: { permanent: options.rooms ?? [] },
      audio: options.audio ?? {},
      web: { http: { port: http }, https: { address: here, port: https } },
      logging: { level: 'warn', file: join(directory, 'log') },
    };
    const file = join(directory, 'config.yaml');
    writeFileSync(file, JSON.stringify(config));
    // opened by a signal only
    const node = [...flags, `--inspect-port=${here}:${inspector}`, ...(options.nodeArguments ?? [])];
    const command = [...node, program, '--config', file, '--bind', here];
    const child = spawn(process.execPath, command, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment, ...options.env },
    });
    const said: string[] = [];
    child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    const place = (port: number): { address: string; port: number } => ({ address: here, port });
    const gateway = new GatewayProcess(child, directory, place(sip), http, place(h323), inspector);
    try {
      await gateway.answers();
    } catch (error) {
      await gateway.stop();
      throw new Error(`the gateway did not start: ${said.join('').trim()}`, { cause: error });
    }
    return gateway;
  }

  /** The page for this machine. */
  get page(): string {
    return `http://localhost:${this.httpPort}`;
  }

  uri(room: string): string {
    return `sip:${room}@${here}:${this.sip.port}`;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resident memory, kB. */
  get rss(): number {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))?.[1]);
  }

  /** Resident memory, kB, once all threads have collected their garbage and given back what they do not need. */
  async settledRss(): Promise<number> {
    await collectGarbage(this.pid, this.inspectorPort);
    for (let before = this.rss, turn = 0; turn < settleTurns; turn++) {
      await pause(settleMs);
      const now = this.rss;
      if (Math.abs(now - before) < steadyKb) return now;
      before = now;
    }
    throw new Error('resident memory does not settle');
  }

  /** CPU seconds so far, user and system, of all threads. */
  get cpu(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  /** Prometheus text. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.page}/metrics`)).text();
  }

  /** What the log holds so far. */
  get log(): string {
    const file = join(this.directory, 'log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      const force = setTimeout(() => this.child.kill('SIGKILL'), stopMs);
      await ended;
      clearTimeout(force);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    const uac = await Uac.open(this.sip);
    try {
      for (const deadline = performance.now() + startMs; ;) {
        if ((await uac.options(250)) && (await this.pageThere())) return;
        if (this.child.exitCode !== null || performance.now() > deadline) throw new Error('no answer');
        await pause(50);
      }
    } finally {
      uac.close();
    }
  }

  /** The page comes last of all. */
  private pageThere(): Promise<boolean> {
    return fetch(this.page).then(
      (answer) => answer.body?.cancel().then(() => true) ?? true,
      () => false,
    );
  }
}

/** `NAME=value` of one line of a shell. */
function assignmentsIn([, line = '']: RegExpMatchArray): [string, string][] {
  return line.split(' ').map((one) => one.split('=', 2) as [string, string]);
}

/** A port that was free for UDP and TCP a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, here);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const socket = createSocket('udp4');
    const free = await new Promise<boolean>((done) => {
      socket.once('error', () => done(false));
      socket.bind(port, here, () => done(true));
    });
    server.close();
    socket.close();
    if (free) return port;
  }
}
