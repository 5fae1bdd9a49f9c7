import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

const here = '127.0.0.1';
const rate = 16_000;

/** How to start a Linphone. */
export interface LinphoneOptions {
  user: string;
  domain: string;
  password: string;
  /** Where it registers. */
  at: { port: number; transport: 'udp' | 'tcp' | 'tls' };
  sipPort: number;
  rtpPort: number;
  /** Tone it speaks, Hz. */
  tone: number;
}

/** The command line of Linphone, with files for ear and mouth; it answers by itself. */
export class Linphone {
  private output = '';

  private constructor(
    private readonly directory: string,
    private readonly child: ChildProcess,
    private readonly over: Promise<void>,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => (this.output += data.toString()));
    child.stdin?.on('error', () => undefined);
  }

  static async start(options: LinphoneOptions): Promise<Linphone> {
    const directory = await mkdtemp(join(tmpdir(), 'linphone-'));
    // without this folder of its own it never leaves its start-up
    await mkdir(join(directory, '.local/share/linphone'), { recursive: true });
    await writeFile(join(directory, 'rc'), configuration(options));
    await writeFile(join(directory, 'mouth.wav'), toneFile(options.tone));
    const words = ['-c', join(directory, 'rc'), '-a'];
    const env = { ...process.env, HOME: directory, XDG_CONFIG_HOME: '', XDG_DATA_HOME: '' };
    const child = spawn('linphonec', words, { cwd: directory, stdio: 'pipe', env });
    const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const phone = new Linphone(directory, child, over);
    await phone.says(/linphonec>/);
    for (const line of ['soundcard use files', `play ${directory}/mouth.wav`]) phone.type(line);
    return phone;
  }

  /** The recording of its next call, whose head is written when that ends; `holds` waits until it is this long, bytes. */
  record(name: string): { file: string; holds(bytes: number): Promise<true> } {
    const file = join(this.directory, `${name}.wav`);
    this.type(`record ${file}`);
    const long = (bytes: number): boolean => existsSync(file) && statSync(file).size > bytes;
    return {
      file,
      holds: (bytes) =>
        until(
          'a recording',
          15_000,
          () => long(bytes) || null,
          () => this.said,
        ),
    };
  }

  get said(): string {
    return this.output.slice(-3000);
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Waits until it printed that. */
  says(what: RegExp): Promise<string> {
    return until(
      `a Linphone to say ${String(what)}`,
      15_000,
      () => what.exec(this.output)?.[0] ?? null,
      () => this.said,
    );
  }

  async stop(): Promise<void> {
    this.type('quit');
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 4000);
    await this.over;
    clearTimeout(hard);
    await rm(this.directory, { recursive: true, force: true });
  }
}

function configuration({ user, domain, password, at, sipPort, rtpPort }: LinphoneOptions): string {
  const lines = {
    sip: [
      ...[
        `sip_port=${sipPort}`,
        `sip_tcp_port=${sipPort}`,
        `sip_tls_port=${sipPort + 1}`,
        'use_ipv6=0',
        'default_proxy=0',
      ],
      ...[
        'guess_hostname=0',
        `contact=sip:${user}@${here}`,
        'register_only_when_network_is_up=0',
        'publish_presence=0',
      ],
      // the gateway's certificate is its own
      ...['verify_server_certs=0', 'verify_server_cn=0'],
    ],
    rtp: [`audio_rtp_port=${rtpPort}`, `video_rtp_port=${rtpPort + 2}`],
    video: ['enabled=0', 'capture=0', 'display=0'],
    sound: ['echocancellation=0'],
    proxy_0: [
      ...[`reg_proxy=<sip:${here}:${at.port};transport=${at.transport}>`, `reg_identity=sip:${user}@${domain}`],
      `reg_route=<sip:${here}:${at.port};transport=${at.transport};lr>`,
      ...['reg_expires=600', 'reg_sendregister=1', 'publish=0'],
    ],
    auth_info_0: [`username=${user}`, `userid=${user}`, `passwd=${password}`, `realm=${domain}`, `domain=${domain}`],
  };
  return Object.entries(lines)
    .map(([section, each]) => [`[${section}]`, ...each, ''].join('\n'))
    .join('\n');
}

/** A minute of a sine, as a WAV file. */
function toneFile(hertz: number): Buffer {
  const samples = Buffer.alloc(rate * 60 * 2);
  for (let n = 0; n < rate * 60; n++)
    samples.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * hertz * n) / rate)), 2 * n);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}
