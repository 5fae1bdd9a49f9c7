import type { BitrateEstimate, RateBound } from '../../protocol/rtp/rtcp.js';
import type { LineParams } from '../plane.js';

/** An estimate counts for this long, ms. */
const FRESH = 10_000;
/** Without this much loss an estimate is only low because little was sent: receivers cannot estimate what they do not get. */
const LOSSY = 0.02;
/** Payload bytes of a usual packet, to take off what a rate counts for headers. */
const PACKET = 1100;
/** Lower requests are mistaken. */
const LEAST = 16;

/** What one peer takes on one line: by its description, by TMMBR and by its estimate (REMB). */
export class PeerLimit {
  private described: number | null = null;
  private asked: RateBound | null = null;
  private estimate: { kbps: number; at: number; ssrcs: readonly number[] } | null = null;

  /** After each negotiation. A line whose chosen format takes less than is stated (max-br, level) takes that. */
  describe(params: LineParams): void {
    const formats = params.send.map((format) => (format.kind === 'video' ? format.maxBr : Number.POSITIVE_INFINITY));
    const limits = [params.maxKbps ?? Number.POSITIVE_INFINITY, ...(formats.length > 0 ? [Math.max(...formats)] : [])];
    const least = Math.min(...limits);
    this.described = Number.isFinite(least) ? least : null;
  }

  /** A TMMBR (RFC 5104 §4.2.1); it holds until the next one. Answers with what we go by now. */
  request(bound: RateBound): RateBound {
    this.asked = { ...bound, bps: Math.max(bound.bps, LEAST * 1000) };
    return this.asked;
  }

  /** A REMB, which counts for all the SSRCs it names together. */
  estimated(packet: BitrateEstimate, now: number): void {
    this.estimate = { kbps: Math.max(LEAST, Math.floor(packet.bps / 1000)), at: now, ssrcs: packet.ssrcs };
  }

  /** Of this line alone, kbit/s; null is unlimited. */
  get own(): number | null {
    const asked = this.asked && (this.asked.bps / 1000) * (PACKET / (PACKET + this.asked.overhead));
    if (asked === null) return this.described;
    return Math.floor(Math.min(asked, this.described ?? asked));
  }

  /** Of the lines that its estimate names together, kbit/s, while what is sent gets lost; else null. */
  congested(now: number, lossOut: number | null): { kbps: number; ssrcs: readonly number[] } | null {
    const { estimate } = this;
    if (!estimate || now - estimate.at > FRESH || (lossOut ?? 0) < LOSSY) return null;
    return estimate;
  }
}
