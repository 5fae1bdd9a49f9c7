import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { EarlySound } from '../../rooms/dialer.js';
import type { LegId } from '../../rooms/leg.js';
import type { Exchanges } from './exchanges.js';

/** What is told of the sound of a call that is not answered. */
export interface EarlyEvents {
  early(sound: EarlySound, rings: boolean): void;
  earlyOver(leg: LegId): void;
}

/** Descriptions of a far end before its final answer: its sound is heard from then on (RFC 3261 §13.2.1, RFC 3960 §3). */
export class EarlyAnswer {
  private told = false;

  constructor(
    private readonly leg: LegId,
    private readonly exchanges: Pick<Exchanges, 'preview'>,
    private readonly events: EarlyEvents,
    private readonly log: Log,
  ) {}

  /** One that cannot be used is no failure: the final answer decides. Never rejects. */
  async hear(description: string, rings: boolean): Promise<void> {
    try {
      const line = await this.exchanges.preview(description);
      if (!line) return;
      this.told = true;
      this.events.early({ leg: this.leg, line }, rings);
    } catch (error) {
      this.log.info({ leg: this.leg, reason: messageOf(error) }, 'The description of a call that rings was not usable');
    }
  }

  /** The far end refused; its ports are still there. */
  over(): void {
    if (this.told) this.events.earlyOver(this.leg);
    this.told = false;
  }
}
