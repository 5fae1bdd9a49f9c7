import { z } from 'zod';
import { table } from './sections.js';

/** One setting as the documents show it. */
export interface Setting {
  /** Path as in messages, `[]` for the entries of a list, e.g. `sip.listen[].port`. */
  key: string;
  values: string;
  /** '' where there is none. */
  preset: string;
  meaning: string;
}

type Json = z.core.JSONSchema.BaseSchema;

/** Every setting of a configuration schema, in its order. */
export function settingsOf(schema: z.ZodType): Setting[] {
  return walk('', z.toJSONSchema(schema, { io: 'input' }), '');
}

/** The settings as a Markdown table. */
export function configurationTable(schema: z.ZodType): string {
  const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
  const rows = settingsOf(schema).map(({ key, values, preset, meaning }) => [code(key), values, code(preset), meaning]);
  return table(['key', 'values', 'default', 'meaning'], rows);
}

/** `when` says in which variant of a section a setting exists. */
function walk(key: string, schema: Json, when: string): Setting[] {
  const properties = schema.properties;
  if (properties && !isRange(schema)) {
    return Object.entries(properties).flatMap(([name, one]) =>
      typeof one === 'boolean' ? [] : walk(key === '' ? name : `${key}.${name}`, one, when),
    );
  }
  const variants = branches(schema);
  const kinds = variants.map(kindOf);
  if (kinds.length > 1 && kinds.every((kind) => kind !== null)) {
    const preset = (schema.default as { kind?: string } | undefined)?.kind ?? '';
    const self = { key, values: kinds.join(', '), preset, meaning: meaningOf(schema, when) };
    return [self, ...variants.flatMap((one) => walk(key, without(one, 'kind'), kindOf(one) ?? ''))];
  }
  const [object] = variants.filter((one) => one.properties && !isRange(one));
  if (object) return [leaf(key, schema, when), ...walk(key, object, when)];
  const list = variants.find((one) => one.type === 'array') ?? schema;
  const items = list.items;
  const self = leaf(key, schema, when);
  if (items && !Array.isArray(items) && typeof items !== 'boolean' && items.properties) {
    return [self, ...walk(`${key}[]`, items, when)];
  }
  return [self];
}

function leaf(key: string, schema: Json, when: string): Setting {
  return { key, values: valuesOf(schema), preset: presetOf(schema), meaning: meaningOf(schema, when) };
}

function meaningOf(schema: Json, when: string): string {
  return [schema.description ?? '', when === '' ? '' : `(${when})`].filter((text) => text !== '').join(' ');
}

function valuesOf(schema: Json): string {
  const variants = branches(schema);
  if (variants.length > 0) return [...new Set(variants.map(valuesOf))].join(', ');
  if (schema.enum) return schema.enum.map(String).join(', ');
  if (schema.const !== undefined) return String(schema.const);
  if (isRange(schema)) return '{from, to}';
  switch (schema.type) {
    case 'integer':
      return `${schema.minimum ?? ''}-${schema.maximum ?? ''}`;
    case 'boolean':
      return 'true, false';
    case 'array':
      return 'list';
    case 'object':
      return 'section';
    case 'null':
      return 'null';
    default:
      return 'text';
  }
}

/** As one writes it in YAML. */
function presetOf({ default: preset }: Json): string {
  if (preset === undefined || isEmptyObject(preset)) return '';
  if (Array.isArray(preset) && preset.length > 1) return `[${preset.map((one) => flow(one)).join(', ')}]`;
  return flow(preset);
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${name}: ${flow(one)}`)
    .join(', ')}}`;
}

function branches(schema: Json): Json[] {
  return (schema.oneOf ?? schema.anyOf ?? []).filter((one) => typeof one !== 'boolean');
}

function isRange({ properties }: Json): boolean {
  return properties !== undefined && Object.keys(properties).join() === 'from,to';
}

function kindOf({ properties }: Json): string | null {
  const kind = properties?.['kind'];
  return typeof kind === 'object' && typeof kind.const === 'string' ? kind.const : null;
}

function without(schema: Json, name: string): Json {
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([key]) => key !== name));
  return { ...schema, properties };
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
