import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { messageOf } from '../../base/errors.js';
import { Emitter, type Events } from '../../base/events.js';
import { systemChance, type Chance } from '../../base/ids.js';
import type { Metrics } from '../../base/metrics.js';
import { startThread } from '../../base/thread.js';
import { createRingMemory } from '../frames.js';
import type { NativeState, NativeUse } from '../native/load.js';
import type { Line, LineStats, MediaPlane, OpenLine, SharedPorts, TracedPacket } from '../plane.js';
import { choosePayload } from '../switch/payload-type.js';
import type { Format } from '../vocabulary.js';
import { FacadeLine, type LineOwner, type Ssrcs } from './facade-line.js';
import {
  defaultLimits,
  emptyStats,
  type FromWorker,
  type Limits,
  type SlotRoute,
  type ToWorker,
  type WorkerStart,
} from './messages.js';
import { CannotBind, OutOfPorts, PortPairs, type PortRange } from './ports.js';

/** How to start the media plane. */
export interface MediaPlaneOptions {
  /** Default 20000-26999. */
  ports?: PortRange;
  /** Frame rings between io and mixer; made here when absent. */
  rings?: MediaRings;
  limits?: Partial<Limits>;
  /** Whether sockets may be those of the native module; default auto. */
  native?: NativeUse;
  chance?: Chance;
  /** Dropped datagrams are counted as `dualstream_media_dropped_total{reason}`. */
  metrics?: Metrics;
}

/** Memory of the two frame rings; each worker wraps it in a `FrameRing`. */
export interface MediaRings {
  toMixer: SharedArrayBuffer;
  fromMixer: SharedArrayBuffer;
}

/** A running media plane. */
export interface StartedMediaPlane extends MediaPlane {
  readonly rings: MediaRings;
  /** Hand it to the mixer worker (transferList), which posts an empty message after each tick. */
  readonly mixerPort: MessagePort;
  /** How its sockets work. */
  readonly sockets: NativeState;
  /** Number by which the mixer hands in frames that go out at once; null where it can not. */
  readonly desk: number | null;
  /** `failed`: the worker died, no line works any more. `trouble`: it survived a fault of its own; log it. */
  readonly on: Events<{ failed: Error; trouble: Error }>;
  /** Closes every line and waits for the worker's end. */
  close(): Promise<void>;
}

interface Bound {
  rtpPort: number;
  rtcpPort: number;
}

interface Waiting {
  resolve(ports: Bound): void;
  reject(error: Error): void;
}

/** What a configuration says of rates, kbit/s. */
export interface PlaneRates {
  maxKbps?: Limits['floorKbps'];
  floorKbps?: Limits['floorKbps'];
}

/** Options from what a configuration says of ports and rates. */
export function planeSettings(
  media: PlaneRates & { ports?: PortRange | null; native?: NativeUse },
): Pick<MediaPlaneOptions, 'ports' | 'limits' | 'native'> {
  const { ports, maxKbps, floorKbps, native = 'auto' } = media;
  const open = maxKbps ? { openKbps: Math.max(maxKbps.video, maxKbps.content) } : {};
  return { native, ...(ports ? { ports } : {}), limits: { ...open, ...(floorKbps ? { floorKbps } : {}) } };
}

const defaultPorts: PortRange = { from: 20_000, to: 26_999 };

/** Starts the io worker and the plane in front of it. Rejects when the worker does not start. */
export async function startMediaPlane(options: MediaPlaneOptions = {}): Promise<StartedMediaPlane> {
  const rings = options.rings ?? { toMixer: createRingMemory(), fromMixer: createRingMemory() };
  const limits = { ...defaultLimits, ...options.limits };
  const start: WorkerStart = { ...rings, limits, native: options.native ?? 'auto' };
  const worker = startThread(import.meta.url, './worker', start);
  const ready = await new Promise<Extract<FromWorker, { type: 'ready' }>>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return new IoPlane(worker, rings, ready, options);
}

class IoPlane implements StartedMediaPlane {
  readonly mixerPort: MessagePort;
  readonly sockets: NativeState;
  readonly desk: number | null;
  readonly on = new Emitter<{ failed: Error; trouble: Error }>();
  private readonly chance: Chance;
  private readonly pairs: PortPairs;
  private readonly lines = new Map<number, FacadeLine>();
  private readonly waiting = new Map<number, Waiting>();
  private readonly sharing = new Map<number, { resolve(ports: SharedPorts): void; reject(error: Error): void }>();
  private readonly questions = new Map<number, (stats: LineStats) => void>();
  private readonly traces = new Map<number, (packets: TracedPacket[]) => void>();
  private readonly routes = new Map<FacadeLine, FacadeLine>();
  /** Told to the worker when this turn is over. */
  private readonly routing: SlotRoute[] = [];
  /** Data lines by source. */
  private readonly feeds = new Map<FacadeLine, FacadeLine>();
  /** Those of the audio bridge, which count where there is no other. */
  private readonly bridged = new Map<FacadeLine, FacadeLine>();
  /** Lines whose sockets are being closed. */
  private readonly closing = new Map<number, FacadeLine>();
  private readonly exited: Promise<void>;
  private lastSlot = 0;
  private lastRequest = 0;
  private ended = false;

  constructor(
    private readonly worker: Worker,
    readonly rings: MediaRings,
    { sockets, desk }: { sockets: NativeState; desk: number | null },
    private readonly options: MediaPlaneOptions,
  ) {
    this.sockets = sockets;
    this.desk = desk;
    this.chance = options.chance ?? systemChance;
    this.pairs = new PortPairs(options.ports ?? defaultPorts, this.chance);
    const channel = new MessageChannel();
    this.mixerPort = channel.port2;
    worker.postMessage({ type: 'mixer', port: channel.port1 }, [channel.port1]);
    worker.on('message', (message: FromWorker) => this.take(message));
    worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(messageOf(error))));
    this.exited = new Promise((resolve) => {
      worker.once('exit', () => {
        if (!this.ended) this.fail(new Error('the io worker ended'));
        resolve();
      });
    });
  }

  async open(spec: OpenLine): Promise<Line> {
    for (let tries = this.pairs.size; tries > 0; tries--) {
      const pair = this.ended ? null : this.pairs.take();
      if (pair === null) throw new OutOfPorts();
      const slot = ++this.lastSlot;
      const ssrcs = { ssrc: this.chance.int(1, 0xffffffff), resendSsrc: this.chance.int(1, 0xffffffff) };
      const bound = await this.bind(spec, slot, ssrcs, pair);
      if (!bound) continue;
      const line = new FacadeLine(this.owner, spec, slot, ssrcs, { address: spec.advertise, ...bound }, pair);
      if (this.ended) {
        line.planeClosed();
        throw new OutOfPorts();
      }
      this.lines.set(slot, line);
      return line;
    }
    throw new OutOfPorts();
  }

  share(bind: string, port: number): Promise<SharedPorts> {
    if (this.ended) return Promise.reject(new CannotBind('the media plane has ended'));
    const request = ++this.lastRequest;
    return new Promise((resolve, reject) => {
      this.sharing.set(request, { resolve, reject });
      this.post({ type: 'share', request, bind, port });
    });
  }

  route(sink: Line, source: Line | null): void {
    const to = this.lines.get(sink.slot);
    const from = source && this.lines.get(source.slot);
    if (!to) return;
    if (from) this.routes.set(to, from);
    else this.routes.delete(to);
    this.routing.push({ sink: to.slot, source: from?.slot ?? null });
    if (this.routing.length === 1) queueMicrotask(() => this.flushRoutes());
  }

  lower(full: Line, low: Line | null, possible: boolean): void {
    const line = low && this.lines.get(low.slot);
    this.post({ type: 'low', slot: full.slot, low: line?.slot ?? null, possible });
  }

  feed(source: Line, sink: Line | null, by: 'room' | 'bridge' = 'room'): void {
    const from = this.lines.get(source.slot);
    const to = sink && this.lines.get(sink.slot);
    if (!from) return;
    const own = by === 'room' ? this.feeds : this.bridged;
    if (to) own.set(from, to);
    else own.delete(from);
    const goes = this.feeds.get(from) ?? this.bridged.get(from);
    this.post({ type: 'feed', source: from.slot, sink: goes?.slot ?? null });
  }

  chains(): string[] {
    const pictures = [...this.routes].map(([sink, source]) => describeRoute(source, sink));
    const fed = new Map([...this.bridged, ...this.feeds]);
    return [...pictures, ...[...fed].map(([source, sink]) => `${source.id} -> ${sink.id}`)].sort();
  }

  async close(): Promise<void> {
    this.dispose();
    await this.exited;
  }

  dispose(): void {
    if (this.ended) return;
    this.post({ type: 'stop' });
    this.end();
  }

  /** What the lines may do to the worker. */
  private readonly owner: LineOwner = {
    update: (line, params) => this.post({ type: 'update', slot: line.slot, params }),
    refresh: (line) => this.post({ type: 'refresh', slot: line.slot }),
    press: (line, digits, durationMs) => this.post({ type: 'press', slot: line.slot, digits, durationMs }),
    stats: (line) => this.ask(line),
    trace: (line, rtpMs) => this.recall(line, rtpMs),
    close: (line) => this.forget(line),
  };

  private ask(line: FacadeLine): Promise<LineStats> {
    if (this.ended || !this.lines.has(line.slot)) return Promise.resolve(emptyStats());
    const request = ++this.lastRequest;
    return new Promise((resolve) => {
      this.questions.set(request, resolve);
      this.post({ type: 'stats', slot: line.slot, request });
    });
  }

  private recall(line: FacadeLine, rtpMs: number): Promise<TracedPacket[]> {
    if (this.ended || !this.lines.has(line.slot)) return Promise.resolve([]);
    const request = ++this.lastRequest;
    return new Promise((resolve) => {
      this.traces.set(request, resolve);
      this.post({ type: 'trace', slot: line.slot, request, rtpMs });
    });
  }

  private forget(line: FacadeLine): void {
    this.lines.delete(line.slot);
    this.routes.delete(line);
    for (const [sink, source] of this.routes) if (source === line) this.routes.delete(sink);
    for (const feeds of [this.feeds, this.bridged]) {
      feeds.delete(line);
      for (const [source, sink] of feeds) if (sink === line) feeds.delete(source);
    }
    this.closing.set(line.slot, line);
    this.post({ type: 'close', slot: line.slot });
  }

  /** Ports of a pair bound by the worker; null when they are in use. */
  private async bind(spec: OpenLine, slot: number, ssrcs: Ssrcs, pair: number): Promise<Bound | null> {
    const { id, kind, bind } = spec;
    try {
      return await new Promise<Bound>((resolve, reject) => {
        this.waiting.set(slot, { resolve, reject });
        this.post({ type: 'open', slot, id, kind, ...ssrcs, bind, rtpPort: pair, rtcpPort: pair === 0 ? 0 : pair + 1 });
      });
    } catch (error) {
      if (pair > 0) this.pairs.give(pair);
      if (error instanceof PortInUse) return null;
      throw error;
    } finally {
      this.waiting.delete(slot);
    }
  }

  private take(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'opened':
        this.waiting.get(message.slot)?.resolve({ rtpPort: message.rtpPort, rtcpPort: message.rtcpPort });
        return;
      case 'refused':
        this.waiting
          .get(message.slot)
          ?.reject(message.code === 'EADDRINUSE' ? new PortInUse() : new CannotBind(message.message));
        return;
      case 'shared':
        this.sharing.get(message.request)?.resolve(message.ports);
        this.sharing.delete(message.request);
        return;
      case 'unshared':
        this.sharing.get(message.request)?.reject(new CannotBind(message.message));
        this.sharing.delete(message.request);
        return;
      case 'event':
        this.lines.get(message.slot)?.raise(message.event);
        return;
      case 'stats':
        this.questions.get(message.request)?.(message.stats);
        this.questions.delete(message.request);
        return;
      case 'trace':
        this.traces.get(message.request)?.(message.packets);
        this.traces.delete(message.request);
        return;
      case 'closed':
        this.closed(message.slot, message.trace);
        return;
      case 'dropped':
        for (const [reason, count] of Object.entries(message.counts))
          this.options.metrics?.count('dualstream_media_dropped_total', { reason }, count);
        return;
      case 'repaired':
        for (const [way, count] of Object.entries(message.counts))
          this.options.metrics?.count('dualstream_media_repairs_total', { way }, count);
        return;
      case 'trouble':
        this.on.emit('trouble', new Error(message.message));
        return;
    }
  }

  private closed(slot: number, trace: TracedPacket[]): void {
    const line = this.closing.get(slot);
    this.closing.delete(slot);
    this.pairs.give(line?.pair ?? 0);
    line?.gone(trace);
  }

  private fail(error: Error): void {
    if (this.ended) return;
    this.end();
    this.on.emit('failed', error);
  }

  private end(): void {
    this.ended = true;
    for (const line of this.lines.values()) line.planeClosed();
    for (const waiting of this.waiting.values()) waiting.reject(new OutOfPorts());
    for (const waiting of this.sharing.values()) waiting.reject(new CannotBind('the media plane has ended'));
    for (const answer of this.questions.values()) answer(emptyStats());
    for (const answer of this.traces.values()) answer([]);
    this.lines.clear();
    this.routes.clear();
    this.feeds.clear();
    this.bridged.clear();
    this.questions.clear();
    this.sharing.clear();
    this.traces.clear();
    this.closing.clear();
    this.mixerPort.close();
  }

  /**
   * Routes of one turn go together: who was left for another message would miss a keyframe that comes between, and another
   * is not asked for at once.
   */
  private flushRoutes(): void {
    const routes = this.routing.splice(0);
    if (routes.length > 0) this.post({ type: 'route', routes });
  }

  private post(message: ToWorker): void {
    if (message.type !== 'route') this.flushRoutes();
    if (!this.ended) this.worker.postMessage(message);
  }
}

/** The pair is taken by another process; the next one is tried. */
class PortInUse extends Error {}

/** `leg1/video H264(97) -> leg2/video H264(109)`. */
function describeRoute(source: FacadeLine, sink: FacadeLine): string {
  const from = source.params?.receive[0];
  const to = choosePayload(from?.kind === 'video' ? from : null, sink.params?.send ?? []);
  return `${source.id}${named(from)} -> ${sink.id}${named(to)}`;
}

function named(format: Format | null | undefined): string {
  return format ? ` ${format.name}(${format.pt})` : '';
}
