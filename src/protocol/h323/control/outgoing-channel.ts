import { chosen } from '../../asn1/choice.js';
import type { CloseLogicalChannelAck, OpenLogicalChannelAck, OpenLogicalChannelReject } from '../h245/schema.js';
import { mediaOf, readAck, writeOpening } from './channel-values.js';
import type { ChannelAcceptance, ChannelOpening, CloseCause, OutgoingChannel, RejectCause } from './contract.js';
import { annexC } from './timers.js';
import type { Wire } from './wire.js';

/** What a channel of ours tells. */
export interface OutgoingSink {
  opened(channel: Outgoing): void;
  refused(channel: Outgoing, cause: RejectCause): void;
  closed(channel: Outgoing, cause: CloseCause): void;
  /** Nothing of it is on the wire any more: its number is free. */
  released(channel: Outgoing): void;
  timedOut(channel: Outgoing): void;
  quirk(label: string): void;
}

/**
 * Our side of a channel on which we send, H.245 §C.4 and §C.5 (LCSE and B-LCSE, outgoing): released, awaiting
 * establishment, established, awaiting release. `closed` is told when it is asked to close, `released` when the peer agreed.
 */
export class Outgoing implements OutgoingChannel {
  readonly direction = 'out';
  state: OutgoingChannel['state'] = 'opening';
  acceptance: ChannelAcceptance | null = null;
  reverseNumber: number | null = null;
  private readonly timer;

  constructor(
    readonly number: number,
    readonly opening: ChannelOpening,
    public sessionId: number,
    private readonly wire: Wire,
    private readonly sink: OutgoingSink,
  ) {
    this.timer = wire.timer();
  }

  get media() {
    return mediaOf(this.opening);
  }

  get bidirectional(): boolean {
    return this.opening.reverse !== null;
  }

  /** OpenLogicalChannel. */
  open(): void {
    const { forward, reverse } = this.opening;
    const { sessionId } = this;
    const message = writeOpening(this.number, {
      ...this.opening,
      forward: forward && { ...forward, sessionId },
      reverse: reverse && { ...reverse, sessionId },
    });
    this.wire.request({ openLogicalChannel: message });
    this.timer.start(annexC.T103, () => this.expired());
  }

  /** Fast start opened it. */
  adopt(acceptance: ChannelAcceptance): void {
    this.acceptance = acceptance;
    this.state = 'open';
  }

  onAck(message: OpenLogicalChannelAck): void {
    if (this.state !== 'opening') return;
    this.timer.stop();
    const { acceptance, sessionId, reverseNumber } = readAck(message, this.opening.reverse);
    this.acceptance = acceptance;
    this.sessionId = sessionId ?? this.sessionId;
    this.reverseNumber = reverseNumber;
    this.state = 'open';
    if (this.bidirectional) {
      this.wire.indicate({ openLogicalChannelConfirm: { forwardLogicalChannelNumber: this.number } });
    }
    this.sink.opened(this);
  }

  onReject({ cause }: OpenLogicalChannelReject): void {
    const was = this.state;
    if (was === 'closed') return;
    this.release();
    const name = chosen(cause);
    if (was === 'opening') this.sink.refused(this, name === 'unknownAlternative' ? 'unspecified' : name);
    else if (was === 'open') this.sink.closed(this, 'peer');
  }

  onCloseAck(_: CloseLogicalChannelAck): void {
    if (this.state === 'closing') return this.release();
    if (this.state === 'closed') return;
    // Nobody asked to close it, but the peer has it closed now.
    this.sink.quirk('close_acknowledged_unasked');
    this.release();
    this.sink.closed(this, 'peer');
  }

  close(): void {
    this.closeFor('us');
  }

  /** CloseLogicalChannel; `closed` is told at once: we send nothing any more. */
  closeFor(cause: CloseCause): void {
    if (this.state !== 'opening' && this.state !== 'open') return;
    this.state = 'closing';
    this.sendClose(cause === 'us' || cause === 'paused' ? 'user' : 'lcse');
    this.timer.start(annexC.T103, () => {
      this.release();
      this.sink.timedOut(this);
    });
    this.sink.closed(this, cause);
  }

  /** The session ended: without a word. */
  drop(): void {
    const was = this.state;
    this.release();
    if (was === 'opening' || was === 'open') this.sink.closed(this, 'ended');
  }

  private expired(): void {
    this.sendClose('lcse');
    this.release();
    this.sink.timedOut(this);
    this.sink.closed(this, 'timeout');
  }

  private sendClose(source: 'user' | 'lcse'): void {
    this.wire.request({
      closeLogicalChannel: {
        forwardLogicalChannelNumber: this.number,
        source: source === 'user' ? { user: true } : { lcse: true },
        reason: { unknown: true },
      },
    });
  }

  private release(): void {
    this.timer.stop();
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.sink.released(this);
  }
}
