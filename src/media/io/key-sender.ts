import { encodeTelephoneEvent } from '../../protocol/rtp/telephone-event.js';

/** A key to press: event number, and the format it goes out in. */
export interface Key {
  event: number;
  pt: number;
  clock: number;
}

interface Held extends Key {
  /** Clock of the frames that give us our pace. */
  frameClock: number;
  /** Timestamp of the first frame it took, or null while it waits. */
  since: number | null;
  ended: number;
}

/** How long a key is held down, and how many keys may wait. */
const heldMs = 160;
const mostWaiting = 32;
/** The end is sent three times, as it may get lost (RFC 4733 §2.5.1.4). */
const ends = 3;
/** Dial tones are told as loud as telephones send them, -10 dBm0. */
const volume = 10;

/** Sends RFC 4733 events in place of audio frames, one packet for each, so that sequence and pace are the mixer's. */
export class KeySender {
  private readonly waiting: Held[] = [];
  /** Where the pause after a key ends, in frame timestamps. */
  private pause: number | null = null;

  constructor(
    private readonly send: (pt: number, marker: boolean, timestamp: number, payload: Uint8Array, now: number) => void,
  ) {}

  press(key: Key & { frameClock: number }): void {
    if (this.waiting.length < mostWaiting) this.waiting.push({ ...key, since: null, ended: 0 });
  }

  /** A frame is due; true when a key took its place. */
  frame(timestamp: number, now: number): boolean {
    const [key] = this.waiting;
    if (!key || (this.pause !== null && ((timestamp - this.pause) | 0) < 0)) return false;
    this.pause = null;
    const first = key.since === null;
    key.since ??= timestamp;
    const elapsed = (timestamp - key.since) >>> 0;
    const frame = Math.round(key.frameClock / 50);
    const full = Math.round((heldMs * key.frameClock) / 1000);
    const end = elapsed >= full;
    const duration = Math.min(0xffff, Math.round(((end ? full : elapsed + frame) * key.clock) / key.frameClock));
    const payload = encodeTelephoneEvent({ event: key.event, end, volume, duration });
    this.send(key.pt, first, key.since, payload, now);
    if (end && ++key.ended === ends) {
      this.waiting.shift();
      // a short pause keeps two presses of one key apart
      this.pause = timestamp + 2 * frame;
    }
    return true;
  }
}
