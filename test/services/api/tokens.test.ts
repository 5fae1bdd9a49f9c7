import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { createTokens } from '../../../src/services/api/tokens.js';
import { ManualClock } from '../../support/manual-clock.js';

const session = { kind: 'session', room: 'demo', name: 'Ann', role: 'guest', ttlMs: 1000 } as const;

function store(limit?: number) {
  const clock = new ManualClock();
  return { clock, tokens: createTokens({ clock, chance: systemChance, ...(limit ? { limit } : {}) }) };
}

describe('services/api/tokens', () => {
  it('knows a token until it expires or is revoked', () => {
    const { clock, tokens } = store();
    const { token, grant } = tokens.issue(session);
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.deepEqual(tokens.verify(token), grant);
    assert.equal(tokens.verify(token.slice(1)), null);
    const other = tokens.issue(session);
    tokens.revoke(other.grant.id);
    tokens.revoke(other.grant.id);
    assert.equal(tokens.verify(other.token), null);
    clock.advance(1000);
    assert.equal(tokens.verify(token), null);
  });

  it('lends a session to one call at a time', () => {
    const { tokens } = store();
    const { token, grant } = tokens.issue(session);
    assert.equal(tokens.claim(token), grant);
    assert.equal(tokens.claim(token), null);
    tokens.unclaim(grant.id);
    assert.equal(tokens.claim(token), grant);
    const admin = tokens.issue({ ...session, kind: 'admin', room: null });
    assert.equal(tokens.claim(admin.token), null);
  });

  it('redeems an admin link once', () => {
    const { tokens } = store();
    const key = tokens.adminLink().replace('/admin?key=', '');
    assert.equal(tokens.redeem(tokens.issue(session).token), null);
    const admin = tokens.redeem(key);
    assert.deepEqual([admin?.grant.kind, admin?.grant.room, admin?.grant.role], ['admin', null, 'moderator']);
    assert.equal(tokens.redeem(key), null);
  });

  it('is bounded: unused sessions go first, calls and sign-ins stay', () => {
    const { tokens } = store(10);
    const link = tokens.adminLink();
    const used = tokens.issue(session);
    tokens.claim(used.token);
    const first = tokens.issue(session);
    for (let n = 0; n < 50; n++) tokens.issue(session);
    assert.equal(tokens.verify(first.token), null);
    assert.ok(tokens.verify(used.token));
    assert.ok(tokens.redeem(link.replace('/admin?key=', '')));
  });
});
