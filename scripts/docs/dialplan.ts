import { z } from 'zod';
import { planSchema, ruleSchema } from '../../src/legs/admission/dialplan-schema.js';
import { table } from './sections.js';

type Json = z.core.JSONSchema.BaseSchema;

const conditions = ['dialled', 'uri', 'alias', 'domain', 'source', 'transport', 'listener', 'user', 'challenge'];

/** The keys of a rule as a Markdown table, conditions first. */
export function rulesTable(): string {
  const rows = Object.entries(jsonOf(ruleSchema, 'inline').properties ?? {}).map(([key, one]) => {
    const json = typeof one === 'boolean' ? {} : one;
    return [`\`${key}\``, conditions.includes(key) ? 'condition' : '', valuesOf(json), json.description ?? ''];
  });
  return table(['key', '', 'values', 'meaning'], rows);
}

/** The JSON Schema of the whole file, for editors. */
export function planJsonSchema(): string {
  return ['```json', JSON.stringify(jsonOf(planSchema, 'ref'), null, 2), '```'].join('\n');
}

function jsonOf(schema: z.ZodType, reused: 'inline' | 'ref'): Json {
  return z.toJSONSchema(schema, { io: 'input', reused });
}

function valuesOf(json: Json): string {
  const variants = (json.anyOf ?? json.oneOf ?? []).filter((one) => typeof one !== 'boolean');
  if (variants.length > 0) return [...new Set(variants.map(valuesOf))].join(', ');
  if (json.enum) return json.enum.map(String).join(', ');
  if (json.const !== undefined) return String(json.const);
  if (json.properties) return `{${Object.keys(json.properties).join(', ')}}`;
  if (json.type === 'array') return 'list';
  return json.type === 'boolean' ? `true, false` : 'text';
}
