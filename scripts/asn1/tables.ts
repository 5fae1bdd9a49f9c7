import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { parseModule, type Module } from './notation.js';
import { functionsOf, Printer, type Target } from './print.js';

/** The modules and where their tables are. */
export const targets: readonly Target[] = [
  { module: 'H235-SECURITY-MESSAGES', file: 'h235/schema.ts', title: 'H.235.0' },
  { module: 'MULTIMEDIA-SYSTEM-CONTROL', file: 'h245/schema.ts', title: 'H.245 version 17' },
  { module: 'H323-MESSAGES', file: 'h225/schema.ts', title: 'H.225.0 version 8' },
  { module: 'SIGNALLING-TRAVERSAL', file: 'h460/signalling-schema.ts', title: 'H.460.18' },
  { module: 'MEDIA-TRAVERSAL', file: 'h460/media-schema.ts', title: 'H.460.19' },
];

/** The tables as they are to be checked in: file below src/protocol/h323, text. */
export async function tables(modules: string): Promise<[file: string, text: string][]> {
  const options = await prettier.resolveConfig(join(import.meta.dirname, 'tables.ts'));
  const read = targets.map(({ module }) => parseModule(readFileSync(join(modules, `${module}.asn`), 'utf8')));
  const functions = functionsOf(read);
  return Promise.all(
    targets.map(async (target, index): Promise<[string, string]> => {
      const text = new Printer(read[index] as Module, target, targets, functions).print();
      return [target.file, await prettier.format(text, { ...options, parser: 'typescript' })];
    }),
  );
}
