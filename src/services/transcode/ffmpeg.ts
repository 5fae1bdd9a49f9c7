import { startChild, type ManagedChild } from '../../base/child.js';
import type { Clock, Timer } from '../../base/clock.js';
import { DualstreamError, type Verdict } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Net } from '../../base/net.js';
import { findPortHolder } from '../../base/ports-in-use.js';
import type { Line, LineParams, MediaPlane } from '../../media/plane.js';
import type { H264Format } from '../../media/vocabulary.js';
import type { Transcode, Transcoder, TranscodeSignals } from '../../rooms/transcoder.js';

/** How pictures are encoded anew. */
export interface FfmpegSettings {
  program: string;
  /** Most at a time in the whole gateway. */
  most: number;
  /** What each gives, kbit/s. */
  kbps: number;
}

interface Tools {
  plane: MediaPlane;
  net: Net;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

/** As many pictures are being encoded anew as may be, or a program for it is not there. */
export class CannotTranscode extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 503,
    label: 'cannot_transcode',
    retry: true,
  };
}

const loopback = '127.0.0.1';
const number = 96;
/** Pictures a second and a keyframe every so many: nobody can ask this encoder for one. */
const fps = 15;
const keyEvery = 30;
/** It may end so often in a minute before it is given up. */
const mostEnds = 3;
const minute = 60_000;
/** How often at most it is given a keyframe when it has begun, and how far apart, ms. */
const hungerTimes = 10;
const hungerMs = 600;
/** Period of the look at its load, ms. */
const lookMs = 5000;

/** Absent where it is switched off. */
export interface Transcoding {
  transcoder?: Transcoder;
}

/** What rooms are given where the configuration wants it. */
export function transcoding(settings: (FfmpegSettings & { enabled: boolean }) | undefined, tools: Tools): Transcoding {
  return settings?.enabled ? { transcoder: ffmpegTranscoder(settings, tools) } : {};
}

/** Encodes anew by one managed ffmpeg for each picture: H.264 in, H.264 of packetization mode 0 out. */
export function ffmpegTranscoder(settings: FfmpegSettings, tools: Tools): Transcoder {
  let running = 0;
  const measure = (by: number): void => tools.metrics.gauge('dualstream_transcodes', (running += by));
  return {
    async start(name, on) {
      if (running >= settings.most) throw new CannotTranscode(`${settings.most} pictures are being transcoded already`);
      measure(1);
      try {
        return await begin(settings, tools, name, on, () => measure(-1));
      } catch (error) {
        measure(-1);
        throw error;
      }
    },
  };
}

async function begin(
  settings: FfmpegSettings,
  tools: Tools,
  name: string,
  on: TranscodeSignals,
  over: () => void,
): Promise<Transcode> {
  const { plane, net } = tools;
  const spec = { kind: 'video' as const, bind: loopback, advertise: loopback };
  const lines: Line[] = [];
  try {
    const takes = await plane.open({ ...spec, id: `transcode-${name}-in/video` });
    lines.push(takes);
    const gives = await plane.open({ ...spec, id: `transcode-${name}-out/video` });
    lines.push(gives);
    const port = await freePair(net);
    takes.update({ ...params(port), direction: 'sendonly', send: [format(1)] });
    gives.update({ ...params(port + 10), direction: 'recvonly', receive: [format(0)] });
    const args = argumentsOf(settings, port, gives.local.rtpPort, gives.local.rtcpPort);
    // a keyframe that comes before it listens is lost
    const ping = (): Promise<void> =>
      findPortHolder('udp', port) ? Promise.resolve() : Promise.reject(new CannotTranscode('it does not listen yet'));
    const child = await startChild({ name: 'transcode', command: settings.program, args, ping }, tools);
    return new FfmpegTranscode(takes, gives, child, tools, on, over);
  } catch (error) {
    for (const line of lines) line.close();
    throw error;
  }
}

class FfmpegTranscode implements Transcode {
  load: number | null = null;
  private readonly ends: number[] = [];
  private readonly looking: Timer;
  private asking: Timer | null = null;
  private before: { cpuMs: number; at: number } | null = null;
  private disposed = false;

  constructor(
    readonly takes: Line,
    readonly gives: Line,
    private readonly child: ManagedChild,
    private readonly tools: Tools,
    private readonly on: TranscodeSignals,
    private readonly over: () => void,
  ) {
    child.on.on('down', () => this.down());
    child.on.on('up', () => this.hunger());
    this.hunger();
    // the last of what was asked for may be on its way still
    gives.on.on('flowing', () => this.asking?.cancel());
    this.looking = tools.clock.every(lookMs, () => this.look());
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.looking.cancel();
    this.asking?.cancel();
    this.takes.close();
    this.gives.close();
    void this.child.stop();
    this.over();
  }

  /**
   * A fresh process leaves out what comes while it looks at its input, and the first packet of it, parameter sets and all: it
   * is given keyframes until it gives something.
   */
  private hunger(): void {
    let left = hungerTimes;
    this.asking?.cancel();
    this.asking = this.tools.clock.every(hungerMs, () => {
      this.on.wantsKeyframe();
      if ((left -= 1) === 0) this.asking?.cancel();
    });
  }

  private down(): void {
    const now = this.tools.clock.now();
    this.ends.push(now);
    if (this.ends.filter((at) => at > now - minute).length > mostEnds) this.on.ended();
  }

  private look(): void {
    const cpuMs = this.child.cpuMs;
    const at = this.tools.clock.now();
    if (cpuMs !== null && this.before && cpuMs >= this.before.cpuMs)
      this.load = (cpuMs - this.before.cpuMs) / (at - this.before.at);
    this.before = cpuMs === null ? null : { cpuMs, at };
  }
}

/** What ffmpeg is told; the description of what it gets stands in the command itself. */
export function argumentsOf({ kbps }: FfmpegSettings, port: number, rtpPort: number, rtcpPort: number): string[] {
  const words = [
    '-hide_banner -nostdin -loglevel error -protocol_whitelist data,udp,rtp',
    '-flags low_delay -fpsprobesize 0 -analyzeduration 0 -max_delay 0 -reorder_queue_size 0 -threads 1',
    `-f sdp -i data:application/sdp;base64,${Buffer.from(describe(port)).toString('base64')}`,
    `-an -vf fps=${fps},scale='min(1280,iw)':-2 -c:v libx264 -preset ultrafast -tune zerolatency`,
    '-profile:v baseline -pix_fmt yuv420p -threads 1',
    `-x264-params keyint=${keyEvery}:min-keyint=${keyEvery}:scenecut=0:slice-max-size=1200:repeat-headers=1`,
    `-b:v ${kbps}k -maxrate ${kbps}k -bufsize ${kbps}k`,
    `-f rtp -payload_type ${number} -rtpflags h264_mode0`,
    `rtp://${loopback}:${rtpPort}?rtcpport=${rtcpPort}&pkt_size=1300`,
  ];
  return words.join(' ').split(' ');
}

function describe(port: number): string {
  return [
    'v=0',
    `o=- 0 0 IN IP4 ${loopback}`,
    's=-',
    `c=IN IP4 ${loopback}`,
    't=0 0',
    `m=video ${port} RTP/AVP ${number}`,
    `a=rtpmap:${number} H264/90000`,
    `a=fmtp:${number} packetization-mode=1`,
    '',
  ].join('\r\n');
}

function params(port: number): LineParams {
  return {
    direction: 'inactive',
    remote: { address: loopback, rtpPort: port, rtcpPort: port + 1 },
    ...{ receive: [], send: [], events: { receive: [], send: [] } },
    feedback: { pli: false, fir: false, nack: false, remb: false },
    ...{ cname: 'transcode@dualstream', maxKbps: null, held: true },
  };
}

function format(mode: 0 | 1): H264Format {
  return {
    ...{ kind: 'video', name: 'H264', pt: number, clock: 90_000, mode },
    ...{ profileIdc: 0x42, profileIop: 0xe0, levelIdc: 0x28, levelAsymmetry: true },
    ...{ maxMbps: 245_760, maxFs: 8192, maxBr: 100_000, parameterSets: [] },
  };
}

/** An even port with a free one above it, on loopback. */
async function freePair(net: Net): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = await net.udp({ address: loopback, port: 0 });
    const { port } = first.local;
    first.close();
    if (port % 2 !== 0 || port > 65_000) continue;
    try {
      const second = await net.udp({ address: loopback, port: port + 1 });
      second.close();
      return port;
    } catch {
      // taken by somebody; the next one
    }
  }
  throw new CannotTranscode('no free port pair on loopback');
}
