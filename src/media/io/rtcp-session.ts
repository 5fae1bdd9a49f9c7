import { ntpMiddle, toNtp } from '../../protocol/rtp/ntp.js';
import type { Reception } from '../../protocol/rtp/reception.js';
import { encodeRtcp } from '../../protocol/rtp/rtcp-encode.js';
import type { ReportBlock, RtcpPacket } from '../../protocol/rtp/rtcp.js';

/** RFC 3550 §6.2: least interval between regular reports, ms, varied by half in both directions (§6.3.5). */
const INTERVAL = 5000;
/** The first report comes early so that synchronisation starts soon. */
const FIRST_MIN = 1000;
const FIRST_MAX = 2000;

/** What our sending half did, as a sender report states it. */
export interface SendingState {
  packets: number;
  /** Payload octets. */
  octets: number;
  /** Timestamp of our stream that belongs to this very moment; null when nothing is being sent. */
  timestampNow: number | null;
}

/** A number in [min, max]. */
export type Between = (min: number, max: number) => number;

/** The RTCP half of one line: when to report, what to say, what the peer said of us. No sockets. */
export class RtcpSession {
  /** What the peer reported last, 0..1. */
  lossOut: number | null = null;
  roundTripMs: number | null = null;
  private dueAt: number | null = null;
  private packetsReported = 0;
  private silentReports = 2;
  private firSeq = 0;

  /** `wallOffset`: wall-clock minus monotonic clock, ms. */
  constructor(
    private readonly ssrc: number,
    private readonly wallOffset: number,
    private readonly between: Between,
  ) {}

  /** Starts reporting, or goes on. */
  start(now: number): void {
    this.dueAt ??= now + this.between(FIRST_MIN, FIRST_MAX);
  }

  stop(): void {
    this.dueAt = null;
  }

  /** A report soon: the mapping of our timestamps has changed. */
  hurry(now: number): void {
    if (this.dueAt !== null) this.dueAt = Math.min(this.dueAt, now + 200);
  }

  /** True when a regular report is due; the next one is scheduled. */
  due(now: number): boolean {
    if (this.dueAt === null || now < this.dueAt) return false;
    this.dueAt = now + this.between(INTERVAL / 2, INTERVAL * 1.5);
    return true;
  }

  /** A compound that begins with our report and CNAME (RFC 3550 §6.1) and ends with `more`; `beside`: our other SSRC. */
  compose(
    now: number,
    cname: string,
    sending: SendingState,
    reception: Reception | null,
    more: RtcpPacket[],
    beside: number | null = null,
  ): Uint8Array {
    const reports = reception ? [reception.report(now)] : [];
    const first = this.report(now, sending, reports);
    const ssrcs = beside === null ? [this.ssrc] : [this.ssrc, beside];
    const chunks = ssrcs.map((ssrc) => ({ ssrc, items: [{ kind: 1, text: cname }] }));
    return encodeRtcp([first, { type: 'sdes', chunks }, ...more]);
  }

  private report(now: number, sending: SendingState, reports: ReportBlock[]): RtcpPacket {
    // RFC 3550 §6.4: a sender report only from who sent since the last report but one.
    this.silentReports = sending.packets === this.packetsReported ? this.silentReports + 1 : 0;
    this.packetsReported = sending.packets;
    if (this.silentReports >= 2 || sending.timestampNow === null) return { type: 'rr', ssrc: this.ssrc, reports };
    return {
      type: 'sr',
      ssrc: this.ssrc,
      ntp: toNtp(now + this.wallOffset),
      rtp: sending.timestampNow,
      packets: sending.packets >>> 0,
      octets: sending.octets >>> 0,
      reports,
    };
  }

  /** A keyframe request in the form the peer knows; `repeat` when an earlier one was not answered. */
  keyframeRequest(media: number, feedback: { pli: boolean; fir: boolean }, repeat: boolean): RtcpPacket | null {
    if (feedback.fir && !(repeat && feedback.pli)) {
      // RFC 5104 §4.3.1.2: a new number for each command. Encoders ignore a number they have served already.
      this.firSeq = (this.firSeq + 1) & 0xff;
      return { type: 'fir', sender: this.ssrc, requests: [{ ssrc: media, seq: this.firSeq }] };
    }
    return feedback.pli ? { type: 'pli', sender: this.ssrc, media } : null;
  }

  /** What a report block says of our stream; false when it is about another. */
  heardReport(block: ReportBlock, now: number): boolean {
    if (block.ssrc !== this.ssrc) return false;
    this.lossOut = block.fractionLost / 256;
    if (block.lastSr === 0) return true;
    const units = (ntpMiddle(toNtp(now + this.wallOffset)) - block.lastSr - block.delaySinceLastSr) | 0;
    this.roundTripMs = Math.max(0, (units * 1000) / 65536);
    return true;
  }
}
