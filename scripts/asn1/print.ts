import { inOrder } from './order.js';
import type { Component, Definition, Module, Notation, Range } from './notation.js';

/** Where a module's table is written, and what it is. */
export interface Target {
  module: string;
  /** From src/protocol/h323. */
  file: string;
  title: string;
}

/** Where the builders of schemas are. */
const builders: Record<string, string> = {
  optional: 'schema',
  lazy: 'schema',
  'type Schema': 'schema',
  'type Infer': 'schema',
  'type AnySchema': 'schema',
  sequence: 'sequence',
  choice: 'choice',
  'type Choice': 'choice',
  'type ExtensibleChoice': 'choice',
  sequenceOf: 'list',
  enumerated: 'numbers',
  integer: 'numbers',
  extensibleInteger: 'numbers',
  BOOLEAN: 'numbers',
  NULL: 'numbers',
  OBJECT_IDENTIFIER: 'numbers',
  octetString: 'octets',
  bitString: 'octets',
  OPEN_TYPE: 'octets',
  'type Bits': 'octets',
  ia5String: 'characters',
  numericString: 'characters',
  printableString: 'characters',
  bmpString: 'characters',
  GENERAL_STRING: 'characters',
};

const identifier = (name: string): string => name.replaceAll('-', '_');
const key = (name: string): string => (name.includes('-') ? `'${name}'` : name);

/** Prints the table of a module, to be put into shape by prettier. */
export class Printer {
  private readonly used = new Set<string>();
  private readonly defined = new Map<string, Definition>();
  /** What of this module is already printed. */
  private readonly printed = new Set<string>();
  private forward: Set<string> = new Set();

  constructor(
    private readonly module: Module,
    private readonly target: Target,
    private readonly targets: readonly Target[],
    /** Parameterised types whose argument is on the wire: they are printed as functions. */
    private readonly functions: ReadonlySet<string>,
  ) {
    for (const definition of module.definitions) this.defined.set(definition.name, definition);
  }

  print(): string {
    const { definitions, forward } = inOrder(this.module.definitions);
    this.forward = forward;
    const body = definitions.map((definition) => this.definition(definition)).join('\n');
    const head = `// ${this.target.title}: the types of module ${this.module.name}.\n// Written by \`npm run asn1\` from scripts/asn1/modules; not to be edited.\n`;
    return `${this.imports(definitions)}\n\n${head}\n${body}`;
  }

  private use(name: string): string {
    this.used.add(name);
    return name.replace('type ', '');
  }

  private definition({ name, parameter, type }: Definition): string {
    const id = identifier(name);
    if (parameter !== null && this.functions.has(name)) {
      const any = this.use('type AnySchema');
      return `export const ${id} = <S extends ${any}>(${parameter}: S) => ${this.schema(type)};\n`;
    }
    const recursive = this.forward.has(name);
    const typed = recursive ? `: ${this.use('type Schema')}<${id}>` : '';
    const own = recursive ? this.type(type) : `${this.use('type Infer')}<typeof ${id}>`;
    const schema = this.schema(type);
    this.printed.add(name);
    return `export const ${id}${typed} = ${schema};\nexport type ${id} = ${own};\n`;
  }

  /** An expression for the schema. */
  private schema(type: Notation): string {
    switch (type.is) {
      case 'sequence':
      case 'choice': {
        const added = type.additions === null ? '' : `, ${this.components(type.additions, false)}`;
        return `${this.use(type.is)}(${this.components(type.root, type.is === 'sequence')}${added})`;
      }
      case 'list':
        return `${this.use('sequenceOf')}(${[this.schema(type.element), ...bounds(type.size)].join(', ')})`;
      case 'enumerated': {
        const lists = type.additions === null ? [type.names] : [type.names, type.additions];
        return `${this.use('enumerated')}(${lists.map((names) => JSON.stringify(names)).join(', ')})`;
      }
      case 'integer': {
        const how = type.extensible ? 'extensibleInteger' : 'integer';
        return `${this.use(how)}(${bounds(type.range, true).join(', ')})`;
      }
      case 'octets':
        return `${this.use('octetString')}(${bounds(type.size).join(', ')})`;
      case 'bits':
        return `${this.use('bitString')}(${bounds(type.size).join(', ')})`;
      case 'characters':
        return this.characters(type);
      case 'reference':
        return this.reference(type);
      default:
        return this.use(constants[type.is]);
    }
  }

  private components(components: Component[], withOptional: boolean): string {
    const lines = components.map(({ name, type, optional }) => {
      const schema = this.schema(type);
      return `${key(name)}: ${optional && withOptional ? `${this.use('optional')}(${schema})` : schema}`;
    });
    return lines.length === 0 ? '{}' : `{ ${lines.join(',')} }`;
  }

  private characters({ set, size, from }: Notation & { is: 'characters' }): string {
    const how = characterSets[set];
    const sizes = bounds(size, true);
    if (from === null) return `${this.use(how)}(${bounds(size).join(', ')})`;
    while (sizes.length < 2) sizes.push('undefined');
    return `${this.use(how)}(${[...sizes, JSON.stringify(from)].join(', ')})`;
  }

  private reference({ name, argument, size }: Notation & { is: 'reference' }): string {
    const definition = this.defined.get(name);
    if (size !== null) {
      // A size of a named type: its notation again with that size.
      if (!definition || !('size' in definition.type)) throw new Error(`SIZE of ${name}`);
      return this.schema({ ...definition.type, size });
    }
    const id = identifier(name);
    if (argument !== null && this.functions.has(name)) return `${id}(${this.schema(argument)})`;
    if (!definition || this.printed.has(name) || !this.forward.has(name)) return id;
    return `${this.use('lazy')}((): ${this.use('type Schema')}<${id}> => ${id})`;
  }

  /** The type of values, for types that contain themselves and so cannot be inferred. */
  private type(type: Notation): string {
    const named = (components: Component[], optional: (component: Component) => boolean): string =>
      components
        .map(
          (part) =>
            `${key(part.name)}${optional(part) ? '?' : ''}: ${this.type(part.type)}${optional(part) ? ' | undefined' : ''}`,
        )
        .join(';');
    switch (type.is) {
      case 'sequence':
        return `{ ${named(type.root, ({ optional }) => optional)}; ${named(type.additions ?? [], () => true)} }`;
      case 'choice': {
        const how = type.additions === null ? 'type Choice' : 'type ExtensibleChoice';
        return `${this.use(how)}<{ ${named([...type.root, ...(type.additions ?? [])], () => false)} }>`;
      }
      case 'list':
        return `${this.type(type.element)}[]`;
      case 'reference':
        return identifier(type.name);
      case 'enumerated':
        return [...type.names, ...(type.additions ?? [])].map((name) => `'${name}'`).join(' | ');
      case 'bits':
        return this.use('type Bits');
      default:
        return plainTypes[type.is];
    }
  }

  private imports(definitions: Definition[]): string {
    const lines = new Map<string, string[]>();
    const add = (from: string, name: string): void => void lines.set(from, [...(lines.get(from) ?? []), name]);
    for (const name of this.used) add(`../../asn1/${builders[name]}.js`, name);
    const referred = new Set(definitions.flatMap(({ type }) => wireReferences(type, this.functions)));
    for (const { name, from } of this.module.imports) {
      if (!referred.has(name)) continue;
      const target = this.targets.find(({ module }) => module === from);
      if (!target) throw new Error(`no module ${from}`);
      add(`../${target.file.replace('.ts', '.js')}`, identifier(name));
    }
    return [...lines]
      .sort()
      .map(([from, names]) => `import { ${names.sort().join(', ')} } from '${from}';`)
      .join('\n');
  }
}

/** References that the printed table makes: arguments that only describe are not among them. */
function wireReferences(type: Notation, functions: ReadonlySet<string>): string[] {
  switch (type.is) {
    case 'sequence':
    case 'choice':
      return [...type.root, ...(type.additions ?? [])].flatMap((part) => wireReferences(part.type, functions));
    case 'list':
      return wireReferences(type.element, functions);
    case 'reference': {
      const argument = type.argument && functions.has(type.name) ? wireReferences(type.argument, functions) : [];
      return [type.name, ...argument];
    }
    default:
      return [];
  }
}

/** Parameterised types of the modules whose argument is on the wire. */
export function functionsOf(modules: readonly Module[]): Set<string> {
  const definitions = modules.flatMap((module) => module.definitions);
  const functions = definitions.filter(
    ({ parameter, type }) => parameter !== null && wireReferences(type, new Set()).includes(parameter),
  );
  return new Set(functions.map(({ name }) => name));
}

const constants = {
  boolean: 'BOOLEAN',
  null: 'NULL',
  objectIdentifier: 'OBJECT_IDENTIFIER',
  generalString: 'GENERAL_STRING',
  open: 'OPEN_TYPE',
};

const characterSets = {
  IA5String: 'ia5String',
  NumericString: 'numericString',
  PrintableString: 'printableString',
  BMPString: 'bmpString',
};

const plainTypes = {
  integer: 'number',
  octets: 'Buffer',
  open: 'Buffer',
  characters: 'string',
  generalString: 'string',
  objectIdentifier: 'string',
  boolean: 'boolean',
  null: 'true',
};

/** Arguments for a range: nothing, one number for a fixed size, or two. */
function bounds(range: Range | null, both = false): string[] {
  if (range === null) return [];
  if (range.max === Infinity) return [String(range.min)];
  return range.min === range.max && !both ? [String(range.min)] : [String(range.min), String(range.max)];
}
