import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { accountsInMemory, firstOf, secretsOf } from '../../../src/rooms/accounts.js';
import { StoreUnavailable, type StoreTrouble } from '../../../src/rooms/store-errors.js';
import type { Store } from '../../../src/rooms/store.js';
import { memoryStore } from '../../../src/services/store/memory-store.js';
import { openSqliteStore } from '../../../src/services/store/sqlite-store.js';
import { bindingOf, storeContract, userOf } from '../../contract/store.js';

let folder: string;
const file = (): string => join(folder, 'data', 'dualstream.db');

function inTrouble(trouble: StoreTrouble, words: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof StoreUnavailable);
    assert.equal(error.trouble, trouble);
    assert.match(error.message, words);
    return true;
  };
}

describe('stores', () => {
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'dualstream-store-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe('in memory', () => storeContract(() => Promise.resolve(memoryStore()), null));

  describe('in SQLite', () => {
    const reopen = async (store: Store): Promise<Store> => {
      await store.close();
      return openSqliteStore(file());
    };
    storeContract(() => openSqliteStore(file()), reopen);

    it('is for its owner only, and holds no password', async () => {
      const store = await openSqliteStore(file());
      await store.users.put(userOf('alice'), secretsOf(userOf('alice'), 'a secret word', 'example.com', []));
      for (const name of ['', '-wal', '-shm']) assert.equal(statSync(file() + name).mode & 0o777, 0o600, name);
      for (const name of ['', '-wal']) assert.ok(!readFileSync(file() + name).includes('a secret word'));
      await store.close();
    });

    it('closes the permissions of a file that was open to others', async () => {
      await (await openSqliteStore(file())).close();
      const { chmodSync } = await import('node:fs');
      chmodSync(file(), 0o644);
      await (await openSqliteStore(file())).close();
      assert.equal(statSync(file()).mode & 0o777, 0o600);
    });

    it('says when the disk is full, keeps what it had and works on when there is room', async () => {
      let store = await openSqliteStore(file(), { mostPages: 30 });
      await store.bindings.change({ put: [bindingOf('1')], remove: [] });
      const many = Array.from({ length: 500 }, (_, i) => bindingOf(`x${i}`));
      for (let again = 0; again < 2; again++) {
        await assert.rejects(
          store.bindings.change({ put: many, remove: ['1'] }),
          inTrouble('full', /the disk is full/),
        );
      }
      assert.deepEqual(await store.bindings.all(), [bindingOf('1')]);
      await store.bindings.change({ put: [bindingOf('2')], remove: ['1'] });
      store = await reopen(store);
      assert.deepEqual(await store.bindings.all(), [bindingOf('2')]);
      await store.close();
    });

    it('says when another process holds it, and goes on when that is done', async () => {
      const store = await openSqliteStore(file());
      const other = new Database(file());
      other.exec('begin immediate');
      await assert.rejects(
        store.bindings.change({ put: [bindingOf('1')], remove: [] }),
        inTrouble('busy', /another process/),
      );
      assert.deepEqual(await store.bindings.all(), [], 'reading goes on');
      other.exec('rollback');
      await store.bindings.change({ put: [bindingOf('1')], remove: [] });
      other.close();
      await store.close();
    });

    it('shows a user that another process adds at once', async () => {
      const [store, other] = [await openSqliteStore(file()), await openSqliteStore(file())];
      assert.equal(await store.users.find('alice'), null);
      await other.users.put(userOf('alice'), []);
      assert.equal((await store.users.find('alice'))?.name, 'alice');
      await other.close();
      await store.close();
    });

    it('says what is wrong with a file that it cannot use, and leaves it as it is', async () => {
      writeFileSync(join(folder, 'junk.db'), 'this is not a database, whatever its name says'.repeat(50));
      await assert.rejects(openSqliteStore(join(folder, 'junk.db')), inTrouble('damaged', /is damaged/));
      assert.match(readFileSync(join(folder, 'junk.db'), 'utf8'), /^this is not/);
      await assert.rejects(openSqliteStore(folder), inTrouble('read_only', /cannot be written/));
      await assert.rejects(
        openSqliteStore(join(folder, 'junk.db', 'x.db')),
        inTrouble('read_only', /cannot be written/),
      );
    });

    it('does not touch a file of a newer version', async () => {
      await (await openSqliteStore(file())).close();
      const raw = new Database(file());
      raw.exec("insert into kysely_migration values ('999-later', '2030-01-01')");
      raw.close();
      await assert.rejects(openSqliteStore(file()), inTrouble('newer', /newer version \(999-later\)/));
    });

    it('loses nothing that was confirmed when the process is killed', async () => {
      const script = `
        import { openSqliteStore } from '${new URL('../../../src/services/store/sqlite-store.ts', import.meta.url).href}';
        import { bindingOf } from '${new URL('../../contract/store.ts', import.meta.url).href}';
        const store = await openSqliteStore(${JSON.stringify(file())});
        for (let i = 0; ; i++) {
          await store.bindings.change({ put: [bindingOf('k' + i)], remove: [] });
          process.stdout.write(i + '\\n');
        }`;
      const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      for await (const chunk of child.stdout) {
        said += String(chunk);
        if (said.split('\n').length > 200) break;
      }
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      const confirmed = Number(said.trim().split('\n').at(-2));
      const store = await openSqliteStore(file());
      const kept = new Set((await store.bindings.all()).map(({ id }) => id));
      for (let i = 0; i <= confirmed; i++) assert.ok(kept.has(`k${i}`), `k${i} of ${confirmed}`);
      await store.close();
    }).timeout(10_000);
  });
});

describe('accounts', () => {
  it('of the configuration go before those of the store', async () => {
    const store = memoryStore();
    const mine = userOf('alice', ['1001']);
    await store.users.put(mine, secretsOf(mine, 'from the store', 'r', []));
    await store.users.put(userOf('bob'), secretsOf(userOf('bob'), 'pw', 'r', []));
    const configured = { user: userOf('alice', [], 'Configured'), secrets: [] };
    const all = firstOf(accountsInMemory([configured]), store.users);
    assert.equal((await all.find('alice'))?.display, 'Configured');
    const claim = { realm: 'r', algorithm: 'MD5' as const };
    assert.equal(await all.secret({ ...claim, username: 'alice' }), null, 'the same name lends no secret');
    assert.equal(await all.secret({ ...claim, username: '1001' }), null);
    assert.equal((await all.secret({ ...claim, username: 'bob@r' }))?.user.name, 'bob');
  });
});
