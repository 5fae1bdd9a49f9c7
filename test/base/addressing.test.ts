import assert from 'node:assert/strict';
import { createAddressing, type Addressing, type AddressingFacts } from '../../src/base/addressing.js';

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
