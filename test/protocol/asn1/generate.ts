import { CharacterStringSchema } from '../../../src/protocol/asn1/characters.js';
import { ChoiceSchema } from '../../../src/protocol/asn1/choice.js';
import { ListSchema } from '../../../src/protocol/asn1/list.js';
import { EnumeratedSchema, IntegerSchema } from '../../../src/protocol/asn1/numbers.js';
import { BitStringSchema, ContainingSchema, OctetStringSchema } from '../../../src/protocol/asn1/octets.js';
import { Lazy, type AnySchema } from '../../../src/protocol/asn1/schema.js';
import { SequenceSchema } from '../../../src/protocol/asn1/sequence.js';
import { Size } from '../../../src/protocol/asn1/size.js';
import type { Roll } from '../../support/seeded.js';

/** Makes values of a schema by chance: mostly small, now and then at the limits. */
export class Generator {
  /** Components still to be made before only what must be there is made. */
  private left = 0;

  /** `empty` is whether a string whose length takes less than an octet may be empty. */
  constructor(
    private readonly random: Roll,
    private readonly empty = true,
  ) {}

  /** A value of about that many parts. */
  make(schema: AnySchema, parts = 60): unknown {
    this.left = parts;
    return this.value(schema);
  }

  private value(schema: AnySchema): unknown {
    this.left--;
    if (schema instanceof Lazy) return this.value(schema.target);
    if (schema instanceof ContainingSchema) return this.value(schema.contents as AnySchema);
    if (schema instanceof SequenceSchema) return this.sequence(schema);
    if (schema instanceof ChoiceSchema) return this.choice(schema);
    if (schema instanceof ListSchema)
      return Array.from({ length: this.count(schema.size) }, () => this.value(schema.element as AnySchema));
    if (schema instanceof OctetStringSchema) return this.octets(this.length(schema.size));
    if (schema instanceof BitStringSchema) return this.bits(this.length(schema.size));
    if (schema instanceof CharacterStringSchema) return this.text(schema);
    if (schema instanceof IntegerSchema) return this.integer(schema);
    if (schema instanceof EnumeratedSchema) return this.pick([...schema.names, ...(schema.additions ?? [])]);
    return this.simple(schema.kind);
  }

  private simple(kind: string): unknown {
    switch (kind) {
      case 'boolean':
        return this.random(2) === 0;
      case 'null':
        return true;
      case 'openType':
        // What follows is an encoding of something; Erlang wants at least one octet.
        return this.octets(1 + this.random(20));
      case 'generalString':
        return this.octets(this.random(20)).toString('latin1');
      case 'objectIdentifier':
        return this.objectIdentifier();
      default:
        throw new Error(`a schema of kind ${kind}`);
    }
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random(from.length)] as T;
  }

  private sequence(schema: SequenceSchema<unknown>): unknown {
    const value: Record<string, unknown> = {};
    for (const { name, schema: part, optional } of schema.components)
      if (!optional || this.wanted()) value[name] = this.value(part);
    const additions = this.random(3) === 0 ? [] : (schema.additions ?? []);
    for (const { name, schema: part } of additions) if (this.wanted()) value[name] = this.value(part);
    return value;
  }

  private wanted(): boolean {
    return this.left > 0 && this.random(3) === 0;
  }

  private choice(schema: ChoiceSchema<unknown>): unknown {
    const alternatives = Object.entries({ ...schema.root, ...schema.additions });
    // Where time is up, what ends soonest; types that contain themselves must come to an end.
    const short = alternatives.filter(([, part]) => endsSoon(part));
    const [name, part] = this.pick(this.left > 0 || short.length === 0 ? alternatives : short);
    return { [name]: this.value(part) };
  }

  private count(size: Size): number {
    if (this.left <= 0) return size.min;
    const most = Math.min(size.max, size.min + 3);
    return size.min + this.random(most - size.min + 1);
  }

  private length(given: Size): number {
    const size = !this.empty && given.min === 0 && given.max < 255 ? Size.of(1, given.max) : given;
    const most = Math.min(size.max, size.min + 40);
    const odd = this.random(40);
    if (odd === 0 && size.max < 3000) return size.max;
    if (odd === 1) return Math.max(size.min, Math.min(size.max, 127 + this.random(3)));
    return size.min + this.random(Math.min(odd < 10 ? 2 : 41, most - size.min + 1));
  }

  private octets(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.random(256)));
  }

  private bits(length: number): unknown {
    const octets = this.octets((length + 7) >>> 3);
    const last = octets.length - 1;
    if (length % 8 !== 0) octets[last] = (octets[last] as number) & (0xff << (8 - (length % 8)));
    return { octets, length };
  }

  private text({ size, alphabet }: CharacterStringSchema): string {
    const { permitted, bits } = alphabet;
    const character = (): string => {
      if (permitted !== null) return this.pick([...permitted]);
      return String.fromCharCode(bits === 16 ? this.random(this.random(2) === 0 ? 128 : 0xd800) : this.random(128));
    };
    return Array.from({ length: this.length(size) }, character).join('');
  }

  private integer({ min, max, extensible }: IntegerSchema): number {
    const from = min === -Infinity ? -(2 ** this.random(40)) : min;
    const to = max === Infinity ? from + 2 ** this.random(41) : max;
    if (extensible && this.random(4) === 0)
      return this.random(2) === 0 ? to + 1 + this.random(70_000) : -this.random(300);
    const odd = this.random(8);
    if (odd === 0) return from;
    if (odd === 1) return to;
    const reach = Math.min(to - from, 2 ** this.random(41));
    return from + Math.floor((reach * this.random(2 ** 31)) / 2 ** 31);
  }

  private objectIdentifier(): string {
    const first = this.random(3);
    const arcs = [first, first < 2 ? this.random(40) : this.random(2000)];
    for (let i = this.random(7); i > 0; i--) arcs.push(this.random(2 ** (1 + this.random(30))));
    return arcs.join('.');
  }
}

/** Whether values of it need not contain its own kind. */
function endsSoon(schema: AnySchema): boolean {
  if (schema instanceof Lazy || schema instanceof ContainingSchema || schema instanceof ChoiceSchema) return false;
  if (schema instanceof SequenceSchema)
    return schema.components.every((part) => part.optional || endsSoon(part.schema));
  if (schema instanceof ListSchema) return schema.size.min === 0;
  return true;
}
