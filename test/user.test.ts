import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestSecret } from '../src/protocol/sip-values/digest.js';
import { databaseFile } from '../src/services/store/file.js';
import { openSqliteStore } from '../src/services/store/sqlite-store.js';
import { Mistake, userCommand } from '../src/user-command.js';

describe('npm run user', () => {
  const directory = mkdtempSync(join(tmpdir(), 'user-'));
  const file = join(directory, 'c.yaml');
  after(() => rmSync(directory, { recursive: true, force: true }));

  const user = async (input: string, ...words: string[]): Promise<{ mistake: string | null; said: string }> => {
    const said: string[] = [];
    const machine = {
      env: {},
      readFile: (path: string) => readFileSync(path, 'utf8'),
      password: () => Promise.resolve(input),
      say: (text: string) => void said.push(text),
    };
    try {
      await userCommand([...words, '--config', file], machine);
      return { mistake: null, said: said.join('\n') };
    } catch (error) {
      assert.ok(error instanceof Mistake, String(error));
      return { mistake: error.message, said: said.join('\n') };
    }
  };

  it('keeps users with hashes of their password, lists and removes them', async () => {
    const data = join(directory, 'data');
    writeFileSync(file, `dataDir: ${data}\nsip: {domains: [example.com], users: [{name: carol, password: p}]}\n`);
    const added = await user('wonder land', 'add', 'alice', '--display', 'Alice L.', '--alias', '1001');
    assert.deepEqual(added, { mistake: null, said: 'alice may register now; the realm is example.com.' });
    const store = await openSqliteStore(databaseFile(data));
    const claim = { username: '1001@example.com', realm: 'example.com', algorithm: 'SHA-256' as const };
    const known = await store.users.secret(claim);
    assert.deepEqual(known?.user, { name: 'alice', display: 'Alice L.', aliases: ['1001'] });
    assert.equal(known.ha1, digestSecret('SHA-256', claim.username, claim.realm, 'wonder land'));
    await store.close();
    assert.equal((await user('', 'list')).said, 'alice  "Alice L."  1001');
    assert.equal((await user('', 'remove', 'alice')).mistake, null);
    assert.match((await user('', 'remove', 'alice')).mistake ?? '', /no user alice/);
    assert.equal((await user('', 'list')).said, '');
  });

  it('says what is wrong', async () => {
    writeFileSync(file, `dataDir: ${join(directory, 'other')}\nsip: {users: [{name: carol, password: p}]}\n`);
    assert.match((await user('', 'add', 'bob')).mistake ?? '', /password is empty/);
    assert.match((await user('x', 'add', 'carol')).mistake ?? '', /carol is a user of the configuration/);
    assert.match((await user('x', 'add', 'bob', '--alias', 'carol')).mistake ?? '', /carol is a user of the config/);
    assert.match((await user('x', 'add', 'a b')).mistake ?? '', /a name has 1 to 64/);
    assert.match((await user('', 'drop', 'alice')).mistake ?? '', /npm run user -- add/);
    assert.match((await user('', 'list', '--nonsense')).mistake ?? '', /nonsense/);
    assert.equal((await user('', 'list')).said, '');
  });
});
