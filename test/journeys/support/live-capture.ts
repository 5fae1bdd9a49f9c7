import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hasTshark } from '../../support/tshark.js';
import { until } from './until.js';

/** What goes over the loopback interface while something happens, as tcpdump has it. */
export class LiveCapture {
  private constructor(
    private readonly child: ChildProcess,
    private readonly file: string,
  ) {}

  /** Null where nobody may listen, or tshark is missing. */
  static async start(file: string, filter: string): Promise<LiveCapture | null> {
    if (!hasTshark()) return null;
    const child = spawn('tshark', ['-q', '-i', 'lo', '-f', filter, '-w', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const begun = await until('a capture to begin', 10_000, () => {
      if (/Capturing on/.test(said)) return 'yes';
      return child.exitCode === null ? null : 'no';
    });
    return begun === 'yes' ? new LiveCapture(child, file) : null;
  }

  /** Ends it; what was captured. */
  async stop(): Promise<Buffer> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGINT');
      await ended;
    }
    return readFileSync(this.file);
  }
}

const [packetBlock, ethernet, ipv4, tcp] = [6, 14, 0x0800, 6];
/** The one port of call signalling that tshark knows. */
const usual = 1720;

/** The same capture with these TCP ports told as 1720. Sums stay right: on loopback they do not cover ports. */
export function withUsualPort(capture: Buffer, ports: readonly number[]): Buffer {
  const changed = Buffer.from(capture);
  for (let at = 0; at + 12 <= changed.length; at += changed.readUInt32LE(at + 4)) {
    const frame = at + 28;
    const ip = frame + ethernet;
    if (changed.readUInt32LE(at) !== packetBlock || changed.readUInt16BE(frame + 12) !== ipv4) continue;
    if (changed[ip + 9] !== tcp) continue;
    const header = ip + ((changed[ip] ?? 0) & 15) * 4;
    for (const port of [header, header + 2]) {
      if (ports.includes(changed.readUInt16BE(port))) changed.writeUInt16BE(usual, port);
    }
  }
  return changed;
}
