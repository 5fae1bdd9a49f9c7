import assert from 'node:assert/strict';
import type { Registration, Registrations } from '../../../src/rooms/registrations.js';
import type { RegistrationsAnswer } from '../../../src/services/api/contract.js';
import { apiUnderTest, type TestApi } from './support.js';

function registrationOf(id: string, user: string): Registration {
  return {
    ...{ id, user, contact: `sip:${user}@192.0.2.1`, address: '192.0.2.1', port: 5060, transport: 'udp' },
    ...{ agent: 'Phone', instance: null, path: [], q: 1, reachable: true },
    ...{ registeredAt: Date.UTC(2026, 0, 1), expiresAt: Date.UTC(2026, 0, 1, 1) },
  };
}

describe('registrations in the API', () => {
  let test: TestApi;
  let asked: Parameters<Registrations['list']>[0][];
  let gone: string[];

  beforeEach(async () => {
    [asked, gone] = [[], []];
    test = await apiUnderTest({
      registrations: {
        list(query) {
          asked.push(query);
          return { items: [registrationOf('1a', 'alice')], next: 'alice 1a', total: 7 };
        },
        remove(id) {
          gone.push(id);
          return Promise.resolve(id === '1a');
        },
      },
    });
  });
  afterEach(() => test.close());

  const admin = (): Record<string, string> => {
    const grant = { kind: 'admin' as const, room: null, name: 'admin', role: 'moderator' as const, ttlMs: 60_000 };
    return { authorization: `Bearer ${test.tokens.issue(grant).token}` };
  };

  it('are shown to administrators, in pages', async () => {
    const { status, body } = await test.get('/api/v1/registrations?user=alice&limit=5&after=alice%2000', admin());
    assert.equal(status, 200);
    const { items, next, total } = body as RegistrationsAnswer;
    assert.deepEqual([next, total], ['alice 1a', 7]);
    assert.equal(items[0]?.expiresAt, '2026-01-01T01:00:00.000Z');
    assert.equal(items[0].contact, 'sip:alice@192.0.2.1');
    assert.deepEqual(asked, [{ user: 'alice', limit: 5, after: 'alice 00' }]);
    await test.get('/api/v1/registrations', admin());
    assert.deepEqual(asked[1], { limit: 100 });
    assert.equal((await test.get('/api/v1/registrations?limit=0', admin())).status, 400);
    assert.equal((await test.get('/api/v1/registrations?users=x', admin())).status, 400);
  });

  it('are shown to nobody else', async () => {
    const grant = { kind: 'session' as const, room: 'demo', name: 'm', role: 'moderator' as const, ttlMs: 60_000 };
    const session = { authorization: `Bearer ${test.tokens.issue(grant).token}` };
    for (const headers of [{}, session]) {
      assert.equal((await test.get('/api/v1/registrations', headers)).status, 401);
      assert.equal((await test.delete('/api/v1/registrations/1a', headers)).status, 401);
    }
    assert.deepEqual([asked, gone], [[], []]);
  });

  it('are forgotten by id', async () => {
    assert.equal((await test.delete('/api/v1/registrations/1a', admin())).status, 204);
    assert.equal((await test.delete('/api/v1/registrations/zz', admin())).status, 404);
    assert.deepEqual(gone, ['1a', 'zz']);
  });
});
