import assert from 'node:assert/strict';
import { ConnectionGate } from '../../src/base/connection-gate.js';

describe('base/connection-gate', () => {
  const told: (string | number)[] = [];
  const admit = (gate: ConnectionGate, address: string) => gate.admit({ address, port: 5060 });
  const gateFor = (connections: number, perSource: number): ConnectionGate => {
    told.length = 0;
    return new ConnectionGate(
      { connections, perSource },
      { open: (count) => told.push(count), refused: (reason) => told.push(reason) },
    );
  };

  it('bounds what is open in all and of one source, a network of IPv6 being one', () => {
    const gate = gateFor(4, 2);
    const first = admit(gate, '2001:db8:0:1::1');
    assert.ok(first && admit(gate, '2001:db8:0:1:ffff::2'));
    assert.equal(admit(gate, '2001:db8:0:1::3'), null);
    assert.ok(admit(gate, '2001:db8:0:2::1') && admit(gate, '192.0.2.1'));
    assert.equal(admit(gate, '192.0.2.2'), null);
    assert.deepEqual(told, [1, 2, 'source', 3, 4, 'total']);
    first();
    first();
    assert.equal(told.at(-1), 3, 'gone once');
    assert.ok(admit(gate, '2001:db8:0:1::3'));
  });

  it('does not count callers behind a proxy for each other', () => {
    const gate = gateFor(3, 1);
    const gone = ['0.0.0.0', '0.0.0.0', '0.0.0.0'].map((address) => admit(gate, address));
    assert.equal(admit(gate, '0.0.0.0'), null);
    for (const one of gone) one?.();
    assert.deepEqual(told, [1, 2, 3, 'total', 2, 1, 0]);
  });
});
