import type { MediaOffer } from '../../media/negotiate.js';
import type { Negotiated, SdpSession } from '../../media/sdp-session.js';
import type { LegMedia, Wanted } from './leg-media.js';
import { wantedBy } from './leg-media.js';

/** Translates between the peer's descriptions and plain RTP; absent on legs that are plain already. */
export interface SdpAnchor {
  offerFromPeer(sdp: string): Promise<string>;
  answerToPeer(plain: string): Promise<string>;
  offerToPeer(plain: string): Promise<string>;
  answerFromPeer(sdp: string): Promise<string>;
  close(): Promise<void>;
}

/** Offers and answers of one dialog, with the ports they need. Calls must not overlap: Glare sees to that. */
export class Exchanges {
  /** The peer's latest offer, for what it says about the peer. */
  peerOffer: MediaOffer | null = null;
  /** Label the peer gave its content line, for requests that name a stream. */
  private wanted: Wanted = { audio: false, video: false, content: false, floor: null };

  constructor(
    private readonly session: SdpSession,
    private readonly media: LegMedia,
    private readonly anchor: SdpAnchor | null,
    private readonly cname: string,
  ) {}

  get current(): Negotiated | null {
    return this.session.current;
  }

  /**
   * Answers the peer's offer and puts the outcome into force.
   * @throws MalformedSdp, NoCommonMedia, OutOfPorts
   */
  async answer(offer: string): Promise<string> {
    const plain = this.anchor ? await this.anchor.offerFromPeer(offer) : offer;
    const asked = this.session.peek(plain);
    const wanted = wantedBy(asked);
    await this.media.prepare(wanted);
    const negotiated = this.session.answer(plain, this.media.locals(wanted));
    this.peerOffer = asked;
    this.wanted = wanted;
    this.media.apply(negotiated, this.cname);
    return this.anchor ? this.anchor.answerToPeer(negotiated.sdp) : negotiated.sdp;
  }

  /** Makes an offer of ours; `add` is what it wants beyond what is there. */
  async offer(add: Partial<Wanted> = {}): Promise<string> {
    const wanted = { ...this.wanted, ...add };
    await this.media.prepare(wanted);
    const plain = this.session.offer(this.media.locals(wanted));
    return this.anchor ? this.anchor.offerToPeer(plain) : plain;
  }

  /** Reads the peer's answer to our offer and puts it into force. */
  async accept(answer: string): Promise<void> {
    const plain = this.anchor ? await this.anchor.answerFromPeer(answer) : answer;
    const negotiated = this.session.accept(plain);
    this.media.apply(negotiated, this.cname);
    const { lines } = this.media;
    this.wanted = {
      audio: lines.audio !== null,
      video: lines.video !== null,
      content: lines.content !== null,
      floor: this.media.party?.local.transport ?? null,
    };
  }

  /** Our offer came to nothing; ports it opened are closed again. */
  rollback(): void {
    this.session.rollback();
    for (const name of ['audio', 'video', 'content'] as const) {
      if (!this.wanted[name]) this.media.closeLine(name);
    }
  }

  async close(): Promise<void> {
    this.media.close();
    await this.anchor?.close();
  }
}
