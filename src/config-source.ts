import { isNode, isPair, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';

/** A configuration text and where its keys stand. */
export interface SourceText {
  tree: unknown;
  /** Line of a path's key, from 1; of the nearest parent when the path itself is not written; 0 when nothing is. */
  lineOf(path: readonly PropertyKey[]): number;
  /** What is wrong with the YAML itself. */
  errors: string[];
}

/** Reads YAML; an empty text is an empty configuration. */
export function readYaml(text: string): SourceText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const errors = document.errors.map((error) => `(line ${lines.linePos(error.pos[0]).line}): ${error.message}`);
  return {
    tree: errors.length > 0 ? {} : ((document.toJS({ maxAliasCount: 100 }) as unknown) ?? {}),
    errors,
    lineOf: (path) => lineOf(document, lines, path),
  };
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const offset = offsetIn(parent, last);
    if (offset !== null) return lines.linePos(offset).line;
  }
  return 0;
}

function offsetIn(parent: unknown, key: PropertyKey | undefined): number | null {
  if (!isNode(parent) || !('items' in parent) || !Array.isArray(parent.items)) return null;
  const items: unknown[] = parent.items;
  const item =
    typeof key === 'number' ? items[key] : items.find((one) => isPair(one) && String(one.key) === String(key));
  const node: unknown = isPair(item) ? item.key : item;
  return isNode(node) && node.range ? node.range[0] : null;
}

type Issue = z.core.$ZodIssue;

/** A schema problem in words, with its path. A union's problem is that of the branch that fits best. */
export function describeIssue(issue: Issue): { path: PropertyKey[]; message: string }[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'this key does not exist' }));
    case 'invalid_value':
      return [{ path: issue.path, message: `expected one of ${issue.values.map(String).join(', ')}` }];
    case 'invalid_type':
      return [{ path: issue.path, message: `expected ${issue.expected}` }];
    case 'invalid_union': {
      // which kind it is says more than what every kind would have
      if ('options' in issue && Array.isArray(issue.options)) {
        const options: unknown[] = issue.options;
        return [{ path: issue.path, message: `expected one of ${options.map(String).join(', ')}` }];
      }
      const branches = issue.errors.map((branch) => branch.flatMap(describeIssue));
      const deepest = branches.sort((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
      if (deepest.length === 0) return [{ path: issue.path, message: 'expected another kind of value' }];
      return deepest.map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
    }
    default:
      return [{ path: issue.path, message: lowerFirst(issue.message) }];
  }
}

function depthOf(problems: { path: PropertyKey[] }[]): number {
  return Math.max(0, ...problems.map(({ path }) => path.length));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
