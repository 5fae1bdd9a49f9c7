import type { PerReader } from './reader.js';
import type { PerWriter } from './writer.js';

/**
 * An ASN.1 type as a value, with the type of its values beside it. How values look:
 *
 * - SEQUENCE: an object; a component that is OPTIONAL or an extension addition may be missing.
 * - CHOICE: an object with one property, the chosen alternative: `{ ipAddress: { ip, port } }`. Any alternative can be
 *   asked for (`address.ipAddress?.port`); `chosen(address)` gives the name for a switch.
 * - NULL: `true`, so that `if (connect.fastConnectRefused)` and `if (goal.create)` mean what they say.
 * - ENUMERATED: the name. BOOLEAN, INTEGER: boolean, number. OBJECT IDENTIFIER: text with dots.
 * - OCTET STRING and open types: a Buffer, when decoded a view of the input. BIT STRING: `Bits`.
 * - Character strings: text.
 */
export abstract class Schema<T> {
  /** Carries the type; there is no such property. */
  declare readonly Value: T;
  abstract readonly kind: string;
  abstract decode(reader: PerReader): T;
  abstract encode(writer: PerWriter, value: T): void;
}

/** The type of a schema's values. */
export type Infer<S extends Schema<unknown>> = S['Value'];

/** A schema of any values. */
export type AnySchema = Schema<unknown>;

/** A component that may be missing. */
export interface OptionalComponent<S extends AnySchema> {
  readonly optional: S;
}

/** OPTIONAL. Extension additions are so without it. */
export function optional<S extends AnySchema>(schema: S): OptionalComponent<S> {
  return { optional: schema };
}

/** A type by its later definition, for types that contain themselves; counted against the limit on depth. */
export class Lazy<T> extends Schema<T> {
  readonly kind = 'lazy';
  private found: Schema<T> | undefined;

  constructor(private readonly find: () => Schema<T>) {
    super();
  }

  get target(): Schema<T> {
    return (this.found ??= this.find());
  }

  decode(reader: PerReader): T {
    if (reader.depth >= reader.limits.depth) throw reader.fault('unsupported', `nested more than ${reader.depth} deep`);
    reader.depth++;
    const value = this.target.decode(reader);
    reader.depth--;
    return value;
  }

  encode(writer: PerWriter, value: T): void {
    writer.descend();
    this.target.encode(writer, value);
    writer.ascend();
  }
}

export const lazy = <T>(find: () => Schema<T>): Lazy<T> => new Lazy(find);
