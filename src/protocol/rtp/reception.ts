import { seqDelta, tsDelta } from './sequence.js';
import type { ReportBlock } from './rtcp.js';

/** RFC 3550 appendix A.1: larger steps in sequence numbers are a restart or a stray packet. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;

/** Receiver statistics of one SSRC: loss, jitter and report blocks (RFC 3550 appendix A.1, A.3, A.8). */
export class Reception {
  private base = -1;
  private highest = 0;
  private cycles = 0;
  private badSeq = -1;
  private received = 0;
  private expectedBefore = 0;
  private receivedBefore = 0;
  private lostBeforeRestart = 0;
  /** How often the sender began a new sequence. */
  restarts = 0;
  /** Packets missing right before the last one. */
  gap = 0;
  private jitter = 0;
  private lastTransit: number | null = null;
  private srMiddle = 0;
  private srAt = 0;

  constructor(
    readonly ssrc: number,
    private readonly clock: number,
  ) {}

  /** One packet that arrived at `now` ms. False for a lone packet far off the sequence: count it, use it not. */
  input(seq: number, timestamp: number, now: number): boolean {
    if (!this.follow(seq)) return false;
    this.received++;
    const transit = now * (this.clock / 1000) - timestamp;
    if (this.lastTransit !== null) {
      const difference = Math.abs(tsDelta(transit, this.lastTransit));
      // A jump of more than 10 s is a new timeline, not jitter.
      if (difference < this.clock * 10) this.jitter += (difference - this.jitter) / 16;
    }
    this.lastTransit = transit;
    return true;
  }

  /** A sender report arrived: its NTP middle bits come back in our report blocks. */
  senderReport(ntpMiddle: number, now: number): void {
    this.srMiddle = ntpMiddle;
    this.srAt = now;
  }

  /** Interarrival jitter, ms. */
  get jitterMs(): number {
    return (this.jitter * 1000) / this.clock;
  }

  /** Packets missing so far, never negative. */
  get lost(): number {
    return this.lostBeforeRestart + Math.max(0, this.missing);
  }

  /** Report block of the interval that ends now (RFC 3550 §6.4.1). */
  report(now: number): ReportBlock {
    const expected = this.expected;
    const expectedNow = expected - this.expectedBefore;
    const lostNow = expectedNow - (this.received - this.receivedBefore);
    this.expectedBefore = expected;
    this.receivedBefore = this.received;
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, this.missing)),
      highestSeq: (this.cycles + this.highest) >>> 0,
      jitter: Math.min(0xffffffff, Math.floor(this.jitter)),
      lastSr: this.srMiddle,
      delaySinceLastSr: this.srMiddle === 0 ? 0 : Math.floor(((now - this.srAt) * 65536) / 1000) >>> 0,
    };
  }

  private get expected(): number {
    return this.base < 0 ? 0 : this.cycles + this.highest - this.base + 1;
  }

  private get missing(): number {
    return this.expected - this.received;
  }

  private follow(seq: number): boolean {
    this.gap = 0;
    if (this.base < 0) {
      this.restart(seq);
      return true;
    }
    const step = seqDelta(seq, this.highest);
    if (step > 0 && step < MAX_DROPOUT) {
      if (seq < this.highest) this.cycles += 0x10000;
      this.highest = seq;
      this.gap = step - 1;
      return true;
    }
    if (step <= 0 && step > -MAX_MISORDER) return true;
    // Two packets in a row on a new sequence mean that the sender restarted.
    if (seq !== this.badSeq) {
      this.badSeq = (seq + 1) & 0xffff;
      return false;
    }
    this.lostBeforeRestart = this.lost;
    this.restarts++;
    this.restart(seq);
    return true;
  }

  private restart(seq: number): void {
    this.base = this.highest = seq;
    this.badSeq = -1;
    this.cycles = this.received = this.expectedBefore = this.receivedBefore = 0;
  }
}
