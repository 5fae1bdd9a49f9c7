import ts from 'typescript';
import { within } from './imports.js';
import { forbiddenGlobals, forbiddenModules, harmlessNames, homes } from './rules-table.js';
import { lineOf, type Import, type Source } from './sources.js';

/** Uses of time, chance, network, files, processes, threads and the environment outside their homes. */
export function checkGlobals(sources: Source[]): string[] {
  return sources.flatMap((source) => {
    const allowed = Object.entries(homes).flatMap(([place, what]) => (within(source.path, place) ? what : []));
    return [...source.imports.flatMap((item) => moduleUse(item)), ...globalUses(source.tree)]
      .filter(({ what }) => !allowed.includes(what))
      .map(({ what, line }) => `${source.path}:${line}: ${what} is used outside its home`);
  });
}

interface Use {
  what: string;
  line: number;
}

function moduleUse(item: Import): Use[] {
  const name = item.specifier.replace(/^node:/, '').replace(/\/promises$/, '');
  if (item.typeOnly || !forbiddenModules.includes(name)) return [];
  if (item.names.length > 0 && item.names.every((n) => harmlessNames.has(n))) return [];
  return [{ what: name, line: item.line }];
}

function globalUses(tree: ts.SourceFile): Use[] {
  const uses: Use[] = [];
  const visit = (node: ts.Node): void => {
    const what = ts.isIdentifier(node) ? forbiddenUse(node) : null;
    if (what !== null) uses.push({ what, line: lineOf(tree, node) });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return uses;
}

/** The forbidden name this identifier stands for, when it is a use of the global and not a name of our own. */
function forbiddenUse(node: ts.Identifier): string | null {
  const { parent, text } = node;
  if (isTypeOrName(node)) return null;
  if (ts.isPropertyAccessExpression(parent)) {
    if (parent.name === node) {
      const ofGlobal = ts.isIdentifier(parent.expression) && parent.expression.text === 'globalThis';
      return ofGlobal && forbiddenGlobals.includes(text) ? text : null;
    }
    const member = `${text}.${parent.name.text}`;
    if (forbiddenGlobals.includes(member)) return member;
    return text !== 'Date' && forbiddenGlobals.includes(text) ? text : null;
  }
  if (text === 'Date') {
    const readsTime = ts.isNewExpression(parent) ? (parent.arguments?.length ?? 0) === 0 : ts.isCallExpression(parent);
    return readsTime ? text : null;
  }
  return forbiddenGlobals.includes(text) ? text : null;
}

function isTypeOrName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isTypeNode(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return true;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  const named = parent as ts.Node & { name?: ts.Node };
  return !ts.isPropertyAccessExpression(parent) && named.name === node;
}
