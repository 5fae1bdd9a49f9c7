import ts from 'typescript';
import { caps, longByNature } from './rules-table.js';
import { lineOf, type Source } from './sources.js';

/** Files and functions over their caps; tables and schemas may be long. */
export function checkSizes(sources: Source[]): string[] {
  return sources
    .filter(({ path }) => !longByNature.test(path))
    .flatMap((source) => [...fileSize(source), ...functionSizes(source)]);
}

function fileSize({ path, tree }: Source): string[] {
  const lines = tree.getLineAndCharacterOfPosition(tree.end).line;
  return lines > caps.file ? [`${path}: ${lines} lines, at most ${caps.file}`] : [];
}

function functionSizes({ path, tree }: Source): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const first = lineOf(tree, node);
      const last = tree.getLineAndCharacterOfPosition(node.end).line + 1;
      const lines = last - first + 1;
      if (lines > caps.function) found.push(`${path}:${first}: function of ${lines} lines, at most ${caps.function}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
