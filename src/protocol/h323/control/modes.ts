import { chosen } from '../../asn1/choice.js';
import type { ModeDescription, RequestMode, RequestModeAck, RequestModeReject } from '../h245/schema.js';
import type { ModeAsked } from './contract.js';
import type { Countdown } from './countdown.js';
import { annexC, ownTimers } from './timers.js';
import type { Wire } from './wire.js';

/** What mode requests tell. */
export interface ModesSink {
  asked(asked: ModeAsked): void;
  answered(accepted: boolean, why: string): void;
  timedOut(): void;
}

/** Mode request, H.245 §C.8 (MRSE), both ways; a newer request takes the place of an older one. */
export class Modes {
  private readonly answerTimer: Countdown;
  private readonly askTimer: Countdown;
  private sequence = 0;
  /** Number of the peer's request that is not answered. */
  private asked: number | null = null;

  constructor(
    private readonly wire: Wire,
    private readonly sink: ModesSink,
  ) {
    this.answerTimer = wire.timer();
    this.askTimer = wire.timer();
  }

  request(requestedModes: ModeDescription[]): void {
    this.sequence = (this.sequence + 1) % 256;
    this.wire.request({ requestMode: { sequenceNumber: this.sequence, requestedModes } });
    this.answerTimer.start(annexC.T109, () => {
      this.wire.indicate({ requestModeRelease: {} });
      this.sink.timedOut();
    });
  }

  onRequest({ sequenceNumber, requestedModes }: RequestMode): void {
    this.asked = sequenceNumber;
    const reject: ModeAsked['reject'] = (cause) => {
      if (!this.take(sequenceNumber)) return;
      const named = cause === 'modeUnavailable' ? { modeUnavailable: true as const } : null;
      const other = cause === 'multipointConstraint' ? { multipointConstraint: true as const } : null;
      this.wire.respond({
        requestModeReject: { sequenceNumber, cause: named ?? other ?? { requestDenied: true } },
      });
    };
    this.askTimer.start(ownTimers.answerWithin, () => reject('requestDenied'));
    this.sink.asked({
      modes: requestedModes,
      accept: (which) => {
        if (!this.take(sequenceNumber)) return;
        const response =
          which === 'mostPreferred'
            ? { willTransmitMostPreferredMode: true as const }
            : { willTransmitLessPreferredMode: true as const };
        this.wire.respond({ requestModeAck: { sequenceNumber, response } });
      },
      reject,
    });
  }

  /** The peer gave up waiting. */
  onRelease(): void {
    this.asked = null;
    this.askTimer.stop();
  }

  onAck({ sequenceNumber, response }: RequestModeAck): void {
    if (this.answered(sequenceNumber)) this.sink.answered(true, chosen(response));
  }

  onReject({ sequenceNumber, cause }: RequestModeReject): void {
    if (this.answered(sequenceNumber)) this.sink.answered(false, chosen(cause));
  }

  stop(): void {
    this.answerTimer.stop();
    this.onRelease();
  }

  private answered(sequenceNumber: number): boolean {
    if (!this.answerTimer.running || sequenceNumber !== this.sequence) return false;
    this.answerTimer.stop();
    return true;
  }

  /** Whether this request is still to be answered; it is not afterwards. */
  private take(sequenceNumber: number): boolean {
    if (this.asked !== sequenceNumber) return false;
    this.onRelease();
    return true;
  }
}
