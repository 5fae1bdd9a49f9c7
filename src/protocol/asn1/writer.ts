import { Asn1Fault } from './fault.js';
import { bitsFor, K16, K64, octetsFor, usualLimits } from './reader.js';

/** Writes bit-fields and length determinants of the aligned variant of PER (X.691). */
export class PerWriter {
  private octets = Buffer.allocUnsafe(512);
  /** The next bit. Bits of the octet it is in that are not written yet are 0. */
  private at = 0;
  private depth = 0;

  get position(): number {
    return this.at;
  }

  fault(why: string): Asn1Fault {
    return new Asn1Fault('unencodable', this.at, why);
  }

  /** Into a type that contains itself: a value that does so without end is refused. */
  descend(): void {
    if (++this.depth > usualLimits.depth) throw this.fault(`nested more than ${usualLimits.depth} deep`);
  }

  ascend(): void {
    this.depth--;
  }

  /** The complete encoding: whole octets, at least one (X.691 §10.1.3). */
  result(): Buffer {
    if (this.at === 0) this.bits(0, 8);
    return Buffer.from(this.octets.subarray(0, (this.at + 7) >>> 3));
  }

  /** Makes room for that many more octets. */
  private room(count: number): void {
    const needed = (this.at >>> 3) + count + 1;
    if (needed <= this.octets.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.octets.length * 2));
    this.octets.copy(larger, 0, 0, (this.at + 7) >>> 3);
    this.octets = larger;
  }

  bit(value: boolean): void {
    this.bits(value ? 1 : 0, 1);
  }

  /** A number as a field of up to 32 bits. */
  bits(value: number, count: number): void {
    this.room(5);
    for (let left = count; left > 0;) {
      const index = this.at >>> 3;
      const used = this.at & 7;
      const now = Math.min(8 - used, left);
      left -= now;
      const piece = (left >= 31 ? Math.floor(value / 2 ** left) : value >>> left) & ((1 << now) - 1);
      const shifted = piece << (8 - used - now);
      this.octets[index] = used === 0 ? shifted : (this.octets[index] as number) | shifted;
      this.at += now;
    }
  }

  align(): void {
    this.at = (this.at + 7) & ~7;
  }

  /** Whole octets from the next octet boundary. */
  append(octets: Uint8Array): void {
    if (octets.length === 0) return;
    this.align();
    this.room(octets.length);
    this.octets.set(octets, this.at >>> 3);
    this.at += octets.length * 8;
  }

  /** A number, which may be negative, in that many octets from the next octet boundary. */
  whole(value: number, count: number): void {
    this.align();
    this.room(count);
    const from = this.at >>> 3;
    let rest = value;
    for (let i = count - 1; i >= 0; i--) {
      this.octets[from + i] = ((rest % 256) + 256) % 256;
      rest = Math.floor(rest / 256);
    }
    this.at += count * 8;
  }

  /** A constrained whole number, X.691 §10.5.7. */
  constrained(value: number, min: number, max: number): void {
    if (!(value >= min && value <= max)) throw this.fault(`${value} is not in ${min}..${max}`);
    if (min === max) return;
    const range = max - min + 1;
    const offset = value - min;
    if (range <= 255) return this.bits(offset, bitsFor(range));
    if (range === 256) return this.whole(offset, 1);
    if (range <= K64) return this.whole(offset, 2);
    const octets = octetsFor(offset);
    this.constrained(octets, 1, octetsFor(max - min));
    this.whole(offset, octets);
  }

  /** A length determinant below 16K without a useful upper bound. */
  length(count: number): void {
    if (count < 128) this.whole(count, 1);
    else this.whole(0x8000 + count, 2);
  }

  /** Lengths and contents of any count, in fragments from 16K on (X.691 §10.9.3.8). `write` writes units `from` to `to`. */
  counted(total: number, write: (from: number, to: number) => void): void {
    let from = 0;
    while (total - from >= K16) {
      const fragments = Math.min(4, Math.floor((total - from) / K16));
      this.whole(0xc0 + fragments, 1);
      write(from, from + fragments * K16);
      from += fragments * K16;
    }
    this.length(total - from);
    write(from, total);
  }

  /** Octets after their unconstrained length. */
  appendCounted(octets: Uint8Array): void {
    if (octets.length < K16) {
      this.length(octets.length);
      this.append(octets);
    } else this.counted(octets.length, (from, to) => this.append(octets.subarray(from, to)));
  }

  /** A number that is mostly below 64, X.691 §10.6. */
  normallySmall(value: number): void {
    this.bit(value >= 64);
    if (value < 64) return this.bits(value, 6);
    const octets = octetsFor(value);
    this.length(octets);
    this.whole(value, octets);
  }

  /** The length of an extension bitmap, X.691 §10.9.3.4. */
  normallySmallLength(count: number): void {
    this.bit(count > 64);
    if (count <= 64) this.bits(count - 1, 6);
    else this.length(count);
  }

  /** Begins an open type; its contents are written next, then `endOpen` with what this returned. */
  beginOpen(): number {
    this.align();
    this.room(1);
    this.at += 8;
    return this.at >>> 3;
  }

  /** Puts the length before the contents that began at `from`. They begin on an octet boundary, so they can be moved. */
  endOpen(from: number): void {
    if (this.at === from * 8) this.bits(0, 8);
    this.align();
    const length = (this.at >>> 3) - from;
    if (length < 128) {
      this.octets[from - 1] = length;
      return;
    }
    const contents = Buffer.from(this.octets.subarray(from, from + length));
    this.at = (from - 1) * 8;
    this.appendCounted(contents);
  }
}
