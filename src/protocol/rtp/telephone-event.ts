import { tsDelta } from './sequence.js';

/** One RFC 4733 §2.3 payload. Duration counts in RTP timestamp units. */
export interface TelephoneEvent {
  event: number;
  end: boolean;
  /** 0-63, dBm0 with the sign dropped. */
  volume: number;
  duration: number;
}

/** Keys by event number (RFC 4733 §3.2). */
export const DIGITS = '0123456789*#ABCD';

/** Number of a key (RFC 4733 §3.2); null when it is none. */
export function eventOf(digit: string): number | null {
  const event = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  return event < 0 ? null : event;
}

/** Reads a payload, or null when it is shorter than four octets. */
export function decodeTelephoneEvent(bytes: Uint8Array): TelephoneEvent | null {
  if (bytes.length < 4) return null;
  const flags = bytes[1]!;
  return {
    event: bytes[0]!,
    end: (flags & 0x80) !== 0,
    volume: flags & 0x3f,
    duration: (bytes[2]! << 8) | bytes[3]!,
  };
}

/** Writes a payload of four octets. */
export function encodeTelephoneEvent(event: TelephoneEvent): Uint8Array {
  return Uint8Array.of(
    event.event,
    (event.end ? 0x80 : 0) | (event.volume & 0x3f),
    event.duration >> 8,
    event.duration & 0xff,
  );
}

/** A recognised key press. */
export interface Digit {
  digit: string;
  durationMs: number;
}

interface Press {
  event: number;
  ssrc: number;
  timestamp: number;
  /** Duration of the segments before this one, timestamp units. */
  before: number;
  duration: number;
  heardAt: number;
  clock: number;
}

/** Without its end packet an event counts as over after this long, ms. */
const LOST_END = 250;
/** Packets older than the last digit by less than this are late ones of earlier digits. */
const LATE_SECONDS = 5;

/** Turns event packets into digits, each once: at its end packet, or when the end packets were lost. */
export class DigitReader {
  private press: Press | null = null;
  private done: { ssrc: number; timestamp: number; event: number } | null = null;

  /** Returns a digit that is complete with this packet: this one, or the one before when its end was lost. */
  input(
    event: TelephoneEvent,
    at: { ssrc: number; timestamp: number; clock: number; marker: boolean },
    now: number,
  ): Digit | null {
    if (event.event > 15 || this.isOver(event, at)) return null;
    let ended: Digit | null = null;
    const press = this.press;
    if (press && this.continues(press, event, at)) {
      if (press.timestamp !== at.timestamp) {
        // RFC 4733 §2.5.1.3: a long event goes on in a new segment.
        press.before += press.duration;
        press.timestamp = at.timestamp;
        press.duration = 0;
      }
      press.duration = Math.max(event.duration, press.duration);
      press.heardAt = now;
    } else {
      if (press) ended = this.finish(press);
      this.press = {
        event: event.event,
        ssrc: at.ssrc,
        timestamp: at.timestamp,
        before: 0,
        duration: event.duration,
        heardAt: now,
        clock: at.clock,
      };
    }
    if (!event.end || ended || !this.press) return ended;
    return this.finish(this.press);
  }

  /** Call now and then: a digit whose end packets never came. */
  expire(now: number): Digit | null {
    const press = this.press;
    return press && now - press.heardAt > LOST_END ? this.finish(press) : null;
  }

  /** Repeated ends of the last digit, and packets of it or of an earlier one that come late. */
  private isOver(event: TelephoneEvent, at: { ssrc: number; timestamp: number; clock: number }): boolean {
    const done = this.done;
    if (done === null || done.ssrc !== at.ssrc) return false;
    const age = tsDelta(done.timestamp, at.timestamp);
    return age === 0 ? done.event === event.event : age > 0 && age < LATE_SECONDS * at.clock;
  }

  private continues(
    press: Press,
    event: TelephoneEvent,
    at: { ssrc: number; timestamp: number; marker: boolean },
  ): boolean {
    if (press.ssrc !== at.ssrc || press.event !== event.event) return false;
    if (press.timestamp === at.timestamp) return true;
    if (at.marker) return false;
    // RFC 4733 §2.5.1.3: a segment begins where the last report of the one before ended, whole lost ones in between.
    const step = tsDelta(at.timestamp, press.timestamp);
    return step > 0 && (step === press.duration || step % 0xffff === 0);
  }

  private finish(press: Press): Digit {
    this.press = null;
    this.done = { ssrc: press.ssrc, timestamp: press.timestamp, event: press.event };
    const digit = DIGITS.charAt(press.event);
    return { digit, durationMs: Math.round(((press.before + press.duration) * 1000) / press.clock) };
  }
}
