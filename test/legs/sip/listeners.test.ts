import assert from 'node:assert/strict';
import { listenerOf, type NamedListener } from '../../../src/legs/sip/listeners.js';

const at = (name: string, transport: string, address: string, port: number): NamedListener => ({
  name,
  transport,
  local: { address, port },
});

const all = [
  at('inside', 'udp', '192.0.2.1', 5060),
  at('inside-tcp', 'tcp', '192.0.2.1', 5060),
  at('outside', 'udp', '0.0.0.0', 5070),
  at('secure', 'tls', '::', 5061),
  at('browsers', 'ws', '192.0.2.1', 8088),
];

describe('the name of a listener', () => {
  for (const [receivedOn, protocol, name] of [
    ['192.0.2.1:5060', 'udp', 'inside'],
    ['192.0.2.1:5060', 'TCP', 'inside-tcp'],
    ['198.51.100.1:5060', 'udp', null],
    ['198.51.100.1:5070', 'udp', 'outside'],
    ['2001:db8::1:5061', 'tls', 'secure'],
    ['[2001:db8::1]:5061', 'tls', 'secure'],
    ['192.0.2.1:5061', 'tcp', null],
    ['192.0.2.1:8088', 'tcp', 'browsers'],
    [undefined, 'udp', null],
    ['nonsense', 'udp', null],
  ] as const) {
    it(`is ${name ?? 'none'} for ${protocol} on ${receivedOn ?? 'nothing told'}`, () => {
      assert.equal(listenerOf(all, receivedOn === undefined ? { protocol } : { receivedOn, protocol }), name);
    });
  }
});
