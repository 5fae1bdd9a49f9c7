import assert from 'node:assert/strict';
import type { TrunksAnswer } from '../../../src/services/api/contract.js';
import { apiUnderTest, type TestApi } from './support.js';

describe('trunks in the API', () => {
  let test: TestApi;

  beforeEach(async () => {
    const server = { uri: 'sip:192.0.2.7:5060;transport=udp', state: 'aside' as const, reason: '503 Busy' };
    const servers = [{ ...server, asideUntil: Date.UTC(2026, 0, 1) }];
    test = await apiUnderTest({
      trunks: { list: () => [{ name: 'pstn', calls: 2, maxCalls: 100, registered: true, servers }] },
    });
  });
  afterEach(() => test.close());

  const bearer = (kind: 'admin' | 'session'): Record<string, string> => {
    const who = { room: kind === 'admin' ? null : 'demo', name: 'x', role: 'moderator' as const, ttlMs: 60_000 };
    return { authorization: `Bearer ${test.tokens.issue({ kind, ...who }).token}` };
  };

  it('are shown to administrators with their servers', async () => {
    const { status, body } = await test.get('/api/v1/trunks', bearer('admin'));
    assert.equal(status, 200);
    const [trunk] = (body as TrunksAnswer).items;
    assert.deepEqual([trunk?.name, trunk?.calls, trunk?.maxCalls, trunk?.registered], ['pstn', 2, 100, true]);
    const [server] = trunk?.servers ?? [];
    assert.deepEqual(
      [server?.state, server?.reason, server?.asideUntil],
      ['aside', '503 Busy', '2026-01-01T00:00:00.000Z'],
    );
  });

  it('are shown to nobody else', async () => {
    for (const headers of [{}, bearer('session')]) {
      assert.equal((await test.get('/api/v1/trunks', headers)).status, 401);
    }
  });
});
