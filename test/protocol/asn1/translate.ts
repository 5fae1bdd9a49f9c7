import { CharacterStringSchema } from '../../../src/protocol/asn1/characters.js';
import { ChoiceSchema } from '../../../src/protocol/asn1/choice.js';
import { ListSchema } from '../../../src/protocol/asn1/list.js';
import { EnumeratedSchema, IntegerSchema } from '../../../src/protocol/asn1/numbers.js';
import { BitStringSchema, ContainingSchema, OctetStringSchema, type Bits } from '../../../src/protocol/asn1/octets.js';
import { Lazy, type AnySchema } from '../../../src/protocol/asn1/schema.js';
import { SequenceSchema } from '../../../src/protocol/asn1/sequence.js';

/** What becomes of each kind of value in another notation. */
export interface Notation<R> {
  sequence(components: [name: string, value: R][]): R;
  choice(name: string, value: R): R;
  list(elements: R[]): R;
  octets(value: Buffer, schema: AnySchema): R;
  bits(value: Bits): R;
  text(value: string, schema: AnySchema): R;
  objectIdentifier(value: string): R;
  plain(value: number | boolean | string): R;
  nothing(): R;
}

/** Brings a value into another notation, led by its schema. */
export function translate<R>(schema: AnySchema, value: unknown, to: Notation<R>): R {
  if (schema instanceof Lazy) return translate(schema.target, value, to);
  if (schema instanceof ContainingSchema) return translate(schema.contents as AnySchema, value, to);
  if (schema instanceof SequenceSchema) {
    const held = value as Record<string, unknown>;
    const all = [...schema.components, ...(schema.additions ?? [])];
    const there = all.filter(({ name }) => held[name] !== undefined);
    return to.sequence(there.map((part) => [part.name, translate(part.schema, held[part.name], to)]));
  }
  if (schema instanceof ChoiceSchema) {
    const [[name, chosen] = ['', null]] = Object.entries(value as object) as [string, unknown][];
    const found = schema.root[name] ?? schema.additions?.[name];
    if (!found) throw new Error(`no alternative ${name}`);
    return to.choice(name, translate(found, chosen, to));
  }
  if (schema instanceof ListSchema)
    return to.list((value as unknown[]).map((element) => translate(schema.element as AnySchema, element, to)));
  if (schema instanceof OctetStringSchema || schema.kind === 'openType') return to.octets(value as Buffer, schema);
  if (schema instanceof BitStringSchema) return to.bits(value as Bits);
  if (schema instanceof CharacterStringSchema || schema.kind === 'generalString')
    return to.text(value as string, schema);
  if (schema.kind === 'objectIdentifier') return to.objectIdentifier(value as string);
  if (schema.kind === 'null') return to.nothing();
  if (schema instanceof IntegerSchema || schema instanceof EnumeratedSchema || schema.kind === 'boolean')
    return to.plain(value as number | boolean | string);
  throw new Error(`a schema of kind ${schema.kind}`);
}

/** The notation of the golden files: JSON with octets in hex, NULL as 0 and bit strings as a number. */
export const golden: Notation<unknown> = {
  sequence: (components) => Object.fromEntries(components),
  choice: (name, value) => ({ [name]: value }),
  list: (elements) => elements,
  octets: (value) => value.toString('hex'),
  bits: ({ octets, length }) => ({ bits: numberOf({ octets, length }), len: length }),
  text: (value) => value,
  objectIdentifier: (value) => value,
  plain: (value) => value,
  nothing: () => 0,
};

function numberOf({ octets, length }: Bits): string {
  const all = BigInt(`0x0${octets.toString('hex')}`);
  return String(all >> BigInt((8 - (length % 8)) % 8));
}

/** The notation of Erlang terms, as its ASN.1 compiler with maps wants them. */
export const erlang: Notation<string> = {
  sequence: (components) => {
    const sorted = [...components].sort(([a], [b]) => (a < b ? -1 : 1));
    return `#{${sorted.map(([name, value]) => `${atom(name)} => ${value}`).join(',')}}`;
  },
  choice: (name, value) => `{${atom(name)},${value}}`,
  list: (elements) => `[${elements.join(',')}]`,
  octets: (value) => `<<${[...value].join(',')}>>`,
  bits: ({ octets, length }) => {
    const rest = length % 8;
    const whole = [...octets.subarray(0, length >>> 3)].map(String);
    if (rest > 0) whole.push(`${(octets.at(-1) as number) >> (8 - rest)}:${rest}`);
    return `<<${whole.join(',')}>>`;
  },
  text: (value, schema) => {
    const wide = schema instanceof CharacterStringSchema && schema.alphabet.bits === 16;
    const codes = [...Array(value.length).keys()].map((i) => value.charCodeAt(i));
    return `[${codes.map((code) => (wide && code > 255 ? `{0,0,${code >> 8},${code & 255}}` : String(code))).join(',')}]`;
  },
  objectIdentifier: (value) => `{${value.replaceAll('.', ',')}}`,
  plain: (value) => (typeof value === 'string' ? atom(value) : String(value)),
  nothing: () => `'NULL'`,
};

const atom = (name: string): string => `'${name}'`;
