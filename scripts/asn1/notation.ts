/** Types of the notation of X.680, as far as the modules of H.323 use it. */
export type Notation =
  | { is: 'sequence'; root: Component[]; additions: Component[] | null }
  | { is: 'choice'; root: Component[]; additions: Component[] | null }
  | { is: 'list'; element: Notation; size: Range | null }
  | { is: 'enumerated'; names: string[]; additions: string[] | null }
  | { is: 'integer'; range: Range | null; extensible: boolean }
  | { is: 'octets' | 'bits'; size: Range | null }
  | { is: 'characters'; set: CharacterSet; size: Range | null; from: string | null }
  | { is: 'boolean' | 'null' | 'objectIdentifier' | 'generalString' | 'open' }
  | { is: 'reference'; name: string; argument: Notation | null; size: Range | null };

export type CharacterSet = 'IA5String' | 'NumericString' | 'PrintableString' | 'BMPString';

/** SIZE or value range; `max` Infinity for MAX. */
export interface Range {
  min: number;
  max: number;
}

export interface Component {
  name: string;
  type: Notation;
  optional: boolean;
}

export interface Definition {
  name: string;
  /** Name of the one dummy reference of a parameterised type. */
  parameter: string | null;
  type: Notation;
}

export interface Module {
  name: string;
  imports: { name: string; from: string }[];
  definitions: Definition[];
}

const token =
  /--.*?(?:--|$)|"[^"]*"|::=|\.\.\.|\.\.|\[\[|\]\]|[A-Za-z&][A-Za-z0-9&.-]*(?<![.-])|-?\d+|[{}()[\],;^|.:@!<]/gm;

/** Words and signs of a text in the notation, without comments. */
class Tokens {
  private readonly tokens: string[];
  private at = 0;

  constructor(text: string) {
    this.tokens = [...text.matchAll(token)].map(([word]) => word).filter((word) => !word.startsWith('--'));
  }

  get ahead(): string {
    return this.tokens[this.at] ?? '';
  }

  peek(distance: number): string {
    return this.tokens[this.at + distance] ?? '';
  }

  next(): string {
    return this.tokens[this.at++] ?? '';
  }

  take(word: string): boolean {
    if (this.ahead !== word) return false;
    this.at++;
    return true;
  }

  expect(...words: string[]): void {
    for (const word of words) {
      if (!this.take(word)) {
        const around = this.tokens.slice(Math.max(0, this.at - 12), this.at + 3).join(' ');
        throw new Error(`expected ${word} instead of ${this.ahead} in ... ${around}`);
      }
    }
  }

  /** Skips over a bracket and what it holds. */
  skipBracket(open: string, close: string): void {
    this.expect(open);
    for (let depth = 1; depth > 0;) {
      const word = this.next();
      if (word === open) depth++;
      else if (word === close) depth--;
      else if (word === '') throw new Error(`${open} is not closed`);
    }
  }
}

/** Reads a module. */
export function parseModule(text: string): Module {
  const tokens = new Tokens(text);
  const name = tokens.next();
  if (tokens.ahead === '{') tokens.skipBracket('{', '}');
  tokens.expect('DEFINITIONS', 'AUTOMATIC', 'TAGS', '::=', 'BEGIN');
  const imports = tokens.take('IMPORTS') ? parseImports(tokens) : [];
  const definitions: Definition[] = [];
  while (!tokens.take('END')) definitions.push(parseDefinition(tokens));
  return { name, imports, definitions };
}

function parseImports(tokens: Tokens): Module['imports'] {
  const imports: Module['imports'] = [];
  let names: string[] = [];
  while (!tokens.take(';')) {
    const word = tokens.next();
    if (word === '{') tokens.expect('}');
    else if (word === 'FROM') {
      const from = tokens.next();
      imports.push(...names.map((name) => ({ name, from })));
      names = [];
    } else if (word !== ',') names.push(word);
  }
  return imports;
}

function parseDefinition(tokens: Tokens): Definition {
  const name = tokens.next();
  let parameter: string | null = null;
  if (tokens.take('{')) {
    parameter = tokens.next();
    tokens.expect('}');
  }
  tokens.expect('::=');
  return { name, parameter, type: parseType(tokens) };
}

const simple: Record<string, 'boolean' | 'null' | 'generalString'> = {
  BOOLEAN: 'boolean',
  NULL: 'null',
  GeneralString: 'generalString',
};

function parseType(tokens: Tokens): Notation {
  const type = parseUnconstrained(tokens, tokens.next());
  // A second constraint in brackets narrows the first.
  while (tokens.ahead === '(') constrain(type, tokens);
  return type;
}

function parseUnconstrained(tokens: Tokens, word: string): Notation {
  const known = simple[word];
  if (known !== undefined) return { is: known };
  switch (word) {
    case 'SEQUENCE':
    case 'SET':
      if (word === 'SEQUENCE' && tokens.ahead === '{') return { is: 'sequence', ...parseComponents(tokens) };
      return parseList(tokens);
    case 'CHOICE':
      return { is: 'choice', ...parseComponents(tokens) };
    case 'ENUMERATED':
      return parseEnumerated(tokens);
    case 'INTEGER':
      return { is: 'integer', range: null, extensible: false };
    case 'OCTET':
      tokens.expect('STRING');
      return { is: 'octets', size: null };
    case 'BIT':
      tokens.expect('STRING');
      return { is: 'bits', size: null };
    case 'OBJECT':
      tokens.expect('IDENTIFIER');
      return { is: 'objectIdentifier' };
    case 'IA5String':
    case 'NumericString':
    case 'PrintableString':
    case 'BMPString':
      return { is: 'characters', set: word, size: null, from: null };
    case 'TYPE-IDENTIFIER.&Type':
      tokens.skipBracket('(', ')');
      return { is: 'open' };
    default:
      return parseReference(tokens, word);
  }
}

function parseReference(tokens: Tokens, name: string): Notation {
  if (!/^[A-Z]/.test(name)) throw new Error(`${name} is no type`);
  let argument: Notation | null = null;
  if (tokens.take('{')) {
    argument = parseType(tokens);
    tokens.expect('}');
  }
  return { is: 'reference', name, argument, size: null };
}

function parseList(tokens: Tokens): Notation {
  const bracket = tokens.take('(');
  const size = tokens.take('SIZE') ? parseRange(tokens) : null;
  if (bracket) tokens.expect(')');
  tokens.expect('OF');
  return { is: 'list', size, element: parseType(tokens) };
}

/** Components up to the closing bracket. A second root after a second marker is written together with the first. */
function parseComponents(tokens: Tokens): { root: Component[]; additions: Component[] | null } {
  tokens.expect('{');
  const root: Component[] = [];
  let additions: Component[] | null = null;
  let markers = 0;
  while (!tokens.take('}')) {
    if (tokens.take('...')) {
      markers++;
      additions ??= [];
    } else if (tokens.take('[[')) additions?.push(parseGroup(tokens, additions.length));
    else (markers === 1 && additions ? additions : root).push(parseComponent(tokens));
    tokens.take(',');
  }
  return { root, additions };
}

function parseComponent(tokens: Tokens): Component {
  const name = tokens.next();
  return { name, type: parseType(tokens), optional: tokens.take('OPTIONAL') };
}

/** `[[ version: a, b ]]` is written like a SEQUENCE. */
function parseGroup(tokens: Tokens, index: number): Component {
  if (tokens.peek(1) === ':') tokens.expect(tokens.ahead, ':');
  const root: Component[] = [];
  while (!tokens.take(']]')) {
    root.push(parseComponent(tokens));
    tokens.take(',');
  }
  return { name: `group${index}`, optional: true, type: { is: 'sequence', root, additions: null } };
}

function parseEnumerated(tokens: Tokens): Notation {
  tokens.expect('{');
  const root: { name: string; value: number }[] = [];
  let additions: string[] | null = null;
  while (!tokens.take('}')) {
    const name = tokens.next();
    if (name === '...') additions = [];
    else {
      let value = root.length;
      if (tokens.take('(')) {
        value = Number(tokens.next());
        tokens.expect(')');
      }
      if (additions) additions.push(name);
      else root.push({ name, value });
    }
    tokens.take(',');
  }
  root.sort((a, b) => a.value - b.value);
  return { is: 'enumerated', names: root.map(({ name }) => name), additions };
}

/** Applies a constraint in brackets; those that change nothing on the wire are skipped. */
function constrain(type: Notation, tokens: Tokens): void {
  const first = tokens.peek(1);
  if (first === 'CONSTRAINED' || first === 'WITH') return tokens.skipBracket('(', ')');
  tokens.expect('(');
  do {
    if (tokens.take('SIZE')) setSize(type, parseRange(tokens));
    else if (tokens.take('FROM')) setAlphabet(type, tokens);
    else if (type.is === 'integer') {
      type.range = parseBounds(tokens);
      if (tokens.take(',')) {
        tokens.expect('...');
        type.extensible = true;
      }
    } else throw new Error(`a constraint of ${type.is}: ${tokens.ahead}`);
  } while (tokens.take('^'));
  tokens.expect(')');
}

function setSize(type: Notation, size: Range): void {
  if (!('size' in type)) throw new Error(`SIZE of ${type.is}`);
  type.size = size;
}

function setAlphabet(type: Notation, tokens: Tokens): void {
  if (type.is !== 'characters') throw new Error(`FROM of ${type.is}`);
  tokens.expect('(');
  type.from = tokens.next().slice(1, -1);
  tokens.expect(')');
}

function parseRange(tokens: Tokens): Range {
  tokens.expect('(');
  const range = parseBounds(tokens);
  tokens.expect(')');
  return range;
}

function parseBounds(tokens: Tokens): Range {
  const min = Number(tokens.next());
  if (!tokens.take('..')) return { min, max: min };
  const most = tokens.next();
  return { min, max: most === 'MAX' ? Infinity : Number(most) };
}
