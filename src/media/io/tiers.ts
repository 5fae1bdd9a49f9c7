import type { VideoSource } from '../switch/source.js';
import { TierChoice, type TierInput } from '../switch/tier-choice.js';
import type { IoLine } from './line.js';
import { roleOf } from './line-id.js';
import { LowWish } from './low-wish.js';

/** Bounds of the rate asked of a low encoding, kbit/s: less shows nothing, more is no low one. */
const LEAST = { video: 96, content: 128 };
const MOST = { video: 1000, content: 1500 };
/**
 * Macroblocks of the low encodings that the page makes, with the rate up to which it makes none larger, kbit/s: heights of
 * 1080, 720, 540, 360 and 180 lines (`web/call/low-pictures.ts`).
 */
const SIZES = {
  video: [
    { blocks: 2040, below: MOST.video },
    { blocks: 920, below: 590 },
    { blocks: 0, below: 240 },
  ],
  content: [
    { blocks: 8160, below: MOST.content },
    { blocks: 0, below: 590 },
  ],
};
/** A source counts as flowing for this long after a packet, ms: content that stands still sends little. */
const FLOWING = 5000;

/** The second encoding of a picture. */
interface Low {
  line: IoLine | null;
  possible: boolean;
  wish: LowWish;
  /** Least rate of those who need it, in this round. */
  aim: number | null;
}

/** What one receiver is to see, by the line of its full encoding. */
interface Seat {
  full: IoLine;
  choice: TierChoice;
}

/**
 * Pictures that can be had in two encodings: chooses for each receiver, and has the sender told which are needed. For the
 * rest of the process a picture is the line of its full encoding.
 */
export class Tiers {
  private readonly lows = new Map<IoLine, Low>();
  private readonly seats = new Map<IoLine, Seat>();

  /**
   * `connect` routes a source to a receiver, which goes on with the one before until a keyframe comes: for `overlap` ms, where
   * it is another picture for as long as was said then (null).
   */
  constructor(private readonly connect: (sink: IoLine, source: IoLine, overlap: number | null) => void) {}

  /** `line` carries the low encoding of what `full` carries, or could: null and `possible` where it has to be asked for. */
  describe(full: IoLine, line: IoLine | null, possible: boolean): void {
    const before = this.lows.get(full);
    if (line || possible) this.lows.set(full, { line, possible, wish: before?.wish ?? new LowWish(), aim: null });
    else this.lows.delete(full);
  }

  /** The receiver is to see another picture, or none; which encoding it gets at first. */
  begin(sink: IoLine, full: IoLine | null, now: number): IoLine | null {
    sink.forwarder.hopeful = sink.forwarder.lowered = false;
    if (full === null) {
      this.seats.delete(sink);
      sink.tellTier(false);
      return null;
    }
    const choice = new TierChoice();
    this.seats.set(sink, { full, choice });
    const input = this.inputOf(sink, full, sink.takesKbps, full.rateAllowed, now);
    choice.begin(input, now);
    sink.forwarder.hopeful = choice.hopes(now);
    return this.wanted(full, choice);
  }

  /** The full encoding of what a receiver is to see; null where nothing is. */
  pictureOf(sink: IoLine): IoLine | null {
    return this.seats.get(sink)?.full ?? null;
  }

  /** Whether the receiver is to get a low encoding. */
  wants(sink: IoLine): boolean {
    return this.seats.get(sink)?.choice.wants === true;
  }

  /** Rates asked of the sender of `full` beside the full encodings of its lines, kbit/s. */
  asked(full: IoLine): number {
    return this.lows.get(full)?.wish.told ?? 0;
  }

  /** One receiver chooses: what it takes, what it would be sent in the low encoding, what the full one may grow to. */
  choose(sink: IoLine, takes: number | null, aim: number | null, allowed: number, now: number): void {
    const seat = this.seats.get(sink);
    if (!seat) return;
    const { full, choice } = seat;
    const before = choice.low;
    choice.step(this.inputOf(sink, full, takes, allowed, now), now);
    sink.forwarder.hopeful = choice.hopes(now);
    const low = this.lows.get(full);
    const shown = sink.forwarder.source;
    const same = shown !== null && (shown === full.source || shown === low?.line?.source);
    if (choice.low !== before || sink.forwarder.routed === null)
      this.connect(sink, this.wanted(full, choice), same ? Number.POSITIVE_INFINITY : null);
    if (choice.wants && low) low.aim = Math.min(low.aim ?? Number.POSITIVE_INFINITY, this.aimOf(sink, full, aim));
    const lowered = shown !== null && shown === low?.line?.source;
    sink.forwarder.lowered = lowered;
    sink.tellTier(lowered);
  }

  /** All have chosen: the senders are told. */
  settle(now: number): void {
    for (const [full, low] of this.lows) {
      const role = roleOf(full.identity.id);
      const kbps = low.aim === null ? null : Math.round(Math.min(MOST[role], Math.max(LEAST[role], low.aim)));
      low.aim = null;
      if (low.wish.due(kbps, now)) full.tellLowWanted(low.wish.told);
    }
  }

  /** A line went away. */
  forget(line: IoLine): void {
    this.seats.delete(line);
    this.lows.delete(line);
    for (const low of this.lows.values()) if (low.line === line) low.line = null;
    for (const [sink, { full }] of this.seats) if (full === line) this.seats.delete(sink);
  }

  /** What is asked for a receiver: no more than it takes, and a rate at which the picture is of a size that it takes. */
  private aimOf(sink: IoLine, full: IoLine, aim: number | null): number {
    const { largest } = sink.forwarder;
    const size = SIZES[roleOf(full.identity.id)].find(({ blocks }) => largest >= blocks);
    return Math.min(aim ?? Number.POSITIVE_INFINITY, size?.below ?? Number.POSITIVE_INFINITY);
  }

  private wanted(full: IoLine, choice: TierChoice): IoLine {
    return (choice.low && this.lows.get(full)?.line) || full;
  }

  private inputOf(sink: IoLine, full: IoLine, takes: number | null, allowed: number, now: number): TierInput {
    const low = this.lows.get(full);
    const source: VideoSource | undefined = low?.line?.source;
    return {
      ...{ takes, allowed, sending: full.kbpsIn, unfit: !sink.forwarder.takes(full.source) },
      low: low?.line ? 'there' : low?.possible ? 'possible' : 'none',
      joined: source !== undefined && sink.forwarder.source === source,
      flowing: low?.line?.flowing(now, FLOWING) ?? false,
    };
  }
}
