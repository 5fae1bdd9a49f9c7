import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** Every module that one imports at run time, itself included. */
function closure(url: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(url.pathname)) return seen;
  seen.add(url.pathname);
  const source = readFileSync(url, 'utf8');
  for (const [, from = ''] of source.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)';/gms)) {
    if (from.startsWith('.')) closure(new URL(from.replace(/\.js$/, '.ts'), url), seen);
    else seen.add(from);
  }
  return seen;
}

describe('bfcp in a browser', () => {
  for (const module of ['client-session', 'client', 'decode', 'encode']) {
    it(`${module} needs nothing of Node`, () => {
      const modules = [...closure(new URL(`../../../src/protocol/bfcp/${module}.ts`, import.meta.url))];
      assert.ok(modules.length > 1);
      assert.deepEqual(
        modules.filter((name) => !name.startsWith('/')),
        [],
      );
      for (const name of modules) {
        const code = readFileSync(name, 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
        assert.doesNotMatch(code, /\b(Buffer|process|require)\b/, name);
      }
    });
  }
});
