import type { OpenLogicalChannelReject, RequestChannelCloseReject } from '../h245/schema.js';
import { mediaOf, writeAck } from './channel-values.js';
import type { ChannelAcceptance, ChannelOpening, CloseCause, IncomingChannel, RejectCause } from './contract.js';
import { annexC, ownTimers } from './timers.js';
import type { Wire } from './wire.js';

/** What a channel of the peer tells. */
export interface IncomingSink {
  opened(channel: Incoming): void;
  /** It was offered or open and is no more. */
  closed(channel: Incoming, cause: CloseCause): void;
  /** It is gone: refused or closed. */
  released(channel: Incoming): void;
  /** A number for the direction that we send in, of a bidirectional channel. */
  reverseNumber(): number;
  timedOut(what: 'confirmation' | 'closeRequest'): void;
  /** The peer does not close it as it was asked to. */
  closeRefused(channel: Incoming): void;
  quirk(label: string): void;
}

/** Our side of a channel on which the peer sends, H.245 §C.4, §C.5 (incoming) and §C.6 (CLCSE, outgoing). */
export class Incoming implements IncomingChannel {
  readonly direction = 'in';
  state: IncomingChannel['state'] = 'offered';
  reverseNumber: number | null = null;
  acceptance: ChannelAcceptance | null = null;
  private readonly timer;
  private readonly closeTimer;
  private closeAsked = false;

  constructor(
    readonly number: number,
    readonly opening: ChannelOpening,
    readonly sessionId: number,
    private readonly wire: Wire,
    private readonly sink: IncomingSink,
  ) {
    this.timer = wire.timer();
    this.closeTimer = wire.timer();
  }

  get media() {
    return mediaOf(this.opening);
  }

  get bidirectional(): boolean {
    return this.opening.reverse !== null && this.opening.forward !== null;
  }

  /** The layer above has to answer in time. */
  offer(): void {
    this.timer.start(ownTimers.answerWithin, () => {
      this.reject('unspecified');
      this.sink.quirk('channel_unanswered');
    });
  }

  /** Fast start opened it. */
  adopt(acceptance: ChannelAcceptance): void {
    this.acceptance = acceptance;
    this.state = 'open';
  }

  accept(acceptance: ChannelAcceptance): void {
    if (this.state !== 'offered') return;
    const reverse = acceptance.reverse && { ...acceptance.reverse, sessionId: this.sessionId };
    const reverseNumber = this.bidirectional ? this.sink.reverseNumber() : null;
    const numbers = { number: this.number, sessionId: this.sessionId, reverseNumber };
    const message = writeAck(numbers, { ...acceptance, ...(reverse ? { reverse } : {}) });
    this.timer.stop();
    this.acceptance = acceptance;
    this.reverseNumber = reverseNumber;
    this.state = this.bidirectional ? 'confirming' : 'open';
    this.wire.respond({ openLogicalChannelAck: message });
    if (this.state === 'open') this.sink.opened(this);
    else this.timer.start(annexC.T103, () => this.unconfirmed());
  }

  reject(cause: RejectCause): void {
    if (this.state !== 'offered') return;
    this.wire.respond({
      openLogicalChannelReject: {
        forwardLogicalChannelNumber: this.number,
        cause: { [cause]: true } as unknown as OpenLogicalChannelReject['cause'],
      },
    });
    this.release();
  }

  /** OpenLogicalChannelConfirm. */
  onConfirm(): void {
    if (this.state !== 'confirming') return;
    this.timer.stop();
    this.state = 'open';
    this.sink.opened(this);
  }

  requestClose(reason: 'normal' | 'reopen' = 'normal'): void {
    if (this.closeAsked || (this.state !== 'open' && this.state !== 'confirming')) return;
    this.closeAsked = true;
    this.wire.request({
      requestChannelClose: {
        forwardLogicalChannelNumber: this.number,
        reason: reason === 'normal' ? { normal: true } : { reopen: true },
      },
    });
    this.closeTimer.start(annexC.T108, () => {
      this.closeAsked = false;
      this.wire.indicate({ requestChannelCloseRelease: { forwardLogicalChannelNumber: this.number } });
      this.sink.timedOut('closeRequest');
      this.sink.closeRefused(this);
    });
  }

  onCloseRequestAck(): void {
    this.closeTimer.stop();
  }

  onCloseRequestReject(_: RequestChannelCloseReject): void {
    if (!this.closeAsked || !this.closeTimer.running) return;
    this.closeTimer.stop();
    this.closeAsked = false;
    this.sink.closeRefused(this);
  }

  /** It ends; acknowledging is the caller's. */
  close(cause: CloseCause): void {
    if (this.state === 'closed') return;
    this.release();
    this.sink.closed(this, cause);
  }

  /** A peer that never confirms has opened it all the same: it has our acknowledgement. */
  private unconfirmed(): void {
    this.sink.timedOut('confirmation');
    this.onConfirm();
  }

  private release(): void {
    this.timer.stop();
    this.closeTimer.stop();
    this.state = 'closed';
    this.sink.released(this);
  }
}
