import { importRules, packageHomes, type ImportRule } from './rules-table.js';
import type { Import, Source } from './sources.js';

/** Edges that the import table does not allow, and packages outside their homes. */
export function checkImports(sources: Source[]): string[] {
  return sources.flatMap(({ path, imports }) =>
    imports.flatMap((item) => {
      const why = item.file === null ? packageProblem(path, item) : edgeProblem(path, item.file);
      return why === null ? [] : [`${path}:${item.line}: ${why}`];
    }),
  );
}

function edgeProblem(from: string, to: string): string | null {
  const rule = ruleFor(from);
  const home = isFile(rule.from) || rule.from === '' ? null : rule.from;
  if (home !== null && within(to, home) && !(home === 'services' && within(to, 'services/api'))) return null;
  // The files of `src/` itself compose: they see each other too.
  if (rule.from === '' && !to.includes('/')) return null;
  const allowed = rule.may.some((place) => within(to, place)) && !(rule.never ?? []).some((place) => within(to, place));
  return allowed ? null : `${rule.from === '' ? from : rule.from} must not import ${to}`;
}

function ruleFor(path: string): ImportRule {
  const fitting = importRules.filter((rule) => rule.from === '' || within(path, rule.from));
  // Of two rules for the same folder the later one counts, and the longest name before all.
  return fitting.reduce((best, rule) => (rule.from.length >= best.from.length ? rule : best));
}

function packageProblem(path: string, item: Import): string | null {
  if (item.specifier.startsWith('node:')) return null;
  const name = packageName(item.specifier);
  const key = Object.keys(packageHomes).find((k) => k === name || (k.endsWith('/') && name.startsWith(k)));
  if (key === undefined) return `the package ${name} has no home in scripts/architecture/rules-table.ts`;
  const home = packageHomes[key] ?? [];
  return home.some((place) => within(path, place)) ? null : `${name} belongs to ${home.join(', ')} only`;
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** Whether a path is the given file or lies in the given folder. */
export function within(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function isFile(name: string): boolean {
  return name.endsWith('.ts');
}
