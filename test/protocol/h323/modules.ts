import { Schema, type AnySchema } from '../../../src/protocol/asn1/schema.js';
import * as h225 from '../../../src/protocol/h323/h225/schema.js';
import * as h235 from '../../../src/protocol/h323/h235/schema.js';
import * as h245 from '../../../src/protocol/h323/h245/schema.js';
import * as mediaTraversal from '../../../src/protocol/h323/h460/media-schema.js';
import * as signallingTraversal from '../../../src/protocol/h323/h460/signalling-schema.js';

const tables: Record<string, Record<string, unknown>> = {
  'H323-MESSAGES': h225,
  'MULTIMEDIA-SYSTEM-CONTROL': h245,
  'H235-SECURITY-MESSAGES': h235,
  'SIGNALLING-TRAVERSAL': signallingTraversal,
  'MEDIA-TRAVERSAL': mediaTraversal,
};

export const moduleNames = Object.keys(tables);

/** The schemas of a module by the names of the notation. */
export function schemasOf(module: string): Map<string, AnySchema> {
  const schemas = Object.entries(tables[module] ?? {}).filter(
    (entry): entry is [string, AnySchema] => entry[1] instanceof Schema,
  );
  return new Map(schemas.map(([name, schema]) => [name.replaceAll('_', '-'), schema]));
}

/** A type of a module by its name in the notation. */
export function schemaOf(module: string, type: string): AnySchema {
  const schema = schemasOf(module).get(type);
  if (!schema) throw new Error(`no type ${type} in ${module}`);
  return schema;
}
