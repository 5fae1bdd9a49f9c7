import type { Clock, Timer } from '../../../../base/clock.js';

/** When the sender of a request is told to wait, again and again, and when the request is given up. */
const firstMs = 1500;
const againMs = 3500;
const deadlineMs = 20_000;

/** Watches over a request whose answer may take long. Ended by its owner, whatever happens. */
export class Watch {
  /** Resolves when it took too long. */
  readonly late: Promise<void>;
  private timer: Timer;
  private readonly deadline: Timer;

  constructor(
    private readonly clock: Pick<Clock, 'after'>,
    private readonly progress: () => void,
  ) {
    this.timer = clock.after(firstMs, () => this.again());
    const holder: { timer?: Timer } = {};
    this.late = new Promise((resolve) => (holder.timer = clock.after(deadlineMs, resolve)));
    this.deadline = holder.timer as Timer;
  }

  end(): void {
    this.timer.cancel();
    this.deadline.cancel();
  }

  private again(): void {
    this.timer = this.clock.after(againMs, () => this.again());
    this.progress();
  }
}
