import { Asn1Fault, type FaultKind } from './fault.js';

/** What a message may ask of us; it says nothing of the octets themselves, which the transport limits. */
export interface Limits {
  /** Elements of all SEQUENCE OF and SET OF together. */
  elements: number;
  /** How often a type may contain itself. */
  depth: number;
}

/** A terminal capability set of 256 entries needs about 2000 elements; GenericData is nested at most 4 deep in practice. */
export const usualLimits: Limits = { elements: 16_384, depth: 16 };

/** From this count on a length is not constrained and may come in fragments (X.691 §10.9). */
export const K64 = 65_536;
export const K16 = 16_384;

/** Bits that a number below `range` takes as a bit-field. */
export function bitsFor(range: number): number {
  return range <= 1 ? 0 : 32 - Math.clz32(range - 1);
}

/** Octets that hold numbers from 0 to `most`, which may have more than 32 bits. */
export function octetsFor(most: number): number {
  let octets = 1;
  for (let rest = Math.floor(most / 256); rest > 0; rest = Math.floor(rest / 256)) octets++;
  return octets;
}

/** Reads bit-fields and length determinants of the aligned variant of PER (X.691). */
export class PerReader {
  /** The next bit, counted from the beginning of `octets`. */
  position = 0;
  /** Whether the length just read was that of a fragment, so that another length follows its contents. */
  more = false;
  /** How deep we are in types that contain themselves. */
  depth = 0;
  private end: number;
  /** How many open types we are inside of: there the end of the octets is not the end of the message. */
  private opened = 0;
  private elementsLeft: number;

  constructor(
    private octets: Buffer,
    readonly limits: Limits,
  ) {
    this.end = octets.length * 8;
    this.elementsLeft = limits.elements;
  }

  fault(kind: FaultKind, why: string): Asn1Fault {
    return new Asn1Fault(kind, this.position, why);
  }

  private ended(): Asn1Fault {
    return this.opened > 0
      ? this.fault('malformed', 'an open type ends too early')
      : this.fault('incomplete', 'the octets end');
  }

  bit(): boolean {
    const at = this.position;
    if (at >= this.end) throw this.ended();
    this.position = at + 1;
    return (((this.octets[at >>> 3] as number) >> (7 - (at & 7))) & 1) === 1;
  }

  /** A bit that was skipped before. */
  bitAt(at: number): boolean {
    return (((this.octets[at >>> 3] as number) >> (7 - (at & 7))) & 1) === 1;
  }

  /** Moves over some bits and says where they began. */
  skip(count: number): number {
    const from = this.position;
    if (from + count > this.end) throw this.ended();
    this.position = from + count;
    return from;
  }

  /** A number of up to 32 bits. */
  bits(count: number): number {
    const from = this.skip(count);
    let at = from >>> 3;
    let left = count;
    let value = 0;
    const before = from & 7;
    if (before !== 0) {
      const room = 8 - before;
      value = (this.octets[at++] as number) & (0xff >> before);
      if (left <= room) return value >> (room - left);
      left -= room;
    }
    for (; left >= 8; left -= 8) value = value * 256 + (this.octets[at++] as number);
    return left === 0 ? value : value * (1 << left) + ((this.octets[at] as number) >> (8 - left));
  }

  align(): void {
    this.position = (this.position + 7) & ~7;
  }

  /** Whole octets from the next octet boundary, as a view. */
  take(count: number): Buffer {
    if (count === 0) return this.octets.subarray(0, 0);
    this.align();
    const from = this.skip(count * 8) >>> 3;
    return this.octets.subarray(from, from + count);
  }

  /** An unsigned number in whole octets from the next octet boundary; more than 53 bits are not supported. */
  unsigned(count: number): number {
    this.align();
    const from = this.skip(count * 8) >>> 3;
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 256 + (this.octets[from + i] as number);
    if (value > Number.MAX_SAFE_INTEGER) throw this.fault('unsupported', `integer of ${count} octets`);
    return value;
  }

  /** A two's complement number in whole octets from the next octet boundary. */
  signed(count: number): number {
    this.align();
    const from = this.skip(count * 8) >>> 3;
    let value = (((this.octets[from] as number) + 128) & 0xff) - 128;
    for (let i = 1; i < count; i++) value = value * 256 + (this.octets[from + i] as number);
    if (!Number.isSafeInteger(value)) throw this.fault('unsupported', `integer of ${count} octets`);
    return value;
  }

  /** A constrained whole number, X.691 §10.5.7. */
  constrained(min: number, max: number): number {
    if (min === max) return min;
    const range = max - min + 1;
    let value: number;
    if (range <= 255) value = this.bits(bitsFor(range));
    else if (range === 256) value = this.unsigned(1);
    else if (range <= K64) value = this.unsigned(2);
    else value = this.unsigned(this.constrained(1, octetsFor(max - min)));
    if (value > max - min) throw this.fault('malformed', `${value + min} is above ${max}`);
    return value + min;
  }

  /** A length determinant without a useful upper bound, X.691 §10.9.3.5-8. After a fragment (`more`) comes another. */
  length(): number {
    const first = this.unsigned(1);
    this.more = first >= 0xc0;
    if (first < 0x80) return first;
    if (first < 0xc0) return (first & 0x3f) * 256 + this.unsigned(1);
    const fragments = first & 0x3f;
    if (fragments < 1 || fragments > 4) throw this.fault('malformed', `fragment of ${fragments} times 16K`);
    return fragments * K16;
  }

  /** The length of something that is never long enough to come in fragments. */
  shortLength(): number {
    const length = this.length();
    if (this.more) throw this.fault('unsupported', 'a number in fragments');
    if (length === 0) throw this.fault('malformed', 'a number of no octets');
    return length;
  }

  /** Octets after their unconstrained length; a view unless they came in fragments. */
  takeCounted(): Buffer {
    const first = this.take(this.length());
    if (!this.more) return first;
    const parts = [first];
    while (this.more) parts.push(this.take(this.length()));
    return Buffer.concat(parts);
  }

  /** A number that is mostly below 64, X.691 §10.6. */
  normallySmall(): number {
    return this.bit() ? this.unsigned(this.shortLength()) : this.bits(6);
  }

  /** The length of an extension bitmap, X.691 §10.9.3.4: mostly at most 64. */
  normallySmallLength(): number {
    return this.bit() ? this.shortLength() : this.bits(6) + 1;
  }

  /** Before that many elements of a list are read. */
  countElements(count: number): void {
    this.elementsLeft -= count;
    if (this.elementsLeft < 0) throw this.fault('unsupported', `more than ${this.limits.elements} list elements`);
  }

  /** Reads the contents of an open type with `read`, X.691 §10.2: what it leaves is skipped. */
  open<T>(read: (reader: PerReader) => T): T {
    const length = this.length();
    if (this.more) return this.openFragments(this.take(length), read);
    const from = this.skip(length * 8);
    const after = this.position;
    const outer = this.end;
    this.position = from;
    this.end = after;
    this.opened++;
    const value = read(this);
    this.opened--;
    this.end = outer;
    this.position = after;
    return value;
  }

  /** Positions in faults are then those inside of the joined contents. */
  private openFragments<T>(first: Buffer, read: (reader: PerReader) => T): T {
    const parts = [first];
    while (this.more) parts.push(this.take(this.length()));
    const { octets, end, position, opened } = this;
    this.octets = Buffer.concat(parts);
    this.end = this.octets.length * 8;
    this.position = 0;
    this.opened++;
    const value = read(this);
    Object.assign(this, { octets, end, position, opened });
    return value;
  }
}
