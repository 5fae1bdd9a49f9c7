import { startChild, type ManagedChild } from '../../base/child.js';
import type { Clock, Timer } from '../../base/clock.js';
import { DualstreamError, type Verdict } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Net } from '../../base/net.js';
import { findPortHolder } from '../../base/ports-in-use.js';
import type { Line, LineParams, MediaPlane } from '../../media/plane.js';
import type { Transcode, Transcoder, TranscodeJob, TranscodeSignals } from '../../rooms/transcoder.js';
import { argumentsOf, formatOf, LOOPBACK } from './ffmpeg-words.js';

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

/** It may end so often in a minute before it is given up. */
const mostEnds = 3;
const minute = 60_000;
/** How often at most it is given a keyframe when it has begun, and how far apart, ms. */
const hungerTimes = 20;
const hungerMs = 300;
/** Period of the look at its load, and how soon the first one is, ms. */
const lookMs = 5000;
const firstLookMs = 1000;

/** Absent where it is switched off. */
export interface Transcoding {
  transcoder?: Transcoder;
}

/** What rooms are given where the configuration wants it. */
export function transcoding(settings: (FfmpegSettings & { enabled: boolean }) | undefined, tools: Tools): Transcoding {
  return settings?.enabled ? { transcoder: ffmpegTranscoder(settings, tools) } : {};
}

/** One place of those that the configuration allows. */
interface Place {
  content: boolean;
  transcode: FfmpegTranscode | null;
  on: TranscodeSignals;
  /** Why it was given to another while it was still starting. */
  lost: string | null;
}

/** Encodes anew by one managed ffmpeg for each picture. */
export function ffmpegTranscoder(settings: FfmpegSettings, tools: Tools): Transcoder {
  const places = new Set<Place>();
  const measure = (): void => tools.metrics.gauge('dualstream_transcodes', places.size);
  const leave = (place: Place): void => {
    if (places.delete(place)) measure();
  };
  const makeRoom = (job: TranscodeJob): void => {
    if (places.size < settings.most) return;
    const all = [...places];
    const idle = all.find(({ transcode }) => transcode?.idle);
    const victim = idle ?? (job.content ? all.find(({ content }) => !content) : undefined);
    if (!victim) throw new CannotTranscode(`${settings.most} pictures are being transcoded already`);
    tools.metrics.count('dualstream_transcodes_displaced_total');
    leave(victim);
    victim.lost = job.content ? 'content needs its place' : 'another picture needs its place';
    victim.transcode?.dispose();
    if (victim.transcode) victim.on.ended(victim.lost);
  };
  return {
    kbps: settings.kbps,
    async start(job, on) {
      makeRoom(job);
      const place: Place = { content: job.content, transcode: null, on, lost: null };
      places.add(place);
      measure();
      try {
        place.transcode = await begin(settings, tools, job, on, () => leave(place));
        if (place.lost === null) return place.transcode;
        place.transcode.dispose();
        throw new CannotTranscode(place.lost);
      } catch (error) {
        leave(place);
        throw error;
      }
    },
  };
}

async function begin(
  settings: FfmpegSettings,
  tools: Tools,
  job: TranscodeJob,
  on: TranscodeSignals,
  over: () => void,
): Promise<FfmpegTranscode> {
  const { plane, net } = tools;
  const spec = { kind: 'video' as const, bind: LOOPBACK, advertise: LOOPBACK };
  const lines: Line[] = [];
  try {
    const takes = await plane.open({ ...spec, id: `transcode-${job.name}-in/video` });
    lines.push(takes);
    const gives = await plane.open({ ...spec, id: `transcode-${job.name}-out/video` });
    lines.push(gives);
    const listen = await freePair(net);
    // the same ports when it is started again: whoever else sends is a stranger
    const sends = await freePair(net, listen);
    takes.update({ ...params(listen), direction: 'sendonly', send: [formatOf(job.from, 1)] });
    gives.update({ ...params(sends), direction: 'recvonly', receive: [formatOf(job.to.codec, 0)] });
    const args = argumentsOf(job, { listen, from: sends, rtp: gives.local.rtpPort, rtcp: gives.local.rtcpPort });
    // a keyframe that comes before it listens is lost
    const ping = (): Promise<void> =>
      findPortHolder('udp', listen) ? Promise.resolve() : Promise.reject(new CannotTranscode('it does not listen yet'));
    const child = await startChild({ name: 'transcode', command: settings.program, args, ping }, tools);
    return new FfmpegTranscode(takes, gives, child, tools, on, over);
  } catch (error) {
    for (const line of lines) line.close();
    throw error;
  }
}

class FfmpegTranscode implements Transcode {
  load: number | null = null;
  idle = false;
  private readonly ends: number[] = [];
  private looking: Timer;
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
    child.on.on('down', ({ reason }) => this.down(reason));
    child.on.on('up', () => {
      on.wantsKeyframe();
      this.hunger();
    });
    this.hunger();
    // the last of what was asked for may be on its way still
    gives.on.on('keyframe', () => this.asking?.cancel());
    // its encoder makes one of each that it gets
    gives.on.on('keyframeWanted', () => on.wantsKeyframe());
    this.looking = tools.clock.after(firstLookMs, () => this.look());
  }

  /** Of its ffmpeg; null while that is being started again. */
  get pid(): number | null {
    return this.child.pid;
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

  private down(reason: string): void {
    const now = this.tools.clock.now();
    this.load = this.before = null;
    this.ends.push(now);
    if (this.ends.filter((at) => at > now - minute).length > mostEnds) this.on.ended(`ffmpeg keeps ending (${reason})`);
  }

  private look(): void {
    const cpuMs = this.child.cpuMs;
    const at = this.tools.clock.now();
    if (cpuMs !== null && this.before && cpuMs >= this.before.cpuMs)
      this.load = (cpuMs - this.before.cpuMs) / (at - this.before.at);
    // what it takes to begin is not what it takes
    const soon = this.load === null;
    this.before = cpuMs === null ? null : { cpuMs, at };
    this.looking = this.tools.clock.after(soon ? firstLookMs : lookMs, () => this.look());
  }
}

function params(port: number): LineParams {
  return {
    direction: 'inactive',
    remote: { address: LOOPBACK, rtpPort: port, rtcpPort: port + 1 },
    ...{ receive: [], send: [], events: { receive: [], send: [] } },
    feedback: { pli: false, fir: false, nack: false, remb: false },
    ...{ cname: 'transcode@dualstream', maxKbps: null, held: true },
  };
}

/** An even port with a free one above it, on loopback, other than `not`. */
async function freePair(net: Net, not = 0): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = await net.udp({ address: LOOPBACK, port: 0 });
    const { port } = first.local;
    first.close();
    if (port % 2 !== 0 || port > 65_000 || port === not) continue;
    try {
      const second = await net.udp({ address: LOOPBACK, port: port + 1 });
      second.close();
      return port;
    } catch {
      // taken by somebody; the next one
    }
  }
  throw new CannotTranscode('no free port pair on loopback');
}
