import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseModule } from '../../scripts/asn1/notation.js';
import { tables } from '../../scripts/asn1/tables.js';

const root = resolve(import.meta.dirname, '../..');

describe('the tables of H.323', function () {
  this.timeout(60_000);

  it('are what `npm run asn1` makes of the modules', async () => {
    for (const [file, text] of await tables(join(root, 'scripts/asn1/modules'))) {
      const there = readFileSync(join(root, 'src/protocol/h323', file), 'utf8');
      assert.ok(there === text, `${file} is not up to date: npm run asn1`);
    }
  });

  it('are not made of what the reader does not understand', () => {
    const module = (body: string): string => `M DEFINITIONS AUTOMATIC TAGS ::= BEGIN ${body} END`;
    assert.throws(() => parseModule(module('A ::= REAL (0..1)')));
    assert.throws(() => parseModule(module('A ::= SEQUENCE { a lower }')), /lower is no type/);
    assert.throws(() => parseModule('M DEFINITIONS EXPLICIT TAGS ::= BEGIN END'), /expected AUTOMATIC/);
  });
});
