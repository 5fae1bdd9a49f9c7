import { tsAdd } from './sequence.js';
import { DIGITS, type TelephoneEvent } from './telephone-event.js';

/** One event packet to send. */
export interface EventPacket extends TelephoneEvent {
  marker: boolean;
  timestamp: number;
}

/** Packets are this far apart, ms; `step` is to be called as often. */
export const eventIntervalMs = 20;
/** Silence between two digits, ms; detectors want at least 45 (Q.24). */
const gapMs = 100;
/** The last packet is sent three times (RFC 4733 §2.5.1.4). */
const ends = 3;
/** Digits that wait at most; more is nobody's typing. */
const longestQueue = 128;
const volume = 10;
const longestSegment = 0xffff;

interface Press {
  event: number;
  durationMs: number;
  startedAt: number;
  timestamp: number;
  /** Timestamp units of the segments before this one. */
  before: number;
  begun: boolean;
  ended: number;
}

/**
 * Digits on their way out as RFC 4733 events: one at a time, each with packets of growing duration and one timestamp, its
 * end three times, a pause between two. A press longer than 0xffff units goes on in a new segment (§2.5.1.3).
 */
export class DigitWriter {
  private readonly queue: { event: number; durationMs: number }[] = [];
  private press: Press | null = null;
  private quietUntil = 0;

  /** Adds digits; what is no digit is left out. */
  push(digits: string, durationMs: number): void {
    for (const digit of digits.toUpperCase()) {
      const event = DIGITS.indexOf(digit);
      if (event >= 0 && this.queue.length < longestQueue) this.queue.push({ event, durationMs });
    }
  }

  /** Something is being sent, or will be. */
  get busy(): boolean {
    return this.press !== null || this.queue.length > 0;
  }

  /** The packet that is due; null in a pause. `timestamp` is the stream's at this moment, in units of `clock`. */
  step(now: number, timestamp: number, clock: number): EventPacket | null {
    if (!this.press && now < this.quietUntil) return null;
    const press = (this.press ??= this.next(now, timestamp));
    if (!press) return null;
    const perMs = clock / 1000;
    const elapsed = Math.min(now - press.startedAt + eventIntervalMs, press.durationMs);
    const units = Math.round(elapsed * perMs) - press.before;
    const over = elapsed >= press.durationMs;
    const marker = !press.begun;
    press.begun = true;
    if (units > longestSegment) {
      const packet = { event: press.event, end: false, volume, duration: longestSegment, marker };
      const at = press.timestamp;
      press.before += longestSegment;
      press.timestamp = tsAdd(press.timestamp, longestSegment);
      return { ...packet, timestamp: at };
    }
    if (over) press.ended += 1;
    const packet = { event: press.event, end: over, volume, duration: units, marker, timestamp: press.timestamp };
    if (press.ended >= ends) {
      this.press = null;
      this.quietUntil = now + gapMs;
    }
    return packet;
  }

  private next(now: number, timestamp: number): Press | null {
    const first = this.queue.shift();
    return first ? { ...first, startedAt: now, timestamp, before: 0, begun: false, ended: 0 } : null;
  }
}
