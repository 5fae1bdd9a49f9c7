import assert from 'node:assert/strict';
import { secretsOf } from '../../src/rooms/accounts.js';
import { NameTaken } from '../../src/rooms/store-errors.js';
import type { Binding, Store, User } from '../../src/rooms/store.js';

/** A user as stores take it. */
export function userOf(name: string, aliases: string[] = [], display: string | null = null): User {
  return { name, display, aliases };
}

/** A registration with values of every kind. */
export function bindingOf(id: string, more: Partial<Binding> = {}): Binding {
  return {
    ...{ id, user: 'alice', contact: 'sip:alice@192.0.2.4:5062;transport=tcp;ob', params: ';methods="INVITE,\u00e4"' },
    ...{ q: 700, instance: '"<urn:uuid:0C67446E-F1A1-11D9-94D3-000A95A0E128>"', regId: 1, agent: "O'Brien 1" },
    ...{ path: ['<sip:edge@192.0.2.9;lr;ob>', '<sip:192.0.2.8;lr>'], transport: 'tcp' as const, callId: 'a@b' },
    ...{ address: '2001:db8::7', port: 49_152, cseq: 4_000_000_000 },
    ...{ registeredAt: 1_800_000_000_123, expiresAt: 1_800_003_600_123 },
    ...more,
  };
}

/** What every store does. `reopen` closes a store and opens what it left; null where nothing outlives it. */
export function storeContract(open: () => Promise<Store>, reopen: ((store: Store) => Promise<Store>) | null): void {
  let store: Store;
  beforeEach(async () => (store = await open()));
  afterEach(() => store.close());

  const secret = (username: string, realm = 'example.com', algorithm: 'MD5' | 'SHA-256' = 'SHA-256') =>
    store.users.secret({ username, realm, algorithm });

  describe('users', () => {
    const alice = userOf('alice', ['1001', 'al'], 'Alice Liddell');

    it('are found by name and alias, and by what their devices write', async () => {
      await store.users.put(alice, secretsOf(alice, 'pw', 'example.com', ['example.org']));
      await store.users.put(userOf('bob'), []);
      const found = await store.users.find('1001');
      assert.deepEqual(found && { ...found, aliases: [...found.aliases].sort() }, {
        ...alice,
        aliases: ['1001', 'al'],
      });
      assert.equal((await store.users.find('alice'))?.display, 'Alice Liddell');
      assert.equal(await store.users.find('Alice'), null);
      for (const written of ['alice', 'al', 'alice@example.com', '1001@example.org']) {
        const known = await secret(written);
        assert.equal(known?.user.name, 'alice', written);
        const own = secretsOf(alice, 'pw', 'example.com', ['example.org']);
        const expected = own.find(({ username, algorithm }) => username === written && algorithm === 'SHA-256');
        assert.equal(known.ha1, expected?.ha1, written);
      }
      assert.notEqual((await secret('alice', 'example.com', 'MD5'))?.ha1, (await secret('alice'))?.ha1);
      for (const nobody of [secret('bob'), secret('carol'), secret('alice', 'other.example'), secret("' or 1=1 --")]) {
        assert.equal(await nobody, null);
      }
    });

    it('are replaced whole, so that an old password and an old alias are gone', async () => {
      await store.users.put(alice, secretsOf(alice, 'old', 'example.com', []));
      const before = await secret('alice');
      const now = userOf('alice', ['1002']);
      await store.users.put(now, secretsOf(now, 'new', 'example.com', []));
      assert.notEqual((await secret('alice'))?.ha1, before?.ha1);
      assert.equal(await secret('1001'), null);
      assert.equal(await store.users.find('1001'), null);
      assert.equal((await store.users.find('1002'))?.name, 'alice');
    });

    it('never share a name', async () => {
      await store.users.put(alice, []);
      await assert.rejects(store.users.put(userOf('carol', ['al']), []), NameTaken);
      await assert.rejects(store.users.put(userOf('1001'), []), NameTaken);
      assert.equal(await store.users.find('carol'), null, 'nothing of it is kept');
    });

    it('are listed in pages and removed', async () => {
      for (const name of ['dave', 'alice', 'carol', 'bob'])
        await store.users.put(userOf(name), secretsOf(userOf(name), 'p', 'example.com', []));
      const first = await store.users.list(null, 3);
      assert.deepEqual(
        first.map(({ name }) => name),
        ['alice', 'bob', 'carol'],
      );
      assert.deepEqual(
        (await store.users.list('carol', 3)).map(({ name }) => name),
        ['dave'],
      );
      assert.equal(await store.users.remove('bob'), true);
      assert.equal(await store.users.remove('bob'), false);
      assert.equal(await secret('bob'), null);
      assert.deepEqual(
        (await store.users.list(null, 9)).map(({ name }) => name),
        ['alice', 'carol', 'dave'],
      );
    });
  });

  describe('bindings', () => {
    it('come back as they were put, replaced by id and removed', async () => {
      const [one, two, three] = [
        bindingOf('1'),
        bindingOf('2', { instance: null, regId: null, path: [] }),
        bindingOf('3'),
      ];
      await store.bindings.change({ put: [one, two], remove: [] });
      await store.bindings.change({ put: [{ ...two, cseq: 5 }, three], remove: ['1', 'none'] });
      const all = (await store.bindings.all()).sort((a, b) => a.id.localeCompare(b.id));
      assert.deepEqual(all, [{ ...two, cseq: 5 }, three]);
    });

    it('take a thousand at once', async () => {
      await store.bindings.change({ put: Array.from({ length: 1000 }, (_, i) => bindingOf(`b${i}`)), remove: [] });
      assert.equal((await store.bindings.all()).length, 1000);
    });
  });

  it('closes twice', async () => {
    await store.close();
    await store.close();
  });

  if (reopen) {
    it('keeps users and bindings over a restart', async () => {
      const alice = userOf('alice', ['1001']);
      await store.users.put(alice, secretsOf(alice, 'pw', 'example.com', []));
      await store.bindings.change({ put: [bindingOf('1')], remove: [] });
      store = await reopen(store);
      assert.deepEqual(await store.users.find('1001'), alice);
      assert.equal((await secret('1001@example.com'))?.user.name, 'alice');
      assert.deepEqual(await store.bindings.all(), [bindingOf('1')]);
    });
  }
}
