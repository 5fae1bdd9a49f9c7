import { inside } from './fault.js';
import type { PerReader } from './reader.js';
import { Schema, type AnySchema, type Infer } from './schema.js';
import { Size } from './size.js';
import type { PerWriter } from './writer.js';

/** SEQUENCE OF and SET OF, which aligned PER writes alike (X.691 §19, §21). */
export class ListSchema<T> extends Schema<T[]> {
  readonly kind = 'list';

  constructor(
    readonly element: Schema<T>,
    readonly size: Size,
  ) {
    super();
  }

  decode(reader: PerReader): T[] {
    const list: T[] = [];
    try {
      this.size.read(reader, (count) => {
        reader.countElements(count);
        for (let i = 0; i < count; i++) list.push(this.element.decode(reader));
      });
    } catch (error) {
      throw inside(String(list.length), error);
    }
    return list;
  }

  encode(writer: PerWriter, value: readonly T[]): void {
    if (!Array.isArray(value)) throw writer.fault('not a list');
    let i = 0;
    try {
      this.size.write(writer, value.length, (from, to) => {
        for (i = from; i < to; i++) this.element.encode(writer, value[i] as T);
      });
    } catch (error) {
      throw inside(String(i), error);
    }
  }
}

/** SEQUENCE (SIZE (min..max)) OF element. */
export function sequenceOf<S extends AnySchema>(element: S, min?: number, max?: number): ListSchema<Infer<S>> {
  return new ListSchema(element, Size.of(min, max));
}

/** SET (SIZE (min..max)) OF element: an array whose order means nothing. */
export const setOf = sequenceOf;
