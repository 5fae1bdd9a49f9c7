import { annexC } from './timers.js';
import type { Countdown } from './countdown.js';
import type { Wire } from './wire.js';

/** Round trip delay, H.245 §C.9 (RTDSE): measured now and then, and answered at once. */
export class RoundTrip {
  private readonly answerTimer: Countdown;
  private readonly pause: Countdown;
  private sequence = 0;
  private sentAt = 0;
  private lost = 0;

  constructor(
    private readonly wire: Wire,
    /** Milliseconds between measurements; 0 never. */
    private readonly every: number,
    private readonly tell: (ms: number | null, lost: number) => void,
  ) {
    this.answerTimer = wire.timer();
    this.pause = wire.timer();
  }

  /** Begins measuring now and then. */
  start(): void {
    if (this.every > 0) this.pause.start(this.every, () => this.measure());
  }

  measure(): void {
    if (this.answerTimer.running) return;
    this.sequence = (this.sequence + 1) % 256;
    this.sentAt = this.wire.clock.now();
    this.wire.request({ roundTripDelayRequest: { sequenceNumber: this.sequence } });
    this.answerTimer.start(annexC.T105, () => this.done(null));
  }

  onRequest(sequenceNumber: number): void {
    this.wire.respond({ roundTripDelayResponse: { sequenceNumber } });
  }

  onResponse(sequenceNumber: number): void {
    if (!this.answerTimer.running || sequenceNumber !== this.sequence) return;
    this.answerTimer.stop();
    this.done(this.wire.clock.now() - this.sentAt);
  }

  stop(): void {
    this.answerTimer.stop();
    this.pause.stop();
  }

  private done(ms: number | null): void {
    this.lost = ms === null ? this.lost + 1 : 0;
    this.start();
    this.tell(ms, this.lost);
  }
}
