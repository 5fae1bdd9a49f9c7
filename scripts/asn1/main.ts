import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tables } from './tables.js';

// Writes the tables of src/protocol/h323 from the ASN.1 modules: `npm run asn1`.

const root = join(import.meta.dirname, '../..');
for (const [file, text] of await tables(join(import.meta.dirname, 'modules'))) {
  const path = join(root, 'src/protocol/h323', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const lines = readFileSync(path, 'utf8').split('\n').length;
  console.log(`${file}: ${lines} lines`);
}
