import type { Clock, Timer } from '../../base/clock.js';
import { NotConfirmed } from '../../rooms/errors.js';

interface Waiting {
  met(): boolean;
  settle(error: Error | null): void;
}

/** Those who wait for events to bring about what they asked for: nothing is believed before. */
export class Confirmations {
  private readonly waiting = new Set<Waiting>();

  constructor(private readonly clock: Clock) {}

  /** Resolves when `met`, looked at after every event. Rejects with NotConfirmed after `ms`, with what ends all waiting. */
  until(what: string, ms: number, met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null): void => {
        timer.cancel();
        this.waiting.delete(one);
        if (error) reject(error);
        else resolve();
      };
      const timer: Timer = this.clock.after(ms, () => settle(new NotConfirmed(what, ms)));
      const one: Waiting = { met, settle };
      this.waiting.add(one);
    });
  }

  /** An event has come. */
  look(): void {
    for (const one of [...this.waiting]) if (one.met()) one.settle(null);
  }

  /** Nothing will come about any more. */
  end(error: Error): void {
    for (const one of [...this.waiting]) one.settle(error);
  }
}
