import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import ts from 'typescript';

/** One import (or re-export) of a file. */
export interface Import {
  /** As written. */
  specifier: string;
  /** File from the root of the sources when it is one of ours, else null. */
  file: string | null;
  typeOnly: boolean;
  /** Imported names; empty for `import * as` and for side effects. */
  names: string[];
  line: number;
}

/** A parsed source file. `path` counts from the root of the sources, with `/`. */
export interface Source {
  path: string;
  tree: ts.SourceFile;
  imports: Import[];
}

/** Parses every .ts and .tsx file below `root`. */
export function readSources(root: string): Source[] {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && !path.endsWith('.config.ts'))
    .sort();
  return paths.map((path) => {
    const tree = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
    return { path, tree, imports: importsOf(root, path, tree) };
  });
}

/** Line of a node, from 1. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

function importsOf(root: string, path: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, names: string[]): void => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    const { text } = specifier;
    found.push({ specifier: text, file: resolve(root, path, text), typeOnly, names, line: lineOf(tree, specifier) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword, namesOf(node));
    }
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly, []);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, []);
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true, []);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function namesOf(node: ts.ImportDeclaration): string[] {
  const bindings = node.importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings) || node.importClause?.name) return [];
  return bindings.elements.filter((e) => !e.isTypeOnly).map((e) => (e.propertyName ?? e.name).text);
}

function resolve(root: string, from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const target = normalize(join(dirname(from), specifier));
  const bare = target.replace(/\.jsx?$/, '');
  for (const candidate of [`${bare}.ts`, `${bare}.tsx`, target, join(target, 'index.ts')]) {
    if (existsSync(join(root, candidate)) && /\.\w+$/.test(candidate)) return relative('.', candidate);
  }
  return target;
}
