import { fineWall, type Clock, type Timer } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import { messageOf } from '../../base/errors.js';
import { emptyFrame, FrameRing } from '../frames.js';
import type { VideoSource } from '../switch/source.js';
import type { LineContext, LineIdentity } from './context.js';
import { Drops, type Repair } from './drops.js';
import { legOf, roleOf } from './line-id.js';
import { IoLine } from './line.js';
import { emptyStats, type FromWorker, type Limits, type ToWorker } from './messages.js';
import { RateKeeper } from './rate-keeper.js';
import type { ShortSound } from './short-sound.js';
import { Multiplex, type SocketPair } from './multiplex.js';
import type { MediaSocket, MediaSockets, OnDatagram } from './sockets.js';
import { PacketCopies } from './packet-copies.js';
import { captureDelay } from './source-clock.js';
import { Tiers } from './tiers.js';
import { LineTrace } from './trace.js';

/** Period of the regular work, ms; also the longest wait of a mixer frame whose wake-up was lost. */
const TICK = 50;
/** Dropped datagrams are reported this often, ms. */
const REPORT = 1000;

/** What the io worker's engine runs on. */
export interface EngineOptions {
  clock: Clock;
  chance: Chance;
  sockets: MediaSockets;
  /** Counts what sockets report as well. */
  drops: Drops;
  toMixer: SharedArrayBuffer;
  fromMixer: SharedArrayBuffer;
  /** `Frame.at` minus `clock.now()`, ms. */
  frameOrigin: number;
  limits: Limits;
  tell(message: FromWorker): void;
}

/** All lines of the process: everything the io worker does, without being tied to a thread. */
export class Engine {
  private readonly lines = new Map<number, IoLine>();
  private readonly traces = new Map<number, LineTrace>();
  /** Recordings of RTP headers that are under way. */
  private readonly recordings = new Set<Timer>();
  /** Lines whose ports are being bound; `false` once closed meanwhile. */
  private readonly opening = new Map<number, boolean>();
  private readonly audio = new Map<string, IoLine>();
  private readonly fromMixer: FrameRing;
  private readonly frame = emptyFrame();
  private readonly context: LineContext;
  private readonly tiers = new Tiers((sink, source, overlap) => this.connect(sink, source, overlap));
  private readonly repairs = new Drops<Repair>();
  private readonly rates: RateKeeper;
  private readonly wall: () => number;
  private readonly multiplex: Multiplex;
  /** Runs while there are lines. */
  private ticker: Timer | null = null;
  private reportedAt: number;

  constructor(private readonly options: EngineOptions) {
    const { clock, chance } = options;
    this.fromMixer = new FrameRing(options.fromMixer);
    this.wall = fineWall(clock);
    this.reportedAt = clock.now();
    this.multiplex = new Multiplex(options.sockets, options.drops);
    this.rates = new RateKeeper(options.limits, this.tiers);
    this.context = {
      clock,
      wallOffset: clock.wall() - clock.now(),
      limits: options.limits,
      between: (min, max) => min + ((max - min) * chance.int(0, 0xffffffff)) / 0xffffffff,
      drops: options.drops,
      repairs: this.repairs,
      toMixer: new FrameRing(options.toMixer),
      frameOrigin: options.frameOrigin,
      tell: (slot, event) => options.tell({ type: 'event', slot, event }),
      timestampAt: (source, now) => this.timestampAt(source, now),
      roleOf: (source) => roleOf(this.lines.get(source.id)?.identity.id ?? ''),
    };
  }

  /** One order of the main thread. */
  handle(message: ToWorker): void {
    this.options.sockets.settle?.();
    switch (message.type) {
      case 'open':
        void this.open(message);
        return;
      case 'share':
        void this.share(message);
        return;
      case 'update':
        this.multiplex.describe(message.slot, message.params.traversal);
        this.lines.get(message.slot)?.update(message.params);
        return;
      case 'route':
        for (const { sink, source } of message.routes) this.route(sink, source);
        return;
      case 'low':
        this.lower(message);
        return;
      case 'feed':
        this.feed(message.source, message.sink);
        return;
      case 'press':
        this.lines.get(message.slot)?.press(message.digits, message.durationMs);
        return;
      case 'refresh':
        this.lines.get(message.slot)?.wantKeyframe();
        return;
      case 'stats': {
        const stats = this.lines.get(message.slot)?.stats() ?? emptyStats();
        this.options.tell({ type: 'stats', request: message.request, stats });
        return;
      }
      case 'trace':
        this.trace(message);
        return;
      case 'close':
        this.close(message.slot);
        return;
      case 'stop':
        this.stop();
        return;
    }
  }

  /** Sends what the mixer has made. */
  drain(): void {
    const frame = this.frame;
    const now = this.options.clock.now();
    const served: ShortSound[] = [];
    while (this.fromMixer.peek(frame)) {
      const line = this.lines.get(frame.slot);
      try {
        line?.sender.frame(frame.pt, frame.marker, frame.timestamp, frame.payload, now);
      } finally {
        this.fromMixer.skip();
      }
      if (line?.short) served.push(line.short);
    }
    for (const short of served) short.drained();
  }

  /** Closes every line. */
  stop(): void {
    for (const slot of [...this.opening.keys(), ...this.lines.keys()]) this.close(slot);
    for (const recording of this.recordings) recording.cancel();
    this.recordings.clear();
    this.multiplex.close();
    this.rest();
  }

  private async open(order: Extract<ToWorker, { type: 'open' }>): Promise<void> {
    const { slot, id, kind, ssrc, resendSsrc } = order;
    this.opening.set(slot, true);
    try {
      const trace = new LineTrace(() => this.options.clock.now(), this.wall);
      const { rtp, rtcp, ...halves } = await this.bindPair(order, trace);
      if (this.opening.get(slot) === false) {
        rtp.close();
        rtcp.close();
        this.options.tell({ type: 'closed', slot, trace: [] });
      } else {
        const identity: LineIdentity = { slot, id, kind, ssrc, resendSsrc };
        const sockets = this.multiplex.add(slot, { rtp, rtcp }, halves.take);
        const short = kind === 'audio' && rtp.way ? { way: rtp.way, watched: () => trace.watching } : null;
        const line = new IoLine(identity, trace.socket(sockets.rtp), trace.socket(sockets.rtcp), this.context, short);
        halves.attach(line);
        this.lines.set(slot, line);
        this.traces.set(slot, trace);
        this.ticker ??= this.options.clock.every(TICK, () => this.tick());
        if (kind === 'audio') this.audio.set(legOf(id), line);
        this.options.tell({ type: 'opened', slot, rtpPort: rtp.port, rtcpPort: rtcp.port });
      }
    } catch (error) {
      this.options.tell({ type: 'refused', slot, code: codeOf(error), message: messageOf(error) });
    } finally {
      this.opening.delete(slot);
    }
  }

  private async share({ request, bind, port }: Extract<ToWorker, { type: 'share' }>): Promise<void> {
    try {
      const ports = await this.multiplex.share(bind, port);
      this.options.tell({ type: 'shared', request, ports });
    } catch (error) {
      this.options.tell({ type: 'unshared', request, code: codeOf(error), message: messageOf(error) });
    }
  }

  /** Both ports of a line. What comes goes to `take`, and from there to the line once it is attached. */
  private async bindPair(
    order: Extract<ToWorker, { type: 'open' }>,
    trace: LineTrace,
  ): Promise<SocketPair & { take: { rtp: OnDatagram; rtcp: OnDatagram }; attach(line: IoLine): void }> {
    let line: IoLine | null = null;
    const { sockets } = this.options;
    // what is video is kept: for resending, and for FEC
    const copies = order.kind === 'video' ? new PacketCopies() : null;
    const take: { rtp: OnDatagram; rtcp: OnDatagram } = {
      rtp: (data, address, port) => {
        if (!line) return;
        trace.received(data, rtp.port, address, port);
        line.onRtp(copies === null ? data : copies.copy(data), address, port);
      },
      rtcp: (data, address, port) => {
        if (!line) return;
        trace.received(data, rtcp.port, address, port);
        line.onRtcp(data, address, port);
      },
    };
    const rtp = await sockets.bind(order.bind, order.rtpPort, take.rtp);
    let rtcp: MediaSocket;
    try {
      rtcp = await sockets.bind(order.bind, order.rtcpPort, take.rtcp);
    } catch (error) {
      rtp.close();
      throw error;
    }
    return { rtp, rtcp, take, attach: (to) => (line = to) };
  }

  private close(slot: number): void {
    if (this.opening.has(slot)) this.opening.set(slot, false);
    const line = this.lines.get(slot);
    if (!line) return;
    this.lines.delete(slot);
    const leg = legOf(line.identity.id);
    if (this.audio.get(leg) === line) this.audio.delete(leg);
    this.route(slot, null);
    this.tiers.forget(line);
    for (const sink of line.receiver.sinks) sink.gone(line.source);
    for (const other of this.lines.values()) {
      this.detach(other, line);
      if (other.feeds === line) other.feeds = null;
    }
    line.close();
    this.multiplex.remove(slot);
    const trace = this.traces.get(slot)?.packets() ?? [];
    this.traces.delete(slot);
    this.options.tell({ type: 'closed', slot, trace });
  }

  /** Answers at once, or when RTP was written down for long enough. */
  private trace({ slot, request, rtpMs }: Extract<ToWorker, { type: 'trace' }>): void {
    const trace = this.traces.get(slot);
    const answer = (): void => this.options.tell({ type: 'trace', request, packets: trace?.packets() ?? [] });
    if (!trace || rtpMs <= 0) return answer();
    trace.watch(rtpMs);
    this.lines.get(slot)?.short?.leave();
    const recording = this.options.clock.after(rtpMs, () => {
      this.recordings.delete(recording);
      answer();
      trace.rest();
    });
    this.recordings.add(recording);
  }

  private feed(source: number, sink: number | null): void {
    const line = this.lines.get(source);
    line?.short?.leave();
    if (line) line.feeds = (sink === null ? null : this.lines.get(sink)) ?? null;
  }

  private lower({ slot, low, possible }: Extract<ToWorker, { type: 'low' }>): void {
    const full = this.lines.get(slot);
    if (full) this.tiers.describe(full, (low === null ? null : this.lines.get(low)) ?? null, possible);
  }

  private route(sinkSlot: number, sourceSlot: number | null): void {
    const sink = this.lines.get(sinkSlot);
    if (!sink) return;
    const picture = (sourceSlot === null ? null : this.lines.get(sourceSlot)) ?? null;
    this.connect(sink, this.tiers.begin(sink, picture, this.options.clock.now()));
  }

  private connect(sink: IoLine, source: IoLine | null, overlap?: number | null): void {
    // Attached first: the keyframe that ends the wait may be on its way already.
    if (source && !source.receiver.sinks.includes(sink.forwarder))
      source.receiver.sinks = [...source.receiver.sinks, sink.forwarder];
    sink.forwarder.route(source?.source ?? null, this.options.clock.now(), overlap);
  }

  /** Takes `line` out of the receivers of `other`. */
  private detach(other: IoLine, line: IoLine): void {
    if (other.receiver.sinks.includes(line.forwarder))
      other.receiver.sinks = other.receiver.sinks.filter((sink) => sink !== line.forwarder);
  }

  private tick(): void {
    const now = this.options.clock.now();
    this.options.sockets.settle?.();
    this.drain();
    for (const line of this.lines.values()) {
      this.dropStaleSinks(line);
      line.tick(now);
    }
    this.rates.tick(this.lines.values(), now);
    if (now - this.reportedAt < REPORT) return;
    this.reportedAt = now;
    const counts = this.options.drops.take();
    if (counts) this.options.tell({ type: 'dropped', counts });
    const repairs = this.repairs.take();
    if (repairs) this.options.tell({ type: 'repaired', counts: repairs });
    if (this.lines.size === 0) this.rest();
  }

  /** Nothing is due before the next line comes. */
  private rest(): void {
    this.ticker?.cancel();
    this.ticker = null;
  }

  /** Receivers that have gone over to another source. */
  private dropStaleSinks(line: IoLine): void {
    const { receiver, source } = line;
    const stale = (sink: (typeof receiver.sinks)[number]): boolean => sink.source !== source && sink.routed !== source;
    if (!receiver.sinks.some(stale)) return;
    receiver.sinks = receiver.sinks.filter((sink) => !stale(sink));
    if (receiver.sinks.length === 0) line.forgetKeyframe();
  }

  private timestampAt(source: VideoSource, now: number): number | null {
    const line = this.lines.get(source.id);
    if (!line) return null;
    const audio = this.audio.get(legOf(line.identity.id))?.receiver.timing ?? null;
    const { timing } = line.receiver;
    return timing.timestampAt(now - captureDelay(timing, audio, this.context.limits.mixerDelayMs));
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
