import { join, num, Reader, Unreadable } from './bytes.js';

/** One handshake message, whole. */
export interface HandshakeMessage {
  type: number;
  /** message_seq. */
  sequence: number;
  body: Uint8Array;
}

/** Type of the only message that is sealed: no handshake follows the first. */
const finished = 20;
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
  sealed: boolean;
  body: Uint8Array;
  have: Uint8Array;
  missing: number;
}

/** Which message a fragment is of. */
interface Fragment {
  type: number;
  sequence: number;
  length: number;
  sealed: boolean;
}

/** Puts the fragments of the peer's messages together and gives the messages in order. */
export class Inbox {
  /** message_seq of the next message. */
  next = 0;
  private over = false;
  private readonly partials = new Map<number, Partial>();

  /**
   * Takes the payload of a handshake record; `old` tells that something of it was there before (a repeated flight). What
   * is `sealed` though it should be in the plain, or the other way round, is left out (RFC 6347 §4.1).
   */
  add(payload: Uint8Array, sealed: boolean): { old: boolean } {
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
      if ((type === finished) !== sealed) continue;
      if (sequence < this.next) old = true;
      else if (sequence <= this.next + furthestAhead) this.fill({ type, sequence, length, sealed }, from, data);
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

  /** Nothing more is expected, and nothing more kept. */
  end(): void {
    this.over = true;
    this.partials.clear();
  }

  private fill({ type, sequence, length, sealed }: Fragment, from: number, data: Uint8Array): void {
    if (this.over) return;
    let partial = this.partials.get(sequence);
    // what anybody could have sent does not stand in the way of the other end
    if (!partial || (sealed && !partial.sealed)) {
      partial = { type, sealed, body: new Uint8Array(length), have: new Uint8Array(length), missing: length };
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
