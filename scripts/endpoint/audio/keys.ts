import { DigitWriter, type EventPacket } from '../../../src/protocol/rtp/digit-writer.js';
import type { RtpHeader } from '../../../src/protocol/rtp/header.js';
import { decodeTelephoneEvent, DigitReader } from '../../../src/protocol/rtp/telephone-event.js';

/** Payload numbers of keys beside the sound (RFC 4733), each way; null for none. */
export interface KeyNumbers {
  send: number | null;
  receive: number | null;
}

/** Length of one pressed key, ms. */
const keyMs = 160;
const clock = 8000;

/** Keys of the telephone that go beside the sound. */
export class LineKeys {
  numbers: KeyNumbers = { send: null, receive: null };
  private readonly writer = new DigitWriter();
  private readonly reader = new DigitReader();

  constructor(
    private readonly now: () => number,
    private readonly onKey: (key: string) => void,
  ) {}

  /** Keys are being pressed: nothing else goes meanwhile. */
  get busy(): boolean {
    return this.numbers.send !== null && this.writer.busy;
  }

  /** False where the other side takes none so. */
  press(keys: string): boolean {
    if (this.numbers.send === null) return false;
    this.writer.push(keys, keyMs);
    return true;
  }

  /** What is due after another 20 ms; null in a pause between two keys. */
  step(timestamp: number): EventPacket | null {
    return this.writer.step(this.now(), timestamp, clock);
  }

  /** A packet that came; false where it is none of these. */
  hear(header: RtpHeader, packet: Buffer): boolean {
    if (header.pt !== this.numbers.receive) return false;
    const event = decodeTelephoneEvent(packet.subarray(header.payloadStart, header.payloadEnd));
    const { ssrc, timestamp, marker } = header;
    const digit = event && this.reader.input(event, { ssrc, timestamp, marker, clock }, this.now());
    if (digit) this.onKey(digit.digit);
    return true;
  }
}
