import type { GenericNack } from '../../protocol/rtp/rtcp.js';
import { seqAdd, seqDelta } from '../../protocol/rtp/sequence.js';

/** A packet may come this much after one that it should precede before it counts as lost, ms. */
export const REORDERING = 15;
/** A packet is asked for this often, since requests and what they bring get lost too. */
export const TRIES = 4;
/** It is awaited no longer than this after it was missed, ms: a picture that comes later helps nobody any more. */
export const PATIENCE = 400;
/** How long a request takes to bring its packet, as long as none did, ms. */
export const FIRST_GUESS = 40;
/** Bounds of the wait for what a request brings, ms. */
const SHORTEST_WAIT = 30;
const LONGEST_WAIT = 150;
/** More packets lost at once are left to a keyframe: they would cost as much as it does. */
const MOST_ASKED = 17;
/** Of a peer that let so many go in a row nothing is expected: each is asked for once. */
const DISAPPOINTED = 6;
/** Packets watched at a time; of more, the newest are enough to know that a keyframe is needed. */
const MOST_WATCHED = 64;

const noSeqs = new Uint16Array(0);
const noTimes = new Float64Array(0);
const noCounts = new Uint8Array(0);

/** What to ask the source for now. */
export interface LossVerdict {
  /** Packets to be sent again. */
  resend: GenericNack['lost'];
  /** Whether something is lost for good. */
  keyframe: boolean;
}

/**
 * Tells lost video packets of one SSRC from reordered ones.
 *
 *     missing --arrives within 15 ms--> forgotten
 *     missing --15 ms--> asked for, where the peer resends, 4 times --arrives, or a keyframe does--> forgotten
 *     missing or asked for --nothing helped in time--> a keyframe is needed
 *
 * The wait between two requests is learnt from how long the packets asked for took to come.
 */
export class LossWatch {
  /** The missing, oldest first. Most lines never miss any: there is room for them from the first one on. */
  private seqs = noSeqs;
  private until = noTimes;
  private missedAt = noTimes;
  /** When each was asked for first. */
  private askedAt = noTimes;
  private asked = noCounts;
  private count = 0;
  /** Nothing has to be judged earlier. */
  private dueAt = Number.POSITIVE_INFINITY;
  private responseMs = FIRST_GUESS;
  /** Packets asked for in vain since one came. */
  private inVain = 0;

  /**
   * Packet `seq` arrived at `now` ms; `gap` packets before it, never seen as missing yet, did not, and are waited for so
   * many ms.
   */
  input(seq: number, gap: number, now: number, wait = REORDERING): void {
    if (gap > 0) this.add(seq, gap, now, wait);
    else if (this.count > 0) this.heal(seq, now);
  }

  /** Packet `seq` begins a keyframe: what is missing before it is not needed any more. */
  keyframe(seq: number): void {
    if (this.count === 0) return;
    let older = 0;
    while (older < this.count && seqDelta(this.seqs[older]!, seq) < 0) older++;
    // Missing right before it may be the keyframe's own beginning.
    if (older > 0 && this.seqs[older - 1] !== seqAdd(seq, -1)) this.remove(0, older);
  }

  /** Whether packet `seq` is awaited. */
  misses(seq: number): boolean {
    for (let i = 0; i < this.count; i++) if (this.seqs[i] === seq) return true;
    return false;
  }

  /** Packet `seq` is there without having come, or nobody needs it. How long it was missed, ms. */
  forget(seq: number, now: number): number {
    for (let i = 0; i < this.count; i++) {
      if (this.seqs[i] !== seq) continue;
      const missed = now - this.missedAt[i]!;
      this.remove(i, 1);
      return missed;
    }
    return 0;
  }

  /** A new SSRC or sequence. */
  reset(): void {
    this.remove(0, this.count);
  }

  /** Whether `judge` may find something to do. */
  due(now: number): boolean {
    return now >= this.dueAt;
  }

  /** What to ask for now, or null; `resends`: the peer sends lost packets again. */
  judge(now: number, resends: boolean): LossVerdict | null {
    if (now < this.dueAt) return null;
    const ask = resends && this.overdue(now) <= MOST_ASKED;
    const resend: GenericNack['lost'] = [];
    let lost = 0;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const over = this.until[i]! <= now;
      if (over && !(ask && this.worthAsking(i, now))) {
        lost++;
        if (this.asked[i]! > 0) this.inVain++;
        continue;
      }
      this.move(i, kept);
      if (over) {
        if (this.asked[kept]!++ === 0) this.askedAt[kept] = now;
        this.until[kept] = Math.min(now + this.wait, Math.max(now + SHORTEST_WAIT, this.missedAt[kept]! + PATIENCE));
        name(resend, this.seqs[kept]!);
      }
      kept++;
    }
    this.count = kept;
    this.schedule();
    return lost > 0 || resend.length > 0 ? { resend, keyframe: lost > 0 } : null;
  }

  private get wait(): number {
    return Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, this.responseMs * 1.5 + 10));
  }

  private worthAsking(i: number, now: number): boolean {
    return this.asked[i]! < (this.inVain < DISAPPOINTED ? TRIES : 1) && now - this.missedAt[i]! < PATIENCE;
  }

  private move(from: number, to: number): void {
    this.seqs[to] = this.seqs[from]!;
    this.until[to] = this.until[from]!;
    this.missedAt[to] = this.missedAt[from]!;
    this.askedAt[to] = this.askedAt[from]!;
    this.asked[to] = this.asked[from]!;
  }

  /** How many have not been asked for although it is time. */
  private overdue(now: number): number {
    let n = 0;
    for (let i = 0; i < this.count; i++) if (this.asked[i] === 0 && this.until[i]! <= now) n++;
    return n;
  }

  private add(seq: number, gap: number, now: number, wait: number): void {
    if (this.seqs.length === 0) this.makeRoom();
    const added = Math.min(gap, MOST_WATCHED);
    this.remove(0, Math.max(0, this.count + added - MOST_WATCHED));
    const until = now + wait;
    for (let i = added; i > 0; i--) {
      this.seqs[this.count] = seqAdd(seq, -i);
      this.until[this.count] = until;
      this.missedAt[this.count] = now;
      this.asked[this.count++] = 0;
    }
    if (until < this.dueAt) this.dueAt = until;
  }

  private makeRoom(): void {
    this.seqs = new Uint16Array(MOST_WATCHED);
    this.until = new Float64Array(MOST_WATCHED);
    this.missedAt = new Float64Array(MOST_WATCHED);
    this.askedAt = new Float64Array(MOST_WATCHED);
    this.asked = new Uint8Array(MOST_WATCHED);
  }

  private heal(seq: number, now: number): void {
    for (let i = this.count - 1; i >= 0; i--) {
      if (this.seqs[i] !== seq) continue;
      if (this.asked[i]! > 0) this.answered(now - this.askedAt[i]!);
      this.remove(i, 1);
      return;
    }
  }

  /** Of one that was asked for more than once nobody knows which request brought it: the first, for all we know. */
  private answered(afterMs: number): void {
    this.inVain = 0;
    this.responseMs += (Math.min(LONGEST_WAIT, afterMs) - this.responseMs) / 8;
  }

  private remove(at: number, n: number): void {
    if (n === 0) return;
    for (let i = at; i + n < this.count; i++) this.move(i + n, i);
    this.count -= n;
    this.schedule();
  }

  private schedule(): void {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.count; i++) if (this.until[i]! < next) next = this.until[i]!;
    this.dueAt = next;
  }
}

/** Adds a packet newer than all in `lost` (RFC 4585 §6.2.1). */
function name(lost: GenericNack['lost'], seq: number): void {
  const last = lost.at(-1);
  const step = last ? seqDelta(seq, last.pid) : 0;
  if (last && step <= 16) last.mask |= 1 << (step - 1);
  else lost.push({ pid: seq, mask: 0 });
}
