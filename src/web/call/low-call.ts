import type { DescriptionHandler } from './description-handler.js';
import type { LowWanted } from './low-pictures.js';

/** What low encodings need of their call. */
export interface LowTools {
  /** The call is on, so that it can be changed. */
  stands(): boolean;
  handler(): Pick<DescriptionHandler, 'addLow' | 'sendLow'> | null;
  /** Offers the session anew; whether the gateway took it. */
  offer(): Promise<boolean>;
}

/** Somebody else may be changing the session: when it is tried again, and how often, ms. */
const pauseMs = 2500;
const mostTries = 4;

/**
 * Follows what the gateway wants of low encodings, one change at a time: lines for them are offered at the first wish, and
 * stay for the rest of the call.
 *
 *     without --wanted--> offering --taken--> with lines
 *                         offering --refused--> offering again after a pause, four times
 */
export class LowCall {
  private wanted: LowWanted = { main: null, content: null };
  private busy = false;
  private stale = false;
  private offered = false;
  private tries = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(private readonly tools: LowTools) {}

  follow(wanted: LowWanted): void {
    if (wanted.main === this.wanted.main && wanted.content === this.wanted.content) return;
    this.wanted = wanted;
    this.again();
  }

  /** What is sent in full has changed, or the call began. */
  again(): void {
    this.stale = true;
    if (!this.busy) void this.work();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
  }

  private async work(): Promise<void> {
    this.busy = true;
    while (this.stale && !this.closed && this.tools.stands()) {
      this.stale = false;
      // without low pictures a call is as good as it was
      await this.change().catch(() => undefined);
    }
    this.busy = false;
  }

  private async change(): Promise<void> {
    const { wanted } = this;
    const handler = this.tools.handler();
    const any = wanted.main !== null || wanted.content !== null;
    if (!handler || (!any && !this.offered)) return;
    if (!this.offered && !(await this.offer(handler))) return;
    await handler.sendLow(wanted);
  }

  private async offer(handler: Pick<DescriptionHandler, 'addLow'>): Promise<boolean> {
    if (this.tries >= mostTries) return false;
    const first = this.tries === 0;
    this.tries += 1;
    if (first && !handler.addLow()) {
      this.tries = mostTries;
      return false;
    }
    this.offered = await this.tools.offer().catch(() => false);
    if (!this.offered && !this.closed) this.retry = setTimeout(() => this.again(), pauseMs * (0.5 + Math.random()));
    return this.offered;
  }
}
