import { checkCycles } from './cycles.js';
import { checkGlobals } from './globals.js';
import { checkImports } from './imports.js';
import { checkSizes } from './sizes.js';
import { readSources } from './sources.js';

/** Everything in the sources below `root` that breaks a rule of the house, one line each. */
export function checkSourceTree(root: string): string[] {
  const sources = readSources(root);
  return [...checkImports(sources), ...checkCycles(sources), ...checkGlobals(sources), ...checkSizes(sources)];
}

/** The rules that hold for scripts too: no cycles, caps on size. */
export function checkScripts(root: string): string[] {
  const sources = readSources(root);
  return [...checkCycles(sources), ...checkSizes(sources)];
}
