// Writes the generated parts of docs/: `npm run docs`. With --check it only says which are out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents } from './docs/documents.js';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');
for (const { path, text } of documents(root)) {
  if (readFileSync(join(root, path), 'utf8') === text) continue;
  if (check) {
    console.log(`${path} is out of date: npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(root, path), text);
    console.log(`${path} written`);
  }
}
