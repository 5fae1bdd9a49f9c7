import { messageOf } from '../../base/errors.js';
import type { Events } from '../../base/events.js';
import type { EndReason, LegEvents } from '../../rooms/leg.js';
import { ask, type Outcome } from './dialog-link.js';
import { OfferRefused } from './errors.js';
import type { Glare } from './glare.js';
import type { SipLegParts } from './parts.js';
import type { SipDialog } from './srf.js';
import type { Wanted } from './wanted.js';

const sdpType = 'application/sdp';
const attempts = 3;
/** Longer than an engine waits for the answer to a request (RFC 3261 §17.1.1.2, timer B). */
const offerMs = 35_000;

/** The leg in whose dialog changes are offered. */
export interface OfferingLeg {
  readonly id: string;
  readonly parts: Pick<SipLegParts, 'exchanges' | 'clock' | 'log' | 'metrics'>;
  readonly glare: Glare;
  readonly on: Events<LegEvents>;
  readonly over: boolean;
  end(why: EndReason): Promise<void>;
  linesChanged(): void;
}

/** Changes of a session that we offer, one at a time (RFC 3264 §8, RFC 3261 §14.1). */
export class Reoffers {
  constructor(
    private readonly leg: OfferingLeg,
    /** Nothing is offered before. */
    private readonly acknowledged: Promise<void>,
    private readonly dialog: () => SipDialog | null,
  ) {}

  /**
   * Offers a change to the peer. A 491 lets the peer's own change go first and then tries again, if ours is still `wanted`:
   * devices that change the session whenever the floor changes hands have often brought it about themselves.
   * @throws OfferRefused
   */
  async offer(add: Partial<Wanted>, wanted: () => boolean = () => true): Promise<void> {
    await this.acknowledged;
    for (let attempt = 1; wanted(); attempt += 1) {
      await this.leg.glare.ours();
      if (!wanted()) return this.leg.glare.oursDone();
      const { status, reason } = await this.offerOnce(add);
      if (status < 300) return;
      if (this.leg.over || status !== 491 || attempt === attempts) {
        this.leg.glare.oursDone();
        throw new OfferRefused(status, reason);
      }
      this.leg.parts.metrics.count('dualstream_sip_glare_total');
      await this.leg.glare.yieldToPeer();
    }
  }

  /** One re-INVITE with everything up to its outcome. Leaves the turn taken after a 491. */
  private async offerOnce(add: Partial<Wanted>): Promise<{ status: number; reason: string }> {
    const { exchanges } = this.leg.parts;
    const dialog = this.dialog();
    if (this.leg.over || !dialog) return { status: 481, reason: 'the call is over' };
    try {
      const sdp = await exchanges.offer(add);
      const headers = { Contact: dialog.local.contact, 'Content-Type': sdpType };
      const outcome = await this.unlessOver(ask(dialog, 'INVITE', headers, sdp));
      if (this.leg.over) return { status: 481, reason: 'the call ended meanwhile' };
      if (outcome.status >= 300) {
        exchanges.rollback();
        if (outcome.status === 408 || outcome.status === 481)
          void this.leg.end({ kind: 'failed', why: outcome.reason });
        else if (outcome.status !== 491) this.leg.glare.oursDone();
        return outcome;
      }
      await exchanges.accept(outcome.response?.body ?? '');
      dialog.local.sdp = sdp;
      this.leg.linesChanged();
      this.leg.glare.oursDone();
      return outcome;
    } catch (error) {
      exchanges.rollback();
      this.leg.glare.oursDone();
      this.leg.parts.log.warn({ leg: this.leg.id, error: messageOf(error) }, 'An offer of ours failed');
      return { status: 488, reason: messageOf(error) };
    }
  }

  /** What became of an offer. An engine need not tell when the call ends first, and may lose it behind a 180. */
  private unlessOver(asked: Promise<Outcome>): Promise<Outcome> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        ended.dispose();
        deadline.cancel();
        resolve(outcome);
      };
      const without = (status: number, reason: string): void => settle({ status, reason, response: null });
      const ended = this.leg.on.on('ended', () => without(481, 'the call ended meanwhile'));
      const deadline = this.leg.parts.clock.after(offerMs, () => without(408, 'no answer to an offer'));
      void asked.then(settle);
    });
  }
}
