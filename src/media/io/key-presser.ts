import type { Clock, Timer } from '../../base/clock.js';
import { DigitWriter, eventIntervalMs } from '../../protocol/rtp/digit-writer.js';
import { encodeTelephoneEvent } from '../../protocol/rtp/telephone-event.js';
import type { LineParams } from '../plane.js';
import type { Sender } from './sender.js';

/** Presses keys towards the peer of one line (RFC 4733); audio stays out of the way meanwhile. */
export class KeyPresser {
  private readonly digits = new DigitWriter();
  private pressing: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly sender: Sender,
    private readonly params: () => LineParams | null,
  ) {}

  /** After those pressed before, if the peer knows events. */
  press(digits: string, durationMs: number): void {
    if (!this.params()?.events.send[0]) return;
    this.digits.push(digits, durationMs);
    if (!this.digits.busy || this.pressing) return;
    this.sender.hold(true);
    this.pressing = this.clock.every(eventIntervalMs, () => this.step());
    this.step();
  }

  /** The line ends; idempotent. */
  close(): void {
    this.pressing?.cancel();
  }

  private step(): void {
    const params = this.params();
    const format = params?.events.send[0];
    if (!this.digits.busy || !format) {
      this.pressing?.cancel();
      this.pressing = null;
      this.sender.hold(false);
      return;
    }
    const now = this.clock.now();
    const timestamp = this.sender.timestampAt(now, format.clock, params?.send[0]?.clock ?? 0);
    const packet = this.digits.step(now, timestamp, format.clock);
    if (packet) this.sender.extra(format.pt, packet.marker, packet.timestamp, encodeTelephoneEvent(packet));
  }
}
