import { seqAdd, seqDelta } from '../../protocol/rtp/sequence.js';

const SEGMENTS = 16;
/** Larger steps of the incoming sequence are a restart of the source. */
const MAX_AHEAD = 3000;
const MAX_BEHIND = 500;
/** A segment's start is moved up before the 16-bit distance to it becomes ambiguous. */
const STALE = 0x4000;

/**
 * Sequence numbers of one outgoing stream made from changing sources: a source is joined on with `sync`, `insert` and
 * `expand` make room for packets of our own, `drop` closes the hole of one that is not sent. A packet that comes late
 * gets the number it would have had in time. Outgoing numbers never start again and never name two packets.
 */
export class Numbering {
  private readonly from: number[] = [];
  private readonly delta: number[] = [];
  /** Segments in use; the last one is the newest. */
  private count = 0;
  private highestIn = 0;
  /** Whether the last `input` found that the source had started a new sequence. */
  restarted = false;

  /** `last`: the number before the first one to hand out. */
  constructor(private last: number) {}

  /** Highest number handed out. */
  get highest(): number {
    return this.last;
  }

  /** The next input, whatever its number, follows the last output. */
  sync(): void {
    this.count = 0;
  }

  /** Whether `seq` is newer than every input so far; room can be changed only there. */
  isNewest(seq: number): boolean {
    return this.count === 0 || seqDelta(seq, this.highestIn) > 0;
  }

  /** Outgoing number of packet `seq`, or -1 when it belongs to the time before the source was joined. */
  input(seq: number): number {
    this.restarted = false;
    if (this.count === 0) this.join(seq);
    if (this.restartsAt(seq)) {
      this.join(seq);
      this.restarted = true;
    } else if (seqDelta(seq, this.highestIn) > 0) this.advance(seq);
    for (let i = this.count - 1; i >= 0; i--) {
      if (seqDelta(seq, this.from[i]!) < 0) continue;
      const out = seqAdd(seq, this.delta[i]!);
      if (seqDelta(out, this.last) > 0) this.last = out;
      return out;
    }
    return -1;
  }

  /** Room for `n` packets right before the newest packet `seq`; call before its `input`. */
  insert(seq: number, n: number): void {
    if (this.count === 0 || this.restartsAt(seq)) this.last = seqAdd(this.last, n);
    else this.shift(seq, n);
  }

  /** Room for `n` more packets right after the newest packet `seq`; call after its `input`. */
  expand(seq: number, n: number): void {
    this.shift(seqAdd(seq, 1), n);
    this.last = seqAdd(this.last, n);
  }

  /** The newest packet `seq` is not sent and leaves no hole; called instead of its `input`. */
  drop(seq: number): void {
    if (this.count === 0 || seqDelta(seq, this.highestIn) > MAX_AHEAD) return;
    this.advance(seq);
    const newest = this.count - 1;
    if (this.from[newest] !== seq) return this.shift(seqAdd(seq, 1), -1);
    // the segment of a packet dropped just before holds nothing else yet: many dropped in a row take one
    this.from[newest] = seqAdd(seq, 1);
    this.delta[newest] = (this.delta[newest]! - 1) & 0xffff;
  }

  private restartsAt(seq: number): boolean {
    const step = seqDelta(seq, this.highestIn);
    return step > MAX_AHEAD || step < -MAX_BEHIND;
  }

  private join(seq: number): void {
    this.count = 1;
    this.from[0] = seq;
    this.delta[0] = this.last + 1 - seq;
    this.highestIn = seq;
  }

  private advance(seq: number): void {
    this.highestIn = seq;
    const newest = this.count - 1;
    if (seqDelta(seq, this.from[newest]!) < STALE) return;
    this.from[0] = seqAdd(seq, -MAX_BEHIND);
    this.delta[0] = this.delta[newest]!;
    this.count = 1;
  }

  /** Packets from `from` on move by `by`. */
  private shift(from: number, by: number): void {
    const newest = this.count - 1;
    const delta = (this.delta[newest]! + by) & 0xffff;
    if (this.from[newest] === from) {
      this.delta[newest] = delta;
      return;
    }
    if (this.count === SEGMENTS) {
      this.from.copyWithin(0, 1);
      this.delta.copyWithin(0, 1);
      this.count--;
    }
    this.from[this.count] = from;
    this.delta[this.count++] = delta;
  }
}
