import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { figuresTable, readFigures } from '../../scripts/bench/table.js';

describe('the document of the figures', () => {
  it('says the same after it was read: one bench renewed keeps what the others said', () => {
    const document = readFileSync(new URL('../../docs/figures.md', import.meta.url), 'utf8');
    const [, machine = '', node = '', commit = ''] =
      /^Machine: (.*)\. Node (.*)\. Commit (.*)\.$/m.exec(document) ?? [];
    const entries = Object.values(readFigures(document));
    assert.ok(entries.length > 10);
    assert.equal(figuresTable(entries, { machine, node, commit }), document);
  });
});
