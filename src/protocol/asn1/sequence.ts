import { inside } from './fault.js';
import { K64, type PerReader } from './reader.js';
import { Schema, type AnySchema, type OptionalComponent } from './schema.js';
import type { PerWriter } from './writer.js';

/** Extension additions that we do not know, by their number among the additions: kept for encoding the value again. */
export const unknownAdditions = Symbol('unknown additions');
interface UnknownAddition {
  index: number;
  octets: Buffer;
}

type Components = Record<string, AnySchema | OptionalComponent<AnySchema>>;
type Additions = Record<string, AnySchema>;
type ValueOf<C> = C extends { readonly Value: infer T } ? T : C extends OptionalComponent<infer S> ? S['Value'] : never;

/** Values of a SEQUENCE of these components. */
export type SequenceValue<C> = {
  [K in keyof C as C[K] extends { optional: unknown } ? never : K]: ValueOf<C[K]>;
} & { [K in keyof C as C[K] extends { optional: unknown } ? K : never]?: ValueOf<C[K]> | undefined };
type AddedValue<A extends Additions> = { [K in keyof A]?: A[K]['Value'] | undefined };

interface Component {
  readonly name: string;
  readonly schema: AnySchema;
  readonly optional: boolean;
}

type Fields = Record<string | symbol, unknown>;

/** SEQUENCE, X.691 §18. All extension additions may be missing: an older version does not have them. */
export class SequenceSchema<T> extends Schema<T> {
  readonly kind = 'sequence';
  readonly components: readonly Component[];
  /** Extension additions, null where there is no extension marker. */
  readonly additions: readonly Component[] | null;
  private readonly optionals: number;

  constructor(root: Components, additions: Additions | null) {
    super();
    this.components = Object.entries(root).map(([name, part]) =>
      'optional' in part ? { name, schema: part.optional, optional: true } : { name, schema: part, optional: false },
    );
    const added = additions === null ? null : Object.entries(additions);
    this.additions = added?.map(([name, schema]) => ({ name, schema, optional: true })) ?? null;
    this.optionals = this.components.filter(({ optional }) => optional).length;
  }

  decode(reader: PerReader): T {
    const extended = this.additions !== null && reader.bit();
    let presence = reader.skip(this.optionals);
    const value: Fields = {};
    for (const { name, schema, optional } of this.components) {
      if (optional && !reader.bitAt(presence++)) continue;
      try {
        value[name] = schema.decode(reader);
      } catch (error) {
        throw inside(name, error);
      }
    }
    if (extended) this.decodeAdditions(reader, value, this.additions);
    return value as T;
  }

  /** The bitmap has the length of the sender's version, or ends at the last addition that is there. */
  private decodeAdditions(reader: PerReader, value: Fields, additions: readonly Component[]): void {
    const count = reader.normallySmallLength();
    const bitmap = reader.skip(count);
    const unknown: UnknownAddition[] = [];
    for (let index = 0; index < count; index++) {
      if (!reader.bitAt(bitmap + index)) continue;
      const addition = additions[index];
      if (addition === undefined) {
        unknown.push({ index, octets: reader.takeCounted() });
        continue;
      }
      try {
        value[addition.name] = reader.open((inner) => addition.schema.decode(inner));
      } catch (error) {
        throw inside(addition.name, error);
      }
    }
    if (unknown.length > 0) value[unknownAdditions] = unknown;
  }

  encode(writer: PerWriter, given: T): void {
    if (typeof given !== 'object' || given === null) throw writer.fault('not a sequence');
    const value = given as Fields;
    const last = this.lastAddition(writer, value);
    if (this.additions !== null) writer.bit(last >= 0);
    for (const { name, optional } of this.components) if (optional) writer.bit(value[name] !== undefined);
    for (const { name, schema, optional } of this.components) {
      const component = value[name];
      if (component === undefined && optional) continue;
      try {
        if (component === undefined) throw writer.fault('missing');
        schema.encode(writer, component);
      } catch (error) {
        throw inside(name, error);
      }
    }
    if (last >= 0) this.encodeAdditions(writer, value, last);
  }

  /** Number of the last addition that is there, -1 for none. */
  private lastAddition(writer: PerWriter, value: Fields): number {
    if (this.additions === null) return -1;
    const unknown = value[unknownAdditions] as UnknownAddition[] | undefined;
    if (unknown !== undefined) {
      const last = unknown.at(-1)?.index ?? -1;
      if (!(last >= this.additions.length && last < K64)) throw writer.fault('not unknown additions');
      return last;
    }
    return this.additions.findLastIndex(({ name }) => value[name] !== undefined);
  }

  /** The bitmap is as long as our version's, longer only for what a later one had sent. */
  private encodeAdditions(writer: PerWriter, value: Fields, last: number): void {
    const additions = this.additions as readonly Component[];
    const unknown = (value[unknownAdditions] ?? []) as UnknownAddition[];
    const count = Math.max(last + 1, additions.length);
    writer.normallySmallLength(count);
    for (const { name } of additions) writer.bit(value[name] !== undefined);
    const later = new Set(unknown.map(({ index }) => index));
    for (let index = additions.length; index < count; index++) writer.bit(later.has(index));
    for (const { name, schema } of additions) {
      if (value[name] === undefined) continue;
      try {
        const from = writer.beginOpen();
        schema.encode(writer, value[name]);
        writer.endOpen(from);
      } catch (error) {
        throw inside(name, error);
      }
    }
    for (const { octets } of unknown) writer.appendCounted(octets);
  }
}

/**
 * SEQUENCE { root } or, with additions, SEQUENCE { root, ..., additions }. An addition group `[[ a, b ]]` is an addition
 * that is itself a `sequence`: aligned PER writes it so, and its components are then found in an object of that name.
 */
export function sequence<R extends Components>(root: R): SequenceSchema<SequenceValue<R>>;
export function sequence<R extends Components, A extends Additions>(
  root: R,
  additions: A,
): SequenceSchema<SequenceValue<R> & AddedValue<A>>;
export function sequence(root: Components, additions?: Additions): SequenceSchema<unknown> {
  return new SequenceSchema(root, additions ?? null);
}
