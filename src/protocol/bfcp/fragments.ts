import { fragmentHeaderSize, headerSize } from './decode.js';
import type { Header } from './message.js';

/** Messages up to this many octets travel in one datagram: with DTLS around it fits any path that carries IPv6 or a VPN. */
export const datagramLimit = 1160;

/** Cuts a whole message into fragments of at most `limit` octets, RFC 8855 §6.2.3; a short one is returned alone. */
export function fragment(message: Uint8Array, limit = datagramLimit): Uint8Array[] {
  if (message.length <= limit) return [message];
  const step = (limit - fragmentHeaderSize) & ~3;
  const pieces: Uint8Array[] = [];
  for (let from = headerSize; from < message.length; from += step) {
    const payload = message.subarray(from, from + step);
    const piece = new Uint8Array(fragmentHeaderSize + payload.length);
    piece.set(message.subarray(0, headerSize));
    piece.set(payload, fragmentHeaderSize);
    const view = new DataView(piece.buffer);
    view.setUint8(0, view.getUint8(0) | 0x08);
    view.setUint16(12, (from - headerSize) / 4);
    view.setUint16(14, payload.length / 4);
    pieces.push(piece);
  }
  return pieces;
}

interface Partial {
  key: string;
  message: Uint8Array;
  /** Words received, as [from, to) pairs without overlap. */
  ranges: [number, number][];
  words: number;
  expires: number;
}

/** Puts the fragments of one peer together. Memory is bounded: few messages at a time, each as large as `maxOctets`. */
export class Reassembler {
  private partials: Partial[] = [];

  /** `lifeMs` counts from the first fragment (T2, RFC 8855 §8.3.3). */
  constructor(
    private readonly lifeMs: number,
    private readonly maxOctets = 8192,
    private readonly maxPartials = 2,
  ) {}

  /**
   * Takes a datagram whose header has fragment fields and was accepted by `decodeHeader`. Returns the whole message,
   * null while something is missing, or `refused` when pieces overlap or contradict each other.
   */
  add(datagram: Uint8Array, header: Header, now: number): Uint8Array | null | 'refused' {
    if (!header.fragment) return datagram;
    this.partials = this.partials.filter((partial) => partial.expires > now);
    const size = headerSize + 4 * header.payloadWords;
    if (size > this.maxOctets) return 'refused';
    const partial = this.find(header, datagram, size, now);
    const { offset, length } = header.fragment;
    const to = offset + length;
    if (partial.ranges.some(([a, b]) => a === offset && b === to)) return null;
    const clash = partial.message.length !== size || partial.ranges.some(([a, b]) => offset < b && a < to);
    if (clash || length === 0) {
      this.partials = this.partials.filter((other) => other !== partial);
      return 'refused';
    }
    partial.message.set(datagram.subarray(fragmentHeaderSize), headerSize + 4 * offset);
    partial.ranges.push([offset, to]);
    partial.words += length;
    if (partial.words < header.payloadWords) return null;
    this.partials = this.partials.filter((other) => other !== partial);
    return partial.message;
  }

  private find(header: Header, datagram: Uint8Array, size: number, now: number): Partial {
    const { conferenceId, userId, transactionId, response, primitive } = header;
    const key = [conferenceId, userId, transactionId, response, primitive].join(' ');
    const known = this.partials.find((partial) => partial.key === key);
    if (known) return known;
    const message = new Uint8Array(size);
    message.set(datagram.subarray(0, headerSize));
    message[0] = (message[0] ?? 0) & ~0x08;
    const partial: Partial = { key, message, ranges: [], words: 0, expires: now + this.lifeMs };
    if (this.partials.length >= this.maxPartials) this.partials.shift();
    this.partials.push(partial);
    return partial;
  }
}
