import { fromNtp, ntpMiddle } from '../../protocol/rtp/ntp.js';
import { decodeRtcp } from '../../protocol/rtp/rtcp-decode.js';
import type {
  BitrateEstimate,
  GenericNack,
  RateRequest,
  ReportBlock,
  RtcpPacket,
  SenderReport,
} from '../../protocol/rtp/rtcp.js';
import { seqAdd } from '../../protocol/rtp/sequence.js';
import type { Latch } from './latch.js';
import type { Receiver } from './receiver.js';
import type { RtcpSession } from './rtcp-session.js';

/** Most packets resent for one NACK message: a receiver cannot make us multiply its bytes. */
const MOST_RESENT = 34;

/** What a peer's RTCP makes a line do. */
export interface RtcpEffects {
  heard(now: number): void;
  /** The peer needs a keyframe of what it is sent. */
  refresh(): void;
  /** The peer told how much it loses. */
  reported(): void;
  resend(seq: number, now: number): void;
  /** The peer wants no more than this (TMMBR); several bounds may be meant for others. */
  rateAsked(request: RateRequest, now: number): void;
  /** The peer goes by what it was told (TMMBN). */
  rateGranted(): void;
  /** What the peer finds that its way carries (REMB). */
  estimated(estimate: BitrateEstimate, now: number): void;
}

/** Takes in the peer's RTCP of one line. */
export class RtcpInput {
  constructor(
    private readonly session: RtcpSession,
    private readonly effects: RtcpEffects,
  ) {}

  /** One datagram; `latch` is that of the RTCP path. */
  input(
    data: Uint8Array,
    latch: Latch,
    address: string,
    port: number,
    receiver: Receiver,
    now: number,
  ): 'taken' | 'stranger' | 'malformed' {
    const result = decodeRtcp(data);
    if ('fault' in result) return 'malformed';
    if (!latch.admit(address, port, senderOf(result.packets), now)) return 'stranger';
    this.effects.heard(now);
    for (const packet of result.packets) this.take(packet, receiver, now);
    return 'taken';
  }

  private take(packet: RtcpPacket, receiver: Receiver, now: number): void {
    switch (packet.type) {
      case 'sr':
        takeSenderReport(packet, receiver, now);
        this.takeReports(packet.reports, now);
        return;
      case 'rr':
        this.takeReports(packet.reports, now);
        return;
      case 'pli':
      case 'fir':
        this.effects.refresh();
        return;
      case 'nack':
        this.resend(packet, now);
        return;
      case 'tmmbr':
        this.effects.rateAsked(packet, now);
        return;
      case 'tmmbn':
        this.effects.rateGranted();
        return;
      case 'remb':
        this.effects.estimated(packet, now);
        return;
      default:
        // SDES and BYE need no action: lines end by signalling.
        return;
    }
  }

  private takeReports(reports: readonly ReportBlock[], now: number): void {
    let ours = false;
    for (const block of reports) ours = this.session.heardReport(block, now) || ours;
    if (ours) this.effects.reported();
  }

  private resend(nack: GenericNack, now: number): void {
    let left = MOST_RESENT;
    for (const { pid, mask } of nack.lost) {
      for (let i = 0; i <= 16; i++) {
        if (i > 0 && ((mask >> (i - 1)) & 1) === 0) continue;
        if (left-- === 0) return;
        this.effects.resend(seqAdd(pid, i), now);
      }
    }
  }
}

function takeSenderReport(report: SenderReport, receiver: Receiver, now: number): void {
  if (receiver.reception?.ssrc !== report.ssrc) return;
  receiver.reception.senderReport(ntpMiddle(report.ntp), now);
  // RFC 3550 §6.4.1: zero when the sender has no clock.
  if (report.ntp.seconds === 0 && report.ntp.fraction === 0) return;
  receiver.timing.senderReport(fromNtp(report.ntp), report.rtp);
}

/** SSRC of whoever sent a compound; 0 when no packet names it. */
function senderOf(packets: readonly RtcpPacket[]): number {
  for (const packet of packets) {
    if (packet.type === 'sr' || packet.type === 'rr') return packet.ssrc;
    if ('sender' in packet) return packet.sender;
  }
  return 0;
}
