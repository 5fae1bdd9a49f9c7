import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Line } from '../media/plane.js';
import type { WantedRoute } from './room-video.js';
import type { Transcode, Transcoder } from './transcoder.js';

/** One goes on for this long when nobody needs it, since speakers come back, milliseconds. */
const lingerMs = 10_000;
/** After a failure the receivers wait for this long, milliseconds. */
const pauseMs = 30_000;

interface Live {
  transcode: Transcode | null;
  /** Runs while nobody needs it. */
  lingering: Timer | null;
}

/** What one transcode does now. */
export interface TranscodeState {
  /** What it encodes anew. */
  source: Line;
  load: number | null;
}

/**
 * Puts encoded pictures in the place of those that receivers cannot take: one of each source of a room, whoever needs it.
 *
 *   source: none --a receiver cannot take it--> starting --> serving --nobody needs it for 10 s--> none
 *           starting, serving --failed--> none for 30 s
 */
export class RoomTranscodes {
  private readonly live = new Map<Line, Live>();
  private readonly failed = new Map<Line, Timer>();
  /** Receivers that cannot take a source, until they are to see another. */
  private readonly served = new Map<Line, Line>();
  private count = 0;

  constructor(
    private readonly room: string,
    private readonly transcoder: Transcoder,
    private readonly tools: { clock: Clock; log: Log },
    /** Routes are to be made anew. */
    private readonly settle: () => void,
  ) {}

  /** The routes with transcodes in them; `cannot`: the sink says that it cannot be sent what is routed to it. */
  arrange(wanted: readonly WantedRoute[], cannot: (sink: Line) => boolean): WantedRoute[] {
    this.decide(wanted, cannot);
    const needed = new Set(this.served.values());
    for (const source of needed) this.need(source);
    for (const [source, one] of this.live) if (!needed.has(source)) this.linger(source, one);
    const through = wanted.map(({ sink, source }) => {
      const gives = this.served.has(sink) && source ? (this.live.get(source)?.transcode?.gives ?? null) : null;
      return { sink, source: gives ?? source };
    });
    const into = [...this.live].flatMap(([source, { transcode }]) =>
      transcode ? [{ sink: transcode.takes, source }] : [],
    );
    return [...through, ...into];
  }

  /** Whether what the sink is sent was encoded anew for it. */
  serves(sink: Line): boolean {
    const source = this.served.get(sink);
    return source !== undefined && (this.live.get(source)?.transcode ?? null) !== null;
  }

  /** Lines of ours that routes lead to. */
  sinks(): Line[] {
    return [...this.live.values()].flatMap(({ transcode }) => transcode?.takes ?? []);
  }

  states(): TranscodeState[] {
    return [...this.live].flatMap(([source, { transcode }]) => (transcode ? [{ source, load: transcode.load }] : []));
  }

  /** Ends all; idempotent. */
  close(): void {
    for (const source of [...this.live.keys()]) this.end(source);
    for (const timer of this.failed.values()) timer.cancel();
    this.failed.clear();
    this.served.clear();
  }

  private decide(wanted: readonly WantedRoute[], cannot: (sink: Line) => boolean): void {
    const sources = new Map(wanted.map(({ sink, source }) => [sink, source]));
    for (const [sink, source] of [...this.served]) if (sources.get(sink) !== source) this.served.delete(sink);
    for (const { sink, source } of wanted) if (source && cannot(sink)) this.served.set(sink, source);
  }

  private need(source: Line): void {
    const one = this.live.get(source);
    one?.lingering?.cancel();
    if (one) one.lingering = null;
    else if (!this.failed.has(source)) void this.start(source);
  }

  private async start(source: Line): Promise<void> {
    const one: Live = { transcode: null, lingering: null };
    this.live.set(source, one);
    const mine = (): boolean => this.live.get(source) === one;
    try {
      const transcode = await this.transcoder.start(`${this.room}-${(this.count += 1)}`, {
        wantsKeyframe: () => mine() && source.refresh(),
        ended: () => mine() && this.fail(source),
      });
      if (!mine()) return transcode.dispose();
      one.transcode = transcode;
      this.settle();
    } catch (error) {
      this.tools.log.warn(
        { room: this.room, source: source.id, reason: messageOf(error) },
        'A picture is not transcoded',
      );
      if (mine()) this.fail(source);
    }
  }

  private fail(source: Line): void {
    this.end(source);
    const again = this.tools.clock.after(pauseMs, () => {
      this.failed.delete(source);
      this.settle();
    });
    this.failed.set(source, again);
    this.settle();
  }

  private linger(source: Line, one: Live): void {
    one.lingering ??= this.tools.clock.after(lingerMs, () => {
      this.end(source);
      this.settle();
    });
  }

  private end(source: Line): void {
    const one = this.live.get(source);
    this.live.delete(source);
    one?.lingering?.cancel();
    one?.transcode?.dispose();
  }
}
