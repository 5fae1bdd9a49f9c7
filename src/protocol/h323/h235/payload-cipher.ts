import { createCipheriv, createDecipheriv, type Cipher, type Decipher } from 'node:crypto';
import type { MediaCipher } from './media-keys.js';

// Payload of RTP in AES-CBC (H.235.6): each packet begins with an initial vector of its own, made of the six octets of its
// sequence number and timestamp, again and again. A payload that is no multiple of a block is padded as in RTP, with the P bit
// set; without that bit its last two blocks are in ciphertext stealing, which is read and never sent: devices differ in it.
// Header, extension and RTCP are in the clear; nothing proves who sent a packet.

const BLOCK = 16;
/** Where sequence number and timestamp stand, and how many octets they have. */
const SEED = 2;
const SEED_LENGTH = 6;
const PADDING_BIT = 0x20;

/** Why a payload cannot be deciphered: less than a block, or padded and no multiple of one. */
export type PayloadFault = 'short' | 'partial';

/** Octet `i` of the initial vector of a packet. */
function seedAt(packet: Uint8Array, i: number): number {
  return packet[SEED + (i % SEED_LENGTH)]!;
}

/**
 * Deciphers packets of one key. One decipher serves all of them: CBC adds the block before to each first one, so that this and
 * the packet's own initial vector only have to be exchanged, which is much cheaper than a decipher for each packet.
 */
export class PayloadOpener {
  private readonly decipher: Decipher;
  /** What the decipher adds to the next block. */
  private readonly chained = Buffer.alloc(BLOCK);
  /** The block before the last whole one, and the stolen one. */
  private readonly before = Buffer.alloc(BLOCK);
  private readonly stolen = Buffer.alloc(BLOCK);

  /** @throws RangeError for a key of another length */
  constructor(cipher: MediaCipher, key: Uint8Array) {
    this.decipher = createDecipheriv(cipher, key, this.chained);
    this.decipher.setAutoPadding(false);
  }

  /**
   * Deciphers the payload of a packet in its place, from `start` to the end; padding stays where it is, to be taken off as in
   * every packet. Null when it is done.
   */
  open(packet: Uint8Array, start: number): PayloadFault | null {
    const length = packet.length - start;
    if (length === 0) return null;
    if (length < BLOCK) return 'short';
    const rest = length % BLOCK;
    if (rest > 0 && (packet[0]! & PADDING_BIT) !== 0) return 'partial';
    const end = start + length - rest;
    const { before, chained, decipher } = this;
    for (let i = 0; i < BLOCK; i++) before[i] = end - start > BLOCK ? packet[end - 2 * BLOCK + i]! : seedAt(packet, i);
    const plain = decipher.update(packet.subarray(start, end));
    for (let i = 0; i < BLOCK; i++) {
      plain[i] = plain[i]! ^ chained[i]! ^ seedAt(packet, i);
      chained[i] = packet[end - BLOCK + i]!;
    }
    if (rest > 0) this.steal(packet, end, rest, plain);
    packet.set(plain, start);
    return null;
  }

  /** The last two blocks, of which the second lacks octets: they stand at the end of what the first one hides. */
  private steal(packet: Uint8Array, end: number, rest: number, plain: Uint8Array): void {
    const { before, chained, stolen, decipher } = this;
    const last = plain.length - BLOCK;
    for (let i = 0; i < BLOCK; i++) {
      const hidden = plain[last + i]! ^ before[i]!;
      if (i < rest) {
        stolen[i] = packet[end + i]!;
        packet[end + i] = hidden ^ stolen[i]!;
      } else stolen[i] = hidden;
    }
    const block = decipher.update(stolen);
    for (let i = 0; i < BLOCK; i++) plain[last + i] = block[i]! ^ chained[i]! ^ before[i]!;
    stolen.copy(chained);
  }
}

/** Enciphers packets of one key, all by one cipher as above. */
export class PayloadSealer {
  private readonly cipher: Cipher;
  /** What the cipher adds to the next block. */
  private readonly chained = Buffer.alloc(BLOCK);
  private scratch = Buffer.alloc(2048);

  /** @throws RangeError for a key of another length */
  constructor(cipher: MediaCipher, key: Uint8Array) {
    this.cipher = createCipheriv(cipher, key, this.chained);
    this.cipher.setAutoPadding(false);
  }

  /** The enciphered payload of the packet with this header, whose P bit is set where padding was needed. */
  seal(header: Uint8Array, payload: Uint8Array): Uint8Array {
    const { length } = payload;
    if (length === 0) return payload;
    const padding = (BLOCK - (length % BLOCK)) % BLOCK;
    const whole = length + padding;
    if (this.scratch.length < whole) this.scratch = Buffer.alloc(whole);
    const { scratch, chained } = this;
    scratch.set(payload);
    scratch.fill(padding, length, whole);
    if (padding > 0) header[0] = header[0]! | PADDING_BIT;
    for (let i = 0; i < BLOCK; i++) scratch[i] = scratch[i]! ^ chained[i]! ^ seedAt(header, i);
    const sealed = this.cipher.update(scratch.subarray(0, whole));
    sealed.copy(chained, 0, whole - BLOCK);
    return sealed;
  }
}
