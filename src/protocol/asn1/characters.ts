import type { PerReader } from './reader.js';
import { Schema } from './schema.js';
import { Size } from './size.js';
import type { PerWriter } from './writer.js';

/** The permitted characters of a known-multiplier string, X.691 §27.5: how many bits each takes, and which. */
interface Alphabet {
  readonly bits: 1 | 2 | 4 | 8 | 16;
  /** The characters in order when their index is written; null when their code is. */
  readonly indexed: string | null;
  /** The permitted characters; null where all that fit the bits are. */
  readonly permitted: string | null;
}

/**
 * Character strings with a fixed number of bits a character (IA5String, NumericString, PrintableString, BMPString), X.691 §27.5.
 * An IA5String without an alphabet also takes characters up to U+00FF: they fit, and devices send them.
 */
export class CharacterStringSchema extends Schema<string> {
  readonly kind = 'characterString';

  constructor(
    readonly size: Size,
    readonly alphabet: Alphabet,
  ) {
    super();
  }

  /** Short strings are not aligned (§27.5.6-7). */
  private get inline(): boolean {
    const most = this.size.max * this.alphabet.bits;
    return this.size.fixed ? most <= 16 : most < 16;
  }

  decode(reader: PerReader): string {
    let text = '';
    this.size.read(reader, (characters) => {
      if (characters > 0) text += this.characters(reader, characters);
    });
    return text;
  }

  private characters(reader: PerReader, count: number): string {
    const { bits, indexed, permitted } = this.alphabet;
    if (!this.inline) {
      if (permitted === null) return bits === 8 ? reader.take(count).toString('latin1') : utf16(reader.take(count * 2));
      reader.align();
    }
    reader.position = reader.skip(count * bits);
    let text = '';
    for (let i = 0; i < count; i++) {
      const code = reader.bits(bits);
      const character = indexed === null ? String.fromCharCode(code) : indexed[code];
      if (character === undefined || (permitted !== null && !permitted.includes(character)))
        throw reader.fault('malformed', `character ${code} is not permitted`);
      text += character;
    }
    return text;
  }

  encode(writer: PerWriter, value: string): void {
    if (typeof value !== 'string') throw writer.fault('not text');
    const { bits, indexed, permitted } = this.alphabet;
    this.size.write(writer, value.length, (from, to) => {
      if (from === to) return;
      if (!this.inline) writer.align();
      for (let i = from; i < to; i++) {
        const code = indexed === null ? value.charCodeAt(i) : indexed.indexOf(value.charAt(i));
        const wrong = permitted === null ? code >= 2 ** bits : !permitted.includes(value.charAt(i));
        if (wrong) throw writer.fault(`character ${JSON.stringify(value.charAt(i))} is not permitted`);
        writer.bits(code, bits);
      }
    });
  }
}

function utf16(bigEndian: Buffer): string {
  return Buffer.from(bigEndian).swap16().toString('utf16le');
}

/** Bits a character, rounded up to a power of two; the index is written where the codes do not fit (§27.5.4). */
function alphabetOf(characters: string): Alphabet {
  const sorted = [...characters].sort().join('');
  let bits = 1;
  while (2 ** bits < sorted.length) bits *= 2;
  const largest = sorted.charCodeAt(sorted.length - 1);
  return { bits: bits as Alphabet['bits'], indexed: largest < 2 ** bits ? null : sorted, permitted: sorted };
}

const ia5: Alphabet = { bits: 8, indexed: null, permitted: null };
const bmp: Alphabet = { bits: 16, indexed: null, permitted: null };
const numeric = alphabetOf(' 0123456789');
const printable = alphabetOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?");

/** IA5String (SIZE (min..max)); `from` are the permitted characters. */
export function ia5String(min?: number, max?: number, from?: string): CharacterStringSchema {
  return new CharacterStringSchema(Size.of(min, max), from === undefined ? ia5 : alphabetOf(from));
}

/** NumericString (SIZE (min..max)): digits and spaces. */
export function numericString(min?: number, max?: number): CharacterStringSchema {
  return new CharacterStringSchema(Size.of(min, max), numeric);
}

/** PrintableString (SIZE (min..max)). */
export function printableString(min?: number, max?: number): CharacterStringSchema {
  return new CharacterStringSchema(Size.of(min, max), printable);
}

/** BMPString (SIZE (min..max)); counted in UTF-16 units. */
export function bmpString(min?: number, max?: number): CharacterStringSchema {
  return new CharacterStringSchema(Size.of(min, max), bmp);
}

/** GeneralString, X.691 §27.6: octets of BER. They are read as ISO 8859-1, which keeps every octet. */
class GeneralStringSchema extends Schema<string> {
  readonly kind = 'generalString';
  decode(reader: PerReader): string {
    return reader.takeCounted().toString('latin1');
  }
  encode(writer: PerWriter, value: string): void {
    if (typeof value !== 'string' || !/^[\0-\xff]*$/.test(value)) throw writer.fault('not text of 8 bits a character');
    writer.appendCounted(Buffer.from(value, 'latin1'));
  }
}
export const GENERAL_STRING: Schema<string> = new GeneralStringSchema();
