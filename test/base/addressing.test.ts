import assert from 'node:assert/strict';
import {
  bindFor,
  createAddressing,
  peerAddress,
  type Addressing,
  type AddressingFacts,
} from '../../src/base/addressing.js';

const lo = { name: 'lo', address: '127.0.0.1', cidr: '127.0.0.1/8', internal: true };
const office = { name: 'eth0', address: '192.168.1.20', cidr: '192.168.1.20/24', internal: false };
const media = { name: 'eth1', address: '10.9.0.5', cidr: '10.9.0.5/16', internal: false };
const six = { name: 'eth0', address: '2001:db8::5', cidr: '2001:db8::5/64', internal: false };

function at(facts: Partial<AddressingFacts>): Addressing {
  return createAddressing({
    bind: null,
    external: [],
    lanNetworks: [],
    interfaces: [lo, office, media, six],
    ...facts,
  });
}

describe('addressing', () => {
  it('tells the address of the interface that is connected to the peer', () => {
    const { advertise } = at({});
    assert.equal(advertise('192.168.1.77'), '192.168.1.20');
    assert.equal(advertise('10.9.200.1'), '10.9.0.5');
    assert.equal(advertise('2001:db8::9'), '2001:db8::5');
    assert.equal(advertise('::ffff:10.9.200.1'), '10.9.0.5');
  });

  it('tells the first interface to everybody else, of the same family', () => {
    const { advertise } = at({});
    assert.equal(advertise('198.51.100.1'), '192.168.1.20');
    assert.equal(advertise('2001:db8:1::1'), '2001:db8::5');
    assert.equal(advertise('not an address'), '192.168.1.20');
  });

  it('speaks of loopback on loopback', () => {
    assert.equal(at({}).advertise('127.0.0.1'), '127.0.0.1');
    assert.equal(at({ external: [{ wan: '203.0.113.9', lan: '192.168.1.1' }] }).advertise('127.0.0.2'), '127.0.0.1');
    assert.equal(at({ interfaces: [lo] }).advertise('198.51.100.1'), '127.0.0.1');
  });

  it('keeps LAN and WAN apart', () => {
    const { advertise } = at({ external: [{ wan: '203.0.113.9' }] });
    assert.equal(advertise('198.51.100.1'), '203.0.113.9');
    assert.equal(advertise('192.168.1.77'), '192.168.1.20');
    assert.equal(advertise('172.20.1.1'), '192.168.1.20');
    assert.equal(at({ external: [{ wan: '203.0.113.9', lan: '192.168.1.1' }] }).advertise('172.20.1.1'), '192.168.1.1');
  });

  it('takes further networks as LAN', () => {
    const { advertise } = at({ external: [{ wan: '203.0.113.9' }], lanNetworks: ['198.51.100.0/24'] });
    assert.equal(advertise('198.51.100.1'), '192.168.1.20');
    assert.equal(advertise('198.51.101.1'), '203.0.113.9');
  });

  it('knows interfaces by name and by address', () => {
    const external = [
      { interface: 'eth1', lan: '10.9.0.99' },
      { interface: '192.168.1.20', wan: '203.0.113.9' },
    ];
    const { advertise } = at({ external });
    assert.equal(advertise('10.9.3.3'), '10.9.0.99');
    assert.equal(advertise('198.51.100.1'), '203.0.113.9');
  });

  it('goes by the address that the peer has reached, where that is known', () => {
    const external = [{ interface: 'eth1', lan: '10.9.0.99', wan: '203.0.113.9' }];
    const { advertise } = at({ external });
    assert.equal(advertise('198.51.100.1', '10.9.0.5'), '203.0.113.9');
    assert.equal(advertise('172.20.1.1', '10.9.0.5'), '10.9.0.99');
    assert.equal(advertise('198.51.100.1', '192.168.1.20'), '192.168.1.20');
    assert.equal(
      advertise('198.51.100.1', '192.0.2.77'),
      '192.168.1.20',
      'an address that is not ours is not believed',
    );
  });

  it('takes a peer whose address is hidden for a near one', () => {
    const { advertise } = at({ external: [{ wan: '203.0.113.9' }] });
    assert.equal(advertise('0.0.0.0'), '192.168.1.20');
    assert.equal(advertise('::'), '2001:db8::5');
  });

  it('uses one address everywhere when told so', () => {
    const { bind, advertise, pairs, reachable } = at({ bind: '127.0.0.1', external: [{ wan: '203.0.113.9' }] });
    assert.deepEqual([bind, advertise('198.51.100.1'), reachable()], ['127.0.0.1', '127.0.0.1', ['127.0.0.1']]);
    assert.deepEqual(pairs(), [{ bind: '127.0.0.1', advertise: '127.0.0.1' }]);
  });

  it('lists every pair, LAN first', () => {
    const { pairs, reachable, bind } = at({ interfaces: [lo, office], external: [{ wan: '203.0.113.9' }] });
    assert.deepEqual(pairs(), [
      { bind: '192.168.1.20', advertise: '192.168.1.20' },
      { bind: '192.168.1.20', advertise: '203.0.113.9' },
    ]);
    assert.deepEqual(reachable(), ['192.168.1.20', '203.0.113.9']);
    assert.equal(bind, '0.0.0.0');
  });
});

describe('the address of a caller', () => {
  it('is where its request came from, whatever its description says', () => {
    assert.equal(peerAddress('203.0.113.20', '192.168.77.5'), '203.0.113.20');
    assert.equal(peerAddress('203.0.113.20', '0.0.0.0'), '203.0.113.20');
    assert.equal(peerAddress('203.0.113.20', null), '203.0.113.20');
  });

  it('is told by its description where a proxy hides it', () => {
    assert.equal(peerAddress('127.0.0.1', '192.168.1.50'), '192.168.1.50');
    assert.equal(peerAddress('::ffff:127.0.0.1', '192.168.1.50'), '192.168.1.50');
    assert.equal(peerAddress('0.0.0.0', '192.168.1.50'), '192.168.1.50');
    assert.equal(peerAddress('198.51.100.1', '2001:db8::9'), '2001:db8::9');
    assert.equal(peerAddress('127.0.0.1', '0.0.0.0'), '127.0.0.1');
    assert.equal(peerAddress('127.0.0.1', 'nonsense'), '127.0.0.1');
  });

  it('decides the family that media is bound in', () => {
    assert.equal(bindFor('0.0.0.0', '2001:db8::5'), '::');
    assert.equal(bindFor('0.0.0.0', '192.0.2.1'), '0.0.0.0');
    assert.equal(bindFor('192.0.2.1', '203.0.113.9'), '192.0.2.1');
  });
});
