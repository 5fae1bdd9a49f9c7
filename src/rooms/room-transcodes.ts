import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Line } from '../media/plane.js';
import { nameOfTarget, type PictureTarget } from '../media/transcode-target.js';
import type { VideoCodecName } from '../media/vocabulary.js';
import type { WantedRoute } from './room-video.js';
import { needOf, type Need } from './transcode-needs.js';
import type { Transcode, Transcoder } from './transcoder.js';

/** One goes on for this long when nobody needs it, since speakers come back, milliseconds. */
const lingerMs = 10_000;
/** After a failure the receivers wait for this long, after each further one twice as long, milliseconds. */
const pauseMs = 30_000;
const longestPauseMs = 600_000;
/** One that went on for this long begins with the short pause again, milliseconds. */
const steadyMs = 60_000;

/** One picture in one target: none, starting, serving or failed. */
interface Live {
  readonly source: Line;
  readonly from: VideoCodecName;
  readonly to: PictureTarget;
  readonly name: string;
  state: 'starting' | 'serving' | 'failed';
  transcode: Transcode | null;
  /** Runs while nobody needs it, or while it is not tried again. */
  timer: Timer | null;
  since: number;
  failures: number;
  /** Why it failed last. */
  why: string;
}

/** What one transcode does now. */
export interface TranscodeState {
  /** What it encodes anew. */
  source: Line;
  from: string;
  to: string;
  /** Who is shown it, and why. */
  sinks: { sink: Line; why: string }[];
  load: number | null;
}

/** What is known of the lines of a room. */
export interface Judgement {
  /** Sinks that cannot be sent what is routed to them, and why. */
  stuck: ReadonlyMap<Line, string>;
  isContent(source: Line): boolean;
}

/**
 * Puts encoded pictures in the place of those that receivers cannot take: one of each source and target of a room, whoever
 * needs it.
 *
 *   none --a receiver needs it--> starting --> serving --nobody needs it for 10 s--> none
 *   starting, serving --failed--> failed --30 s, twice as long each time--> starting
 */
export class RoomTranscodes {
  private live: Live[] = [];
  /** Receivers that cannot take a source, until they are to see another. */
  private readonly served = new Map<Line, Need & { source: Line; one: Live }>();
  /** What sinks were shown last that came from a transcode. */
  private readonly shown = new Map<Line, Live>();
  private count = 0;
  private closed = false;

  constructor(
    private readonly room: string,
    private readonly transcoder: Transcoder,
    private readonly tools: { clock: Clock; log: Log },
    /** Routes are to be made anew. */
    private readonly settle: () => void,
  ) {}

  /** The routes with transcodes in them. */
  arrange(wanted: readonly WantedRoute[], judgement: Judgement): WantedRoute[] {
    // legs may go one by one after the room is over
    if (this.closed) return [...wanted];
    this.decide(wanted, judgement);
    const needed = new Set([...this.served.values()].map(({ one }) => one));
    for (const one of needed) this.need(one, judgement.isContent(one.source));
    for (const one of [...this.live]) if (!needed.has(one)) this.rest(one);
    const through = wanted.map(({ sink, source }) => ({ sink, source: this.shownTo(sink) ?? source }));
    const into = this.live.flatMap(({ source, transcode }) => (transcode ? [{ sink: transcode.takes, source }] : []));
    return [...through, ...into];
  }

  /** Whether what the sink is sent was encoded anew for it. */
  serves(sink: Line): boolean {
    return this.served.get(sink)?.one.state === 'serving';
  }

  /** Why a sink that needs it is not served; null where it is, will be in a moment, or does not need it. */
  whyNot(sink: Line): string | null {
    const one = this.served.get(sink)?.one;
    return one?.state === 'failed' ? one.why : null;
  }

  /** Lines of ours that routes lead to. */
  sinks(): Line[] {
    return this.live.flatMap(({ transcode }) => transcode?.takes ?? []);
  }

  states(): TranscodeState[] {
    return this.live.flatMap((one) => {
      const { source, from, name: to, transcode } = one;
      if (!transcode) return [];
      const sinks = [...this.served].filter(([, need]) => need.one === one).map(([sink, { why }]) => ({ sink, why }));
      return [{ source, from, to, sinks, load: transcode.load }];
    });
  }

  /** Ends all; idempotent. */
  close(): void {
    this.closed = true;
    for (const one of [...this.live]) this.end(one);
    this.served.clear();
    this.shown.clear();
  }

  private decide(wanted: readonly WantedRoute[], { stuck }: Judgement): void {
    const sources = new Map(wanted.map(({ sink, source }) => [sink, source]));
    for (const sink of [...this.shown.keys()]) if (!sources.get(sink)) this.shown.delete(sink);
    // what helps a receiver is not taken away again because it helps
    for (const [sink, { source }] of [...this.served]) if (sources.get(sink) !== source) this.served.delete(sink);
    for (const { sink, source } of wanted) {
      const need = source && needOf(source, sink, stuck.get(sink) ?? null, this.transcoder.kbps);
      if (need) this.served.set(sink, { ...need, source, one: this.find(source, need) });
      else if (this.served.get(sink)?.lasting === false) this.served.delete(sink);
    }
  }

  /** A sink whose transcode is still starting goes on with the last one rather than with nothing. */
  private shownTo(sink: Line): Line | null {
    const need = this.served.get(sink);
    if (need?.one.state === 'serving') this.shown.set(sink, need.one);
    else if (need?.one.state !== 'starting') this.shown.delete(sink);
    return this.shown.get(sink)?.transcode?.gives ?? null;
  }

  private find(source: Line, { from, to }: Need): Live {
    const name = nameOfTarget(to);
    const known = this.live.find((one) => one.source === source && one.from === from && one.name === name);
    if (known) return known;
    const state = { transcode: null, timer: null, since: 0, failures: 0, why: '' };
    const one: Live = { source, from, to, name, state: 'failed', ...state };
    this.live.push(one);
    return one;
  }

  private need(one: Live, content: boolean): void {
    if (one.transcode) one.transcode.idle = false;
    if (one.state === 'failed' && one.timer) return;
    one.timer?.cancel();
    one.timer = null;
    if (one.state === 'failed') void this.start(one, content);
  }

  private async start(one: Live, content: boolean): Promise<void> {
    one.state = 'starting';
    one.since = this.tools.clock.now();
    const mine = (): boolean => this.live.includes(one);
    try {
      const name = `${this.room}-${(this.count += 1)}`;
      const { from, to } = one;
      const transcode = await this.transcoder.start(
        { name, from, to, content },
        {
          wantsKeyframe: () => mine() && one.source.refresh(),
          ended: (why) => mine() && one.transcode === transcode && this.fail(one, why),
        },
      );
      if (!mine()) return transcode.dispose();
      one.transcode = transcode;
      one.state = 'serving';
      this.settle();
    } catch (error) {
      if (mine()) this.fail(one, messageOf(error));
    }
  }

  private fail(one: Live, why: string): void {
    const { clock, log } = this.tools;
    if (clock.now() - one.since >= steadyMs) one.failures = 0;
    const pause = Math.min(pauseMs * 2 ** one.failures, longestPauseMs);
    log.warn(
      { room: this.room, source: one.source.id, to: one.name, reason: why, pause },
      'A picture is not transcoded',
    );
    one.transcode?.dispose();
    one.transcode = null;
    one.failures += 1;
    Object.assign(one, { state: 'failed', why });
    one.timer?.cancel();
    one.timer = clock.after(pause, () => {
      one.timer = null;
      this.settle();
    });
    this.settle();
  }

  /** Nobody needs it. */
  private rest(one: Live): void {
    if (one.state === 'failed' && !one.timer) return this.end(one);
    if (one.state === 'failed') return;
    if (one.transcode) one.transcode.idle = true;
    one.timer ??= this.tools.clock.after(lingerMs, () => {
      this.end(one);
      this.settle();
    });
  }

  private end(one: Live): void {
    this.live = this.live.filter((other) => other !== one);
    one.timer?.cancel();
    one.transcode?.dispose();
    one.transcode = null;
  }
}
