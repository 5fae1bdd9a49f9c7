import type { RtcpPacket } from '../../protocol/rtp/rtcp.js';
import type { Reception } from '../../protocol/rtp/reception.js';
import type { LineParams } from '../plane.js';
import type { LineEvent } from './messages.js';
import { RateTeller } from './rate-teller.js';

/** What telling a rate needs of its line. */
export interface RateLine {
  ssrc: number;
  /** Whether it carries a picture, which is what browsers are told of. */
  video: boolean;
  params(): LineParams | null;
  reception(): Reception | null;
  sendRtcp(more: RtcpPacket[]): void;
  tell(event: LineEvent): void;
}

/** What the peer of one line may send, and telling it. */
export class PeerRate {
  /** At most, kbit/s. */
  allowed: number;
  private beside = 0;
  private readonly teller: RateTeller;
  private toldSsrc = 0;

  /** `open`: what it goes by as long as it was told nothing, kbit/s. */
  constructor(
    open: number,
    private readonly line: RateLine,
  ) {
    this.allowed = open;
    this.teller = new RateTeller(open);
  }

  /** Told last, kbit/s; null before the first time. */
  get told(): number | null {
    return this.teller.told;
  }

  /**
   * The peer may send so much, kbit/s: it is told when that is news to it. `beside` is what was asked of it in low encodings,
   * which browsers count with it.
   */
  tell(kbps: number, now: number, beside: number): void {
    this.allowed = kbps;
    this.beside = beside;
    const params = this.line.params();
    const reception = this.line.reception();
    if (!params || !reception) return;
    const { remb, tmmbr = false } = params.feedback;
    const way = remb ? 'remb' : tmmbr ? 'tmmbr' : 'signalling';
    if (way !== 'signalling' && reception.ssrc !== this.toldSsrc) this.teller.forget();
    if (!this.teller.due(kbps, way, now)) return;
    this.toldSsrc = reception.ssrc;
    const bounds = [{ ssrc: reception.ssrc, bps: kbps * 1000, overhead: 40 }];
    if (way === 'remb') this.line.sendRtcp(this.estimate());
    else if (way === 'tmmbr') this.line.sendRtcp([{ type: 'tmmbr', sender: this.line.ssrc, bounds }]);
    else this.line.tell({ name: 'rateWanted', value: { kbps } });
  }

  /** It said that it goes by what it was told (TMMBN). */
  acknowledged(): void {
    this.teller.acknowledged();
  }

  /** Bandwidth told to a browser with its reports. */
  estimate(): RtcpPacket[] {
    const reception = this.line.reception();
    if (!this.line.params()?.feedback.remb || !reception || !this.line.video) return [];
    const bps = (this.allowed + this.beside) * 1000;
    return [{ type: 'remb', sender: this.line.ssrc, bps, ssrcs: [reception.ssrc] }];
  }
}
