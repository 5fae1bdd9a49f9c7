import { octetsFor, type PerReader } from './reader.js';
import { Schema } from './schema.js';
import type { PerWriter } from './writer.js';

class BooleanSchema extends Schema<boolean> {
  readonly kind = 'boolean';
  decode(reader: PerReader): boolean {
    return reader.bit();
  }
  encode(writer: PerWriter, value: boolean): void {
    if (typeof value !== 'boolean') throw writer.fault('not a boolean');
    writer.bit(value);
  }
}
export const BOOLEAN: Schema<boolean> = new BooleanSchema();

class NullSchema extends Schema<true> {
  readonly kind = 'null';
  decode(): true {
    return true;
  }
  encode(writer: PerWriter, value: true): void {
    if (value !== true) throw writer.fault('NULL is written as true');
  }
}
export const NULL: Schema<true> = new NullSchema();

/** INTEGER, X.691 §12. Numbers above 53 bits are not supported. */
export class IntegerSchema extends Schema<number> {
  readonly kind = 'integer';

  constructor(
    readonly min: number,
    readonly max: number,
    readonly extensible: boolean,
  ) {
    super();
  }

  decode(reader: PerReader): number {
    if (this.extensible && reader.bit()) return reader.signed(reader.shortLength());
    if (this.max !== Infinity) return reader.constrained(this.min, this.max);
    const octets = reader.shortLength();
    if (this.min === -Infinity) return reader.signed(octets);
    const value = reader.unsigned(octets) + this.min;
    if (!Number.isSafeInteger(value)) throw reader.fault('unsupported', `integer of ${octets} octets`);
    return value;
  }

  encode(writer: PerWriter, value: number): void {
    if (!Number.isSafeInteger(value)) throw writer.fault(`${typeof value} is not an integer of at most 53 bits`);
    const fits = value >= this.min && value <= this.max;
    if (this.extensible) writer.bit(!fits);
    if (!fits && !this.extensible) throw writer.fault(`${value} is not in ${this.min}..${this.max}`);
    if (fits && this.max !== Infinity) return writer.constrained(value, this.min, this.max);
    const signed = !fits || this.min === -Infinity;
    const written = signed ? value : value - this.min;
    const octets = octetsFor(signed ? (value < 0 ? -(value + 1) : value) * 2 : written);
    writer.length(octets);
    writer.whole(written, octets);
  }
}

/** INTEGER (min..max); without `max` a semi-constrained, without both an unconstrained one. */
export function integer(min = -Infinity, max = Infinity): IntegerSchema {
  return new IntegerSchema(min, max, false);
}

/** INTEGER (min..max, ...). */
export function extensibleInteger(min: number, max: number): IntegerSchema {
  return new IntegerSchema(min, max, true);
}

/** ENUMERATED, X.691 §13. A name that a later version added is read as its index counted on after those we know. */
export class EnumeratedSchema<T> extends Schema<T> {
  readonly kind = 'enumerated';

  constructor(
    readonly names: readonly string[],
    /** Names after the extension marker, null where there is no marker. */
    readonly additions: readonly string[] | null,
  ) {
    super();
  }

  decode(reader: PerReader): T {
    if (this.additions !== null && reader.bit()) {
      const index = reader.normallySmall();
      return (this.additions[index] ?? this.names.length + index) as T;
    }
    return this.names[reader.constrained(0, this.names.length - 1)] as T;
  }

  encode(writer: PerWriter, value: T): void {
    const index = typeof value === 'string' ? this.names.indexOf(value) : -1;
    const added = index < 0 ? this.addition(value) : -1;
    if (index < 0 && added < 0) throw writer.fault(`${String(value)} is none of ${this.names.join(', ')}`);
    if (this.additions !== null) writer.bit(added >= 0);
    if (added >= 0) writer.normallySmall(added);
    else writer.constrained(index, 0, this.names.length - 1);
  }

  private addition(value: T): number {
    if (this.additions === null) return -1;
    if (typeof value === 'string') return this.additions.indexOf(value);
    return Number.isSafeInteger(value) ? (value as number) - this.names.length : -1;
  }
}

/** ENUMERATED { names } or, with additions, ENUMERATED { names, ..., additions }. Names are in the order of their values. */
export function enumerated<const N extends string>(names: readonly N[]): EnumeratedSchema<N>;
export function enumerated<const N extends string, const A extends string>(
  names: readonly N[],
  additions: readonly A[],
): EnumeratedSchema<N | A | number>;
export function enumerated(names: readonly string[], additions?: readonly string[]): EnumeratedSchema<unknown> {
  return new EnumeratedSchema(names, additions ?? null);
}

/** Octets of one arc: 7 bits each; 19 hold the 128 bits that arcs under 2.25 have. */
const mostArcOctets = 19;

function arcAt(reader: PerReader, octets: Buffer, from: number, to: number): string {
  if (to - from > mostArcOctets) throw reader.fault('unsupported', `an arc of ${to - from} octets`);
  if (to - from <= 7) {
    let arc = 0;
    for (let i = from; i < to; i++) arc = arc * 128 + ((octets[i] as number) & 0x7f);
    return String(arc);
  }
  let arc = 0n;
  for (let i = from; i < to; i++) arc = arc * 128n + BigInt((octets[i] as number) & 0x7f);
  if (arc >> 128n > 0n) throw reader.fault('unsupported', 'an arc of more than 128 bits');
  return String(arc);
}

function appendArc(octets: number[], arc: bigint): void {
  let shift = 0n;
  while (arc >> (shift + 7n) > 0n) shift += 7n;
  for (; shift > 0n; shift -= 7n) octets.push(Number((arc >> shift) & 0x7fn) | 0x80);
  octets.push(Number(arc & 0x7fn));
}

function objectIdentifierOctets(text: string): Uint8Array | null {
  if (!/^[012](\.\d{1,39})+$/.test(text)) return null;
  const [first = 0n, second = 0n, ...rest] = text.split('.').map(BigInt);
  if (first < 2n && second >= 40n) return null;
  const octets: number[] = [];
  for (const arc of [first * 40n + second, ...rest]) {
    if (arc >> 128n > 0n) return null;
    appendArc(octets, arc);
  }
  return Uint8Array.from(octets);
}

/** Contents of the object identifiers that were written; there are few. */
const knownIdentifiers = new Map<string, Uint8Array>();
const mostKnownIdentifiers = 256;

/** OBJECT IDENTIFIER, X.691 §23: the contents octets of BER. */
class ObjectIdentifierSchema extends Schema<string> {
  readonly kind = 'objectIdentifier';

  decode(reader: PerReader): string {
    const octets = reader.takeCounted();
    const arcs: string[] = [];
    let from = 0;
    for (let i = 0; i < octets.length; i++) {
      if ((octets[i] as number) >= 0x80) continue;
      arcs.push(arcAt(reader, octets, from, i + 1));
      from = i + 1;
    }
    if (octets.length === 0 || from < octets.length) throw reader.fault('malformed', 'an object identifier ends early');
    const first = arcs.shift() as string;
    const small = first.length < 4 ? Number(first) : 1000;
    const root = small < 80 ? `${Math.floor(small / 40)}.${small % 40}` : `2.${BigInt(first) - 80n}`;
    return arcs.length === 0 ? root : `${root}.${arcs.join('.')}`;
  }

  encode(writer: PerWriter, value: string): void {
    let octets = knownIdentifiers.get(value);
    if (octets === undefined) {
      const made = typeof value === 'string' ? objectIdentifierOctets(value) : null;
      if (made === null) throw writer.fault(`${String(value)} is no object identifier`);
      octets = made;
      if (knownIdentifiers.size < mostKnownIdentifiers) knownIdentifiers.set(value, octets);
    }
    writer.appendCounted(octets);
  }
}
export const OBJECT_IDENTIFIER: Schema<string> = new ObjectIdentifierSchema();
