import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documents } from '../scripts/docs/documents.js';
import { undescribedMetrics } from '../scripts/docs/metrics.js';
import { readDialplan } from '../src/legs/admission/dialplan.js';
import { fill, NoSuchSection, table } from '../scripts/docs/sections.js';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the documents', () => {
  for (const name of ['operations', 'api', 'dialplan', 'interop']) {
    it(`say what the code says: docs/${name}.md (npm run docs)`, () => {
      const path = `docs/${name}.md`;
      assert.equal(read(path), documents(root).find((one) => one.path === path)?.text);
    });
  }

  it('give examples of dial plans that can be used (docs/dialplan.md)', () => {
    const examples = [...read('docs/dialplan.md').matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    const plans = examples.filter((text) => !text.includes('"$schema"'));
    assert.equal(plans.length, 3);
    const networks = [{ name: 'office', addresses: ['198.51.100.0/24'], trusted: true }];
    for (const text of plans)
      readDialplan(text, { networks, listeners: ['inside'], trunks: ['pstn'], registrations: ['campus'] });
  });

  it('describe every metric and none that is gone (scripts/docs/metrics.ts)', () => {
    assert.deepEqual(undescribedMetrics(root), []);
  });

  it('name only files that exist in the map of the standards', () => {
    const missing: string[] = [];
    let named = 0;
    for (const row of read('docs/spec-map.md').split('\n')) {
      const cells = row.split('|');
      // a name without a folder is in that of the name before it
      let folder = '';
      for (const [, name = ''] of (cells[3] ?? '').matchAll(/`([^`]+)`/g)) {
        const path = name.includes('/') ? name : `${folder}/${name}`;
        named++;
        folder = path.endsWith('/') ? path.slice(0, -1) : dirname(path);
        if (!existsSync(join(root, 'src', path))) missing.push(path);
      }
    }
    assert.deepEqual(missing, []);
    assert.ok(named > 50, `${named} names were read`);
  });

  it('link only to files that exist', () => {
    const files = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
    const dead = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
          .map(([, target = '']) => join(dirname(file), target))
          .filter((target) => !existsSync(join(root, target))),
      );
    assert.deepEqual(dead, []);
  });

  it('mention only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const texts = ['README.md', 'CONTRIBUTING.md', 'docs/operations.md', 'docs/endpoint.md'].map(read).join('\n');
    const mentioned = [...texts.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    assert.deepEqual(
      mentioned.filter((name) => !(name in scripts)),
      [],
    );
  });

  it('keep what people wrote around what is generated, and miss nothing', () => {
    const document = 'a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n';
    assert.equal(fill(document, { x: 'new' }), 'a\n<!-- generated: x -->\n\nnew\n\n<!-- end -->\nb\n');
    assert.equal(fill(fill(document, { x: 'new' }), { x: 'new' }), fill(document, { x: 'new' }));
    assert.throws(() => fill(document, {}), NoSuchSection);
    assert.throws(() => fill(document, { x: '', y: '' }), NoSuchSection);
    assert.equal(table(['a'], [['1|2\n3']]), '| a |\n|---|\n| 1\\|2 3 |');
  });
});
