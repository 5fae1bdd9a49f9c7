import { FecRecovery, type KeptPacket } from '../../protocol/rtp/fec-recovery.js';
import {
  beginsWithSets,
  follows,
  type FrameNumbering,
  readFrameNumbering,
  type SliceStart,
  sliceOf,
} from '../../protocol/rtp/h264-slice.js';
import { emptyRtpHeader, readRtp, RTP_HEADER, type RtpHeader } from '../../protocol/rtp/header.js';
import { emptyRedBlocks, readRed } from '../../protocol/rtp/red.js';
import { seqAdd, seqDelta } from '../../protocol/rtp/sequence.js';

/** Packets looked at on each side of a missing one. */
const NEIGHBOURS = 64;
/** Numbers that are remembered to stand for nothing. */
const SETTLED = 64;
/** How long FEC may take to bring back what it protects, ms: at first, and bounds of what is learnt. */
const FIRST_WAIT = 60;
const SHORTEST_WAIT = 30;
const LONGEST_WAIT = 250;
/** FEC that has not come for this long is not waited for, and packets that come later than this are too late, ms. */
const FRESH = 2000;

const blocks = emptyRedBlocks();
const inner = emptyRtpHeader();

/**
 * FEC of one source: takes RED apart, brings back what is lost, and tells whether what stays lost was a picture's at all:
 * FEC packets have numbers of the same sequence and are lost as well.
 */
export class FecInput {
  private readonly recovery = new FecRecovery();
  /** Where in the packet the payload began before RED was taken apart. */
  private outerStart = RTP_HEADER;
  /** FEC that came beside the media of the packet. */
  private readonly beside: { start: number; end: number }[] = [];
  private heardAt = Number.NEGATIVE_INFINITY;
  private waitMs = FIRST_WAIT;
  /** Numbers that stand for nothing, and since when. */
  private readonly settled = new Int32Array(SETTLED);
  private readonly settledAt = new Float64Array(SETTLED).fill(Number.NEGATIVE_INFINITY);
  private sps: Uint8Array | null = null;
  private numbering: FrameNumbering | null = null;

  /** `fecPt`: the number of FEC. */
  constructor(readonly fecPt: number) {}

  /** Takes a RED packet apart in its header: what is left there is its primary block. False when it is malformed. */
  unwrap(bytes: Uint8Array, header: RtpHeader): boolean {
    this.beside.length = 0;
    this.outerStart = header.payloadStart;
    const count = readRed(bytes, header.payloadStart, header.payloadEnd, blocks);
    const primary = blocks[count - 1];
    if (!primary) return false;
    for (let i = 0; i < count - 1; i++) {
      const { pt, start, end } = blocks[i]!;
      if (pt === this.fecPt) this.beside.push({ start, end });
    }
    header.pt = primary.pt;
    header.payloadStart = primary.start;
    header.payloadEnd = primary.end;
    return true;
  }

  /** A packet that is in RED no longer, or never was. */
  plain(header: RtpHeader): void {
    this.beside.length = 0;
    this.outerStart = header.payloadStart;
  }

  /** Whether packet `seq` is known already. */
  has(seq: number): boolean {
    return this.recovery.at(seq) !== null;
  }

  /** A packet that arrived. False when it is a FEC packet that cannot be read. */
  take(bytes: Uint8Array, header: RtpHeader, isFec: boolean, now: number): boolean {
    let fecUpTo: number | null = null;
    if (isFec) {
      this.heardAt = now;
      fecUpTo = this.recovery.protection(bytes.subarray(header.payloadStart, header.payloadEnd));
      if (fecUpTo === null) return false;
    }
    this.keep(bytes, header, fecUpTo);
    for (const { start, end } of this.beside) {
      this.heardAt = now;
      this.recovery.protection(bytes.subarray(start, end));
    }
    return true;
  }

  /** A lost packet that can be had now, whole, read into `header`; null when there is none. */
  next(ssrc: number, header: RtpHeader): Buffer | null {
    for (let bytes = this.recovery.next(ssrc); bytes; bytes = this.recovery.next(ssrc)) {
      if (readRtp(bytes, inner) !== null || this.has(inner.seq)) continue;
      Object.assign(header, inner);
      this.plain(header);
      this.keep(bytes, header, null);
      return bytes;
    }
    return null;
  }

  /** One was brought back so long after it was missed. */
  took(ms: number): void {
    this.waitMs = Math.max(ms, this.waitMs + (ms - this.waitMs) / 16);
  }

  /** How long to wait for FEC before a missing packet counts as lost, ms; 0 while the source sends none. */
  wait(now: number): number {
    if (now - this.heardAt > FRESH) return 0;
    return Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, this.waitMs * 1.25 + 10));
  }

  /**
   * Whether no picture needs the missing packet `seq`: it stands behind the end of a picture, and before FEC of that same
   * picture or before the picture that follows (known of H.264 only). `sps`: the parameter sets of the source.
   */
  needless(seq: number, sps: readonly Uint8Array[]): boolean {
    const before = this.nearest(seq, -1);
    const after = this.nearest(seq, 1);
    if (!before || !after) return false;
    if (before.fecUpTo === null && before.second < 0x80) return false;
    if (after.fecUpTo !== null) return after.timestamp === before.timestamp && seqDelta(seq, after.fecUpTo) > 0;
    if (after.timestamp === before.timestamp) return false;
    const numbering = this.numberingOf(sps);
    if (!numbering) return false;
    if (beginsWithSets(after.payload)) return true;
    const shown = this.sliceFrom(before, -1, numbering);
    const next = this.sliceFrom(after, 1, numbering);
    return shown !== null && next !== null && follows(shown, next, numbering);
  }

  /** Number `seq` was taken for nothing: its packet, should it come, comes too late. */
  settle(seq: number, now: number): void {
    this.settled[seq % SETTLED] = seq;
    this.settledAt[seq % SETTLED] = now;
  }

  isSettled(seq: number, now: number): boolean {
    return this.settled[seq % SETTLED] === seq && now - this.settledAt[seq % SETTLED]! < FRESH;
  }

  reset(): void {
    this.settledAt.fill(Number.NEGATIVE_INFINITY);
    this.recovery.reset();
  }

  private keep(bytes: Uint8Array, header: RtpHeader, fecUpTo: number | null): void {
    const { seq, timestamp, payloadStart, payloadEnd } = header;
    const payload = bytes.subarray(payloadStart, payloadEnd);
    const second = header.marker ? header.pt | 0x80 : header.pt;
    const wrapped = payloadStart !== this.outerStart;
    // what was wrapped has no padding of its own, but CSRCs and extension before the wrapping are protected with it
    const flags = bytes[0]! & (wrapped ? 0x1f : 0x3f);
    const body = !wrapped
      ? bytes.subarray(RTP_HEADER)
      : this.outerStart === RTP_HEADER
        ? payload
        : Buffer.concat([bytes.subarray(RTP_HEADER, this.outerStart), payload]);
    this.recovery.put({ seq, flags, second, timestamp, body, payload, fecUpTo });
  }

  private nearest(seq: number, step: 1 | -1): KeptPacket | null {
    for (let i = 1; i <= NEIGHBOURS; i++) {
      const packet = this.recovery.at(seqAdd(seq, i * step));
      if (packet) return packet;
    }
    return null;
  }

  /** The first slice of the picture of `packet`, on this side of what is missing. */
  private sliceFrom(packet: KeptPacket, step: 1 | -1, numbering: FrameNumbering): SliceStart | null {
    let found: SliceStart | null = null;
    for (let i = 0; i < NEIGHBOURS; i++) {
      const one = this.recovery.at(seqAdd(packet.seq, i * step));
      if (!one && step === 1) return null;
      if (one && one.timestamp !== packet.timestamp) break;
      const slice = one?.fecUpTo === null ? sliceOf(one.payload, numbering) : null;
      if (slice && step === 1) return slice;
      found = slice ?? found;
    }
    return found;
  }

  private numberingOf(sets: readonly Uint8Array[]): FrameNumbering | null {
    const sps = sets.find((set) => (set[0]! & 0x1f) === 7) ?? null;
    if (sps !== this.sps) {
      this.sps = sps;
      this.numbering = sps && readFrameNumbering(sps);
    }
    return this.numbering;
  }
}
