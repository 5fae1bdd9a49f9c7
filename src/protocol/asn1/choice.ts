import { inside } from './fault.js';
import type { PerReader } from './reader.js';
import { Schema, type AnySchema, type Infer } from './schema.js';
import type { PerWriter } from './writer.js';

/** An alternative that a later version added: its number among the additions and its encoding. */
export interface UnknownAlternative {
  index: number;
  octets: Buffer;
}

/** Values of a CHOICE of these alternatives: an object with one of them. */
export type Choice<A> = { [K in keyof A]: { [P in K]: A[P] } & { [P in Exclude<keyof A, K>]?: undefined } }[keyof A];

/** Values of a CHOICE with an extension marker. */
export type ExtensibleChoice<A> = Choice<A & { unknownAlternative: UnknownAlternative }>;

type Alternatives = Record<string, AnySchema>;
type ValuesOf<A extends Alternatives> = { [K in keyof A]: Infer<A[K]> };

/** Names of the alternatives of a choice. */
export type NameOf<T> = T extends unknown ? { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T] : never;

/** The name of the chosen alternative, for a switch. */
export function chosen<T extends object>(choice: T): NameOf<T> {
  return Object.keys(choice).find((name) => choice[name as keyof T] !== undefined) as NameOf<T>;
}

/** CHOICE, X.691 §22, with automatic tags: the order is that of the notation. */
export class ChoiceSchema<T> extends Schema<T> {
  readonly kind = 'choice';
  readonly names: readonly string[];
  readonly addedNames: readonly string[];
  private readonly schemas: readonly AnySchema[];
  private readonly added: readonly AnySchema[];
  private readonly indices = new Map<string, number>();

  constructor(
    readonly root: Alternatives,
    /** null where there is no extension marker. */
    readonly additions: Alternatives | null,
  ) {
    super();
    this.names = Object.keys(root);
    this.schemas = Object.values(root);
    this.addedNames = Object.keys(additions ?? {});
    this.added = Object.values(additions ?? {});
    for (const name of [...this.names, ...this.addedNames]) this.indices.set(name, this.indices.size);
  }

  decode(reader: PerReader): T {
    if (this.additions !== null && reader.bit()) return this.addition(reader);
    const index = reader.constrained(0, this.names.length - 1);
    const name = this.names[index] as string;
    try {
      return { [name]: (this.schemas[index] as AnySchema).decode(reader) } as T;
    } catch (error) {
      throw inside(name, error);
    }
  }

  private addition(reader: PerReader): T {
    const index = reader.normallySmall();
    const schema = this.added[index];
    if (schema === undefined) return { unknownAlternative: { index, octets: reader.takeCounted() } } as T;
    const name = this.addedNames[index] as string;
    try {
      return { [name]: reader.open((inner) => schema.decode(inner)) } as T;
    } catch (error) {
      throw inside(name, error);
    }
  }

  encode(writer: PerWriter, value: T): void {
    const name = this.nameIn(writer, value);
    const chosenValue = (value as Record<string, unknown>)[name];
    try {
      if (name === 'unknownAlternative') return this.encodeUnknown(writer, chosenValue as UnknownAlternative);
      const index = this.indices.get(name) as number;
      const added = index - this.names.length;
      if (this.additions !== null) writer.bit(added >= 0);
      if (added < 0) {
        writer.constrained(index, 0, this.names.length - 1);
        (this.schemas[index] as AnySchema).encode(writer, chosenValue);
        return;
      }
      writer.normallySmall(added);
      const from = writer.beginOpen();
      (this.added[added] as AnySchema).encode(writer, chosenValue);
      writer.endOpen(from);
    } catch (error) {
      throw inside(name, error);
    }
  }

  /** The one property that is there. */
  private nameIn(writer: PerWriter, value: T): string {
    if (typeof value !== 'object' || value === null) throw writer.fault('not a choice');
    let found: string | null = null;
    for (const [name, held] of Object.entries(value)) {
      if (held === undefined) continue;
      const known = this.indices.has(name) || (name === 'unknownAlternative' && this.additions !== null);
      if (!known || found !== null) throw writer.fault(`${name} is ${known ? 'a second' : 'no'} alternative`);
      found = name;
    }
    if (found === null) throw writer.fault('no alternative is chosen');
    return found;
  }

  private encodeUnknown(writer: PerWriter, { index, octets }: UnknownAlternative): void {
    if (!Number.isSafeInteger(index) || index < 0 || !(octets instanceof Uint8Array))
      throw writer.fault('not an unknown alternative');
    writer.bit(true);
    writer.normallySmall(index);
    writer.appendCounted(octets);
  }
}

/** CHOICE { root } or, with additions, CHOICE { root, ..., additions }. */
export function choice<R extends Alternatives>(root: R): ChoiceSchema<Choice<ValuesOf<R>>>;
export function choice<R extends Alternatives, A extends Alternatives>(
  root: R,
  additions: A,
): ChoiceSchema<ExtensibleChoice<ValuesOf<R> & ValuesOf<A>>>;
export function choice(root: Alternatives, additions?: Alternatives): ChoiceSchema<unknown> {
  return new ChoiceSchema(root, additions ?? null);
}
