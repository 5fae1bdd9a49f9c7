import { join, num, Reader, Unreadable } from './bytes.js';

/** One handshake message, whole. */
export interface HandshakeMessage {
  type: number;
  /** message_seq. */
  sequence: number;
  body: Uint8Array;
}

const largestMessage = 16_384;
const furthestAhead = 10;

/** As it counts in transcripts, RFC 6347 §4.2.6: as if it had not been cut. */
export function wholeMessage({ type, sequence, body }: HandshakeMessage): Uint8Array {
  return piece(type, sequence, body, 0, body.length);
}

/** Cuts a message into fragments with at most `limit` octets, their headers included. */
export function cutMessage({ type, sequence, body }: HandshakeMessage, limit: number): Uint8Array[] {
  const step = limit - 12;
  const pieces: Uint8Array[] = [];
  for (let from = 0; from === 0 || from < body.length; from += step) {
    pieces.push(piece(type, sequence, body, from, Math.min(body.length, from + step)));
  }
  return pieces;
}

function piece(type: number, sequence: number, body: Uint8Array, from: number, to: number): Uint8Array {
  const head = [num(type, 1), num(body.length, 3), num(sequence, 2), num(from, 3), num(to - from, 3)];
  return join(...head, body.subarray(from, to));
}

interface Partial {
  type: number;
  body: Uint8Array;
  have: Uint8Array;
  missing: number;
}

/** Puts the fragments of the peer's messages together and gives the messages in order. */
export class Inbox {
  /** message_seq of the next message. */
  next = 0;
  private readonly partials = new Map<number, Partial>();

  /** Takes the payload of a handshake record; `old` tells that something of it was there before (a repeated flight). */
  add(payload: Uint8Array): { old: boolean } {
    const reader = new Reader(payload);
    let old = false;
    while (reader.left > 0) {
      const [type, length, sequence, from, size] = [
        reader.u8(),
        reader.u24(),
        reader.u16(),
        reader.u24(),
        reader.u24(),
      ];
      const data = reader.take(size);
      if (length > largestMessage || from + size > length) throw new Unreadable('bad fragment');
      if (sequence < this.next) old = true;
      else if (sequence <= this.next + furthestAhead) this.fill(sequence, type, length, from, data);
    }
    return { old };
  }

  /** The next message in order, once it is whole. */
  take(): HandshakeMessage | null {
    const partial = this.partials.get(this.next);
    if (!partial || partial.missing > 0) return null;
    this.partials.delete(this.next);
    const sequence = this.next++;
    return { type: partial.type, sequence, body: partial.body };
  }

  private fill(sequence: number, type: number, length: number, from: number, data: Uint8Array): void {
    let partial = this.partials.get(sequence);
    if (!partial) {
      partial = { type, body: new Uint8Array(length), have: new Uint8Array(length), missing: length };
      this.partials.set(sequence, partial);
    }
    if (partial.type !== type || partial.body.length !== length) throw new Unreadable('contradicting fragments');
    for (const [index, octet] of data.entries()) {
      if (partial.have[from + index] === 1) continue;
      partial.have[from + index] = 1;
      partial.body[from + index] = octet;
      partial.missing -= 1;
    }
  }
}
