import assert from 'node:assert/strict';
import { admit, isLoopback, isNearby } from '../../src/rooms/policy.js';
import type { TokenGrant } from '../../src/rooms/tokens.js';

const grant = (room: string | null): TokenGrant => ({
  id: 'g',
  kind: 'session',
  room,
  name: 'n',
  role: 'guest',
  expiresAt: 0,
});

const open = { pin: null };
const locked = { pin: '42' };

describe('rooms/policy', () => {
  it('tells near from far', () => {
    for (const near of [
      '127.0.0.1',
      '::1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.9.9',
      'fe80::1%eth0',
      'fd00::1',
      '::ffff:10.0.0.1',
    ])
      assert.equal(isNearby(near), true, near);
    for (const far of [
      '8.8.8.8',
      '172.32.0.1',
      '192.169.1.1',
      '2001:db8::1',
      '',
      'nonsense',
      '10.0.0.999',
      '::ffff:8.8.8.8',
      'fc:x',
    ])
      assert.equal(isNearby(far), false, far);
    assert.equal(isLoopback('10.0.0.1'), false);
  });

  it('asks those from afar for the PIN or a token', () => {
    const far = { address: '8.8.8.8', direct: true };
    assert.throws(() => admit('demo', open, far), { name: 'PinRequired' });
    assert.throws(() => admit('demo', open, { address: '127.0.0.1', direct: false }), { name: 'PinRequired' });
    assert.throws(() => admit('demo', locked, far), { name: 'PinRequired' });
    assert.throws(() => admit('demo', locked, { ...far, pin: '43' }), { name: 'WrongPin' });
    assert.throws(() => admit('demo', open, { ...far, grant: grant('other') }), { name: 'PinRequired' });
    admit('demo', locked, { ...far, pin: '42' });
    admit('demo', locked, { ...far, grant: grant('demo') });
    admit('demo', open, { ...far, grant: grant(null) });
    admit('demo', open, { address: '192.168.0.9', direct: true });
    assert.throws(() => admit('demo', locked, { address: '127.0.0.1', direct: true }), { name: 'PinRequired' });
  });

  it("makes a moderator of who knows the moderators' PIN, in rooms with and without another", () => {
    const far = { address: '8.8.8.8', direct: true };
    for (const pin of ['42', null]) {
      const keys = { pin, moderatorPin: '4711' };
      assert.equal(admit('demo', keys, { ...far, pin: '4711' }), 'moderator');
      assert.throws(() => admit('demo', keys, { ...far, pin: '4712' }), { name: 'WrongPin' });
      assert.throws(() => admit('demo', keys, far), { name: 'PinRequired' });
    }
    const near = { address: '10.0.0.1', direct: true };
    assert.equal(admit('demo', { pin: null, moderatorPin: '4711' }, near), null);
    assert.throws(() => admit('demo', { pin: null, moderatorPin: '4711' }, { ...near, pin: '1' }), {
      name: 'WrongPin',
    });
    assert.equal(admit('demo', locked, { ...far, pin: '42' }), null);
    assert.equal(admit('demo', open, { ...near, pin: 'whatever' }), null);
  });
});
