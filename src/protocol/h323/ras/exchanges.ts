import type { Clock, Timer } from '../../../base/clock.js';
import type { Chance } from '../../../base/ids.js';
import type { Endpoint } from '../../../base/net.js';
import { sameHost } from '../addresses.js';
import type { RasMessage } from '../h225/schema.js';
import { answers, bodyOf, nameOf, withNumber, type RequestName } from './messages.js';

/** How long an answer is waited for, and how often the request is repeated (H.225.0 §7.18). */
export const rasTimers: Record<RequestName, { ms: number; retries: number }> = {
  gatekeeperRequest: { ms: 5000, retries: 2 },
  registrationRequest: { ms: 3000, retries: 2 },
  unregistrationRequest: { ms: 3000, retries: 1 },
  admissionRequest: { ms: 5000, retries: 2 },
  bandwidthRequest: { ms: 3000, retries: 2 },
  disengageRequest: { ms: 3000, retries: 2 },
  locationRequest: { ms: 5000, retries: 2 },
  infoRequest: { ms: 3000, retries: 1 },
  infoRequestResponse: { ms: 5000, retries: 2 },
  resourcesAvailableIndicate: { ms: 3000, retries: 2 },
  serviceControlIndication: { ms: 3000, retries: 2 },
  nonStandardMessage: { ms: 3000, retries: 0 },
};
/** RequestInProgress may put the end off up to here. */
const longestProgressMs = 60_000;
/** Most requests of ours that wait at a time; numbers are not used twice at a time. */
const mostWaiting = 10_000;

/** How a message goes out; called again for each repetition, so that tokens are fresh. */
export type SendRas = (message: RasMessage, to: Endpoint) => void;

/** Told once: the answer and who gave it, or null when there is none. */
export type Answered = (answer: RasMessage | null, from: Endpoint) => void;

interface Waiting {
  name: RequestName;
  message: RasMessage;
  to: Endpoint;
  /** Whether anybody may answer: the request went to a group. */
  anybody: boolean;
  send: SendRas;
  done: Answered;
  left: number;
  timer: Timer;
  /** Until when it may be put off. */
  latest: number;
}

/** Our requests that wait for their answers: repeated, put off by RequestInProgress, given up. */
export class Exchanges {
  private readonly waiting = new Map<number, Waiting>();
  private number: number;

  constructor(
    private readonly clock: Pick<Clock, 'now' | 'after'>,
    chance: Chance,
  ) {
    this.number = chance.int(1, 0xffff);
  }

  get size(): number {
    return this.waiting.size;
  }

  /**
   * Sends a request under a number of its own. `done` is called once, never from within; not at all once the function that
   * is returned gave the request up.
   */
  ask(message: RasMessage, to: Endpoint, send: SendRas, done: Answered, anybody = false): () => void {
    const name = nameOf(message) as RequestName;
    const number = this.nextNumber();
    const { ms, retries } = rasTimers[name];
    const waiting: Waiting = {
      name,
      message: withNumber(message, number),
      to,
      anybody,
      send,
      done,
      left: retries,
      timer: this.clock.after(ms, () => this.late(number)),
      latest: this.clock.now() + longestProgressMs,
    };
    this.waiting.set(number, waiting);
    send(waiting.message, to);
    return () => {
      if (this.waiting.get(number) !== waiting) return;
      waiting.timer.cancel();
      this.waiting.delete(number);
    };
  }

  /** A message that came: true when it belongs to a request of ours. */
  take(message: RasMessage, from: Endpoint): boolean {
    const number = bodyOf(message)?.requestSeqNum ?? 0;
    const waiting = this.waiting.get(number);
    if (!waiting || !(waiting.anybody || sameHost(waiting.to, from))) return false;
    if (message.requestInProgress) {
      this.putOff(number, waiting, message.requestInProgress.delay);
      return true;
    }
    // "Message not understood": nothing better will come.
    const understood = message.unknownMessageResponse === undefined;
    if (understood && !answers(waiting.name, nameOf(message))) return false;
    this.finish(number, waiting, message, from);
    return true;
  }

  /** Gives all up; nobody is told. */
  end(): void {
    for (const { timer } of this.waiting.values()) timer.cancel();
    this.waiting.clear();
  }

  /** A number for a message that waits for nothing. */
  nextNumber(): number {
    if (this.waiting.size >= mostWaiting) this.giveUpOldest();
    do this.number = this.number >= 0xffff ? 1 : this.number + 1;
    while (this.waiting.has(this.number));
    return this.number;
  }

  private giveUpOldest(): void {
    const [oldest] = this.waiting;
    if (oldest) this.finish(oldest[0], oldest[1], null);
  }

  private late(number: number): void {
    const waiting = this.waiting.get(number);
    if (!waiting) return;
    if (waiting.left-- <= 0) return this.finish(number, waiting, null);
    waiting.timer = this.clock.after(rasTimers[waiting.name].ms, () => this.late(number));
    waiting.send(waiting.message, waiting.to);
  }

  /** The one who is asked works on it: wait as long as it says, then ask again. */
  private putOff(number: number, waiting: Waiting, delay: number): void {
    const ms = Math.min(delay, waiting.latest - this.clock.now());
    if (ms <= 0) return;
    waiting.timer.cancel();
    waiting.timer = this.clock.after(ms, () => this.late(number));
  }

  private finish(number: number, waiting: Waiting, answer: RasMessage | null, from = waiting.to): void {
    waiting.timer.cancel();
    this.waiting.delete(number);
    waiting.done(answer, from);
  }
}
