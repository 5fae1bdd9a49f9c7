import type { PerReader } from './reader.js';
import { Schema } from './schema.js';
import { Size } from './size.js';
import type { PerWriter } from './writer.js';

/** OCTET STRING, X.691 §16. */
export class OctetStringSchema extends Schema<Buffer> {
  readonly kind = 'octetString';

  constructor(readonly size: Size) {
    super();
  }

  decode(reader: PerReader): Buffer {
    const { min, max } = this.size;
    if (!this.size.constrained) {
      const octets = reader.takeCounted();
      this.size.check(reader, octets.length);
      return octets;
    }
    const length = reader.constrained(min, max);
    // Up to two octets of a fixed number are not aligned (§16.6).
    if (max > 2 || min < max) return reader.take(length);
    const octets = Buffer.alloc(length);
    for (let i = 0; i < length; i++) octets[i] = reader.bits(8);
    return octets;
  }

  encode(writer: PerWriter, value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw writer.fault('not octets');
    const { size } = this;
    if (size.fixed && size.max <= 2) {
      size.write(writer, value.length, () => undefined);
      for (const octet of value) writer.bits(octet, 8);
    } else size.write(writer, value.length, (from, to) => writer.append(value.subarray(from, to)));
  }
}

/** OCTET STRING (SIZE (min..max)), with one number a fixed size, without any unlimited. */
export function octetString(min?: number, max?: number): OctetStringSchema {
  return new OctetStringSchema(Size.of(min, max));
}

/** A BIT STRING: its bits from the first octet's highest on; the last octet is filled with zeros. */
export interface Bits {
  octets: Buffer;
  /** Number of bits. */
  length: number;
}

/** All bits of some octets. */
export function bitsOf(octets: Buffer): Bits {
  return { octets, length: octets.length * 8 };
}

/** BIT STRING without named bits, X.691 §15. */
export class BitStringSchema extends Schema<Bits> {
  readonly kind = 'bitString';

  constructor(readonly size: Size) {
    super();
  }

  /** Up to 16 bits of a fixed number are not aligned (§15.9). */
  private get inline(): boolean {
    return this.size.fixed && this.size.max <= 16;
  }

  decode(reader: PerReader): Bits {
    const parts: Buffer[] = [];
    const length = this.size.read(reader, (bits) => {
      if (bits === 0) return;
      if (!this.inline) reader.align();
      parts.push(bitsFrom(reader, bits));
    });
    return { octets: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), length };
  }

  encode(writer: PerWriter, value: Bits): void {
    const { octets, length } = value ?? {};
    if (!(octets instanceof Uint8Array) || !Number.isInteger(length) || octets.length !== (length + 7) >>> 3)
      throw writer.fault('not a string of bits');
    this.size.write(writer, length, (from, to) => {
      if (from === to) return;
      if (!this.inline) writer.align();
      for (let at = from; at < to; at += 8) {
        const count = Math.min(8, to - at);
        writer.bits((octets[at >>> 3] as number) >> (8 - count), count);
      }
    });
  }
}

/** A copy of the next bits with the rest of the last octet cleared. */
function bitsFrom(reader: PerReader, bits: number): Buffer {
  reader.position = reader.skip(bits);
  const octets = Buffer.alloc((bits + 7) >>> 3);
  for (let at = 0; at < bits; at += 8) {
    const count = Math.min(8, bits - at);
    octets[at >>> 3] = reader.bits(count) << (8 - count);
  }
  return octets;
}

/** BIT STRING (SIZE (min..max)), with one number a fixed size, without any unlimited. */
export function bitString(min?: number, max?: number): BitStringSchema {
  return new BitStringSchema(Size.of(min, max));
}

/** An open type: the octets of a complete encoding, X.691 §10.2. What is signed is signed as these octets. */
class OpenTypeSchema extends Schema<Buffer> {
  readonly kind = 'openType';
  decode(reader: PerReader): Buffer {
    return reader.takeCounted();
  }
  encode(writer: PerWriter, value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw writer.fault('not octets');
    writer.appendCounted(value);
  }
}
export const OPEN_TYPE: Schema<Buffer> = new OpenTypeSchema();

/** An open type, or an OCTET STRING (CONTAINING ...) of unlimited size, read as what it contains. */
export class ContainingSchema<T> extends Schema<T> {
  readonly kind = 'containing';
  constructor(readonly contents: Schema<T>) {
    super();
  }
  decode(reader: PerReader): T {
    return reader.open((inner) => this.contents.decode(inner));
  }
  encode(writer: PerWriter, value: T): void {
    const from = writer.beginOpen();
    this.contents.encode(writer, value);
    writer.endOpen(from);
  }
}

export const containing = <T>(contents: Schema<T>): ContainingSchema<T> => new ContainingSchema(contents);
