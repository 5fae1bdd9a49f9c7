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
    assert.throws(() => admit('demo', null, far), { name: 'PinRequired' });
    assert.throws(() => admit('demo', null, { address: '127.0.0.1', direct: false }), { name: 'PinRequired' });
    assert.throws(() => admit('demo', '42', far), { name: 'PinRequired' });
    assert.throws(() => admit('demo', '42', { ...far, pin: '43' }), { name: 'WrongPin' });
    assert.throws(() => admit('demo', null, { ...far, grant: grant('other') }), { name: 'PinRequired' });
    admit('demo', '42', { ...far, pin: '42' });
    admit('demo', '42', { ...far, grant: grant('demo') });
    admit('demo', null, { ...far, grant: grant(null) });
    admit('demo', null, { address: '192.168.0.9', direct: true });
    assert.throws(() => admit('demo', '42', { address: '127.0.0.1', direct: true }), { name: 'PinRequired' });
  });
});
