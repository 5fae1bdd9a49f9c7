import type { Clock, Timer } from '../../base/clock.js';
import type { EslLost } from './errors.js';
import { EslBusy, EslTimeout } from './errors.js';

/** Most commands that wait for their answers. */
export const mostPending = 1000;

interface Waiting {
  /** Null once nobody waits: the answer still comes, and belongs to nobody else. */
  settle: ((result: string | Error) => void) | null;
  timer: Timer;
}

/** Commands in the order they were sent: the event socket has no other mark by which an answer finds its command. */
export class PendingCommands {
  private readonly queue: Waiting[] = [];
  private over: EslLost | null = null;

  constructor(private readonly clock: Clock) {}

  /** How many answers are still to come, those that nobody waits for included. */
  get size(): number {
    return this.queue.length;
  }

  /** Sends by `send` and resolves with the answer. Rejects with EslTimeout, EslLost or EslBusy. */
  add(send: () => void, ms: number): Promise<string> {
    if (this.over) return Promise.reject(this.over);
    if (this.queue.length >= mostPending) return Promise.reject(new EslBusy(mostPending));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        settle: (result) => (typeof result === 'string' ? resolve(result) : reject(result)),
        timer: this.clock.after(ms, () => {
          waiting.settle?.(new EslTimeout(ms));
          waiting.settle = null;
        }),
      };
      this.queue.push(waiting);
      send();
    });
  }

  /** The oldest command's answer has come; false when there is none. */
  answered(text: string): boolean {
    const waiting = this.queue.shift();
    waiting?.timer.cancel();
    waiting?.settle?.(text);
    return waiting !== undefined;
  }

  /** Nothing more will come; idempotent. */
  end(why: EslLost): void {
    this.over ??= why;
    for (const waiting of this.queue.splice(0)) {
      waiting.timer.cancel();
      waiting.settle?.(why);
    }
  }
}
