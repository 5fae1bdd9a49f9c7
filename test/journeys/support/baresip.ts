import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { until } from './until.js';

/** How to start a baresip. */
export interface BaresipOptions {
  name: string;
  /** SIP port on `address`, control port on 127.0.0.1. */
  sipPort: number;
  controlPort: number;
  /** Address for SIP and media, by default 127.0.0.1. */
  address?: string;
  /** Words that run a command on its machine, where that is another network namespace. */
  enter?: readonly string[];
  rtpPorts: [number, number];
  /** Tone it speaks, Hz. */
  tone: number;
  /** Picture it sends: an mp4 file, or null for none. */
  video: string | null;
  /** The only codec of pictures it has, by default H.264. */
  videoCodec?: 'VP8';
  audioCodecs?: string;
  /** Where it registers (`127.0.0.1:5060;transport=tcp`), as its name with this password. */
  register?: { at: string; password: string };
  /** How it encrypts: `srtp` and `srtp-mand` by SDES, `dtls_srtp`. */
  encryption?: 'srtp' | 'srtp-mand' | 'dtls_srtp';
  /** File with its certificate and key: it takes TLS too, at the port after `sipPort`. */
  certificate?: string;
}

interface ControlEvent {
  type: string;
  param?: string;
}

/** A real softphone without sound card and screen: its ear is a recording, its eye takes snapshots. */
export class Baresip {
  readonly events: ControlEvent[] = [];
  private readonly waiting: ((answer: { data?: string }) => void)[] = [];
  private pending = Buffer.alloc(0);

  private constructor(
    readonly directory: string,
    private readonly child: ChildProcess,
    private readonly control: Duplex,
  ) {
    control.on('data', (data: Buffer) => this.take(data));
    control.on('error', () => undefined);
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const directory = await mkdtemp(join(tmpdir(), 'baresip-'));
    await mkdir(join(directory, 'ear'));
    await writeFile(join(directory, 'config'), configuration(directory, options));
    await writeFile(join(directory, 'accounts'), account(options));
    await writeFile(join(directory, 'contacts'), '');
    const log = openSync(join(directory, 'log'), 'w');
    // its working directory is its own, for snapshots and dumps
    const { enter = [], controlPort } = options;
    const [program = '', ...words] = [...enter, 'baresip', '-f', directory, '-v', '-s'];
    const child = spawn(program, words, { stdio: ['pipe', log, log], cwd: directory });
    const control = await until(`baresip ${options.name} to listen`, 10_000, () =>
      enter.length > 0 ? connectIn(enter, controlPort) : tryConnect(controlPort),
    );
    return new Baresip(directory, child, control);
  }

  dial(uri: string): Promise<{ data?: string }> {
    return this.command('dial', uri);
  }

  hangup(): Promise<{ data?: string }> {
    return this.command('hangup');
  }

  established(timeoutMs = 10_000): Promise<void> {
    return this.happened('CALL_ESTABLISHED', 'baresip to be in a call', timeoutMs);
  }

  /** The call is over, as it was told. */
  closed(timeoutMs = 10_000): Promise<void> {
    return this.happened('CALL_CLOSED', 'baresip to be hung up', timeoutMs);
  }

  private async happened(event: string, what: string, timeoutMs: number): Promise<void> {
    await until(
      what,
      timeoutMs,
      () => this.events.some(({ type }) => type === event) || null,
      () => `${JSON.stringify(this.events)}\n${this.log().slice(-3000)}`,
    );
  }

  /** PCM that it heard so far, as the recording's file. */
  async recording(): Promise<string | null> {
    // each call has its own, named by the time
    const files = (await readdir(join(this.directory, 'ear'))).sort().reverse();
    const file = files.find((name) => name.endsWith('dec.wav')) ?? files.find((name) => name.endsWith('.wav'));
    return file === undefined ? null : join(this.directory, 'ear', file);
  }

  /** Takes a PNG of the picture it decodes now; null when it sees nothing. */
  async snapshot(): Promise<string | null> {
    const file = join(this.directory, `seen-${this.shots++}.png`);
    await this.command('snapshot_recv', file);
    return until('a snapshot', 1500, () => (existsSync(file) ? file : null)).catch(() => null);
  }

  log(): string {
    return readFileSync(join(this.directory, 'log'), 'latin1');
  }

  command(command: string, params = ''): Promise<{ data?: string }> {
    const text = JSON.stringify({ command, params, token: '1' });
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.control.write(`${Buffer.byteLength(text)}:${text},`);
    });
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.control.destroy();
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      const hard = setTimeout(() => this.child.kill('SIGKILL'), 3000);
      await gone;
      clearTimeout(hard);
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  private shots = 0;

  /** Netstrings of JSON. */
  private take(data: Buffer): void {
    this.pending = Buffer.concat([this.pending, data]);
    for (;;) {
      const colon = this.pending.indexOf(':');
      const length = Number(this.pending.subarray(0, colon).toString());
      if (colon < 1 || this.pending.length < colon + length + 2) return;
      const message = JSON.parse(this.pending.subarray(colon + 1, colon + 1 + length).toString()) as {
        response?: boolean;
        data?: string;
      } & ControlEvent;
      this.pending = this.pending.subarray(colon + length + 2);
      if (message.response) this.waiting.shift()?.(message);
      else this.events.push(message);
    }
  }
}

/** A connection to 127.0.0.1 of another machine, carried by a program there. */
function connectIn(enter: readonly string[], port: number): Promise<Duplex | null> {
  const source = `const s=require('net').connect(${port},'127.0.0.1');s.on('error',()=>process.exit(1));
    s.on('connect',()=>{process.stderr.write('up');process.stdin.pipe(s).pipe(process.stdout)});
    s.on('close',()=>process.exit(0))`;
  const [program = '', ...words] = [...enter, process.execPath, '-e', source];
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  return new Promise((resolve) => {
    child.once('exit', () => resolve(null));
    child.stderr.once('data', () => resolve(Duplex.from({ readable: child.stdout, writable: child.stdin })));
  });
}

function tryConnect(port: number): Promise<Duplex | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}

function account(options: BaresipOptions): string {
  const { name, sipPort, address = '127.0.0.1', audioCodecs, video, encryption, register } = options;
  const { videoCodec = 'H264' } = options;
  const codecs = audioCodecs ?? 'opus/48000/2,G722/16000/1,PCMU,PCMA';
  const videos = video === null ? '' : `;video_codecs=${videoCodec}`;
  const keys = encryption === undefined ? '' : `;mediaenc=${encryption}`;
  const host = address.includes(':') ? `[${address}]` : address;
  const own = `<sip:${name}@${register?.at ?? `${host}:${sipPort}`}>`;
  const registering = register ? `auth_user=${name};auth_pass=${register.password};regint=120` : 'regint=0';
  return `${own};${registering};answermode=auto;audio_codecs=${codecs}${videos}${keys}\n`;
}

function configuration(directory: string, options: BaresipOptions): string {
  const { sipPort, controlPort, rtpPorts, tone, video, address = '127.0.0.1', encryption, certificate } = options;
  const modules = ['stdio', 'opus', 'g711', 'g722', 'ausine', 'sndfile', 'aufile', 'avcodec', 'fakevideo', 'snapshot'];
  if (video !== null) modules.push('avformat');
  if (options.videoCodec === 'VP8') modules.push('vp8');
  if (encryption !== undefined) modules.push(encryption === 'dtls_srtp' ? 'dtls_srtp' : 'srtp');
  return [
    'poll_method epoll',
    `sip_listen ${address.includes(':') ? `[${address}]` : address}:${sipPort}`,
    ...(certificate === undefined ? [] : [`sip_certificate ${certificate}`]),
    `net_interface ${address}`,
    `audio_player aufile,${directory}/played.wav`,
    `audio_source ausine,${tone}`,
    `audio_alert aufile,${directory}/alert.wav`,
    'ausrc_srate 48000',
    'auplay_srate 48000',
    'ausrc_channels 2',
    'auplay_channels 2',
    ...(video === null ? [] : [`video_source avformat,${video}`]),
    'video_display fakevideo,nil',
    'video_size 640x360',
    'video_bitrate 500000',
    'video_fps 10',
    'call_local_timeout 60',
    'call_max_calls 4',
    `rtp_ports ${rtpPorts[0]}-${rtpPorts[1]}`,
    'rtp_stats yes',
    'jitter_buffer_delay 1-5',
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    `snd_path ${directory}/ear`,
    'module_path /usr/lib/baresip/modules',
    ...modules.map((name) => `module ${name}.so`),
    'module_tmp uuid.so',
    'module_tmp account.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    'module_app debug_cmd.so',
    'avcodec_h264enc libx264',
    'avcodec_h264dec h264',
    '',
  ].join('\n');
}
