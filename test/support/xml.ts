/** An element as a strict reader sees it. */
export interface Node {
  name: string;
  attributes: Record<string, string>;
  children: Node[];
  text: string;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads a document of elements, attributes and text, or throws: knows nothing of the writer that it is held against. */
export function readXml(text: string): Node {
  const tokens = /^<\?xml version="1\.0" encoding="UTF-8"\?>/.exec(text);
  if (!tokens) throw new Error('no XML declaration');
  let at = tokens[0].length;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${text.slice(at, at + 40)}`);
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const unescape = (raw: string): string => {
    if (/[<]|&(?!#\d+;|\w+;)/.test(raw)) fail('a bare sign');
    return raw.replace(/&(#\d+|\w+);/g, (_, name: string) =>
      name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : (entities[name] ?? fail(`entity ${name}`)),
    );
  };
  const element = (): Node => {
    const open = take(/<([a-z][\w-]*)/y) ?? fail('no element');
    const node: Node = { name: open[1] ?? '', attributes: {}, children: [], text: '' };
    for (let pair = take(/ ([\w:-]+)="([^"<]*)"/y); pair; pair = take(/ ([\w:-]+)="([^"<]*)"/y)) {
      const [, key = '', value = ''] = pair;
      if (key in node.attributes) fail('an attribute twice');
      node.attributes[key] = unescape(value);
    }
    if (take(/\/>/y)) return node;
    if (!take(/>/y)) fail('no end of tag');
    for (;;) {
      const end = take(/<\/([\w-]+)>/y);
      if (end) return end[1] === node.name ? node : fail('another element ends');
      const words = take(/[^<]+/y);
      if (words) node.text += unescape(words[0]);
      else node.children.push(element());
    }
  };
  const root = element();
  if (at !== text.length) fail('something follows');
  return root;
}

/** Children of one name. */
export function all(node: Node, name: string): Node[] {
  return node.children.filter((child) => child.name === name);
}

/** Elements of this name anywhere below. */
export function below(node: Node, name: string): Node[] {
  return node.children.flatMap((child) => [...(child.name === name ? [child] : []), ...below(child, name)]);
}

/** Text of the first element at a path, or null. */
export function textAt(node: Node, ...path: string[]): string | null {
  const [name, ...rest] = path;
  if (name === undefined) return node.text;
  const child = node.children.find((one) => one.name === name);
  return child ? textAt(child, ...rest) : null;
}
