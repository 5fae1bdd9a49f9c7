import assert from 'node:assert/strict';
import { familyOf, isGroupAddress, isNullAddress } from '../../../src/protocol/sdp/address.js';

describe('addresses in SDP', () => {
  for (const [text, family] of [
    ['192.0.2.1', 'IP4'],
    ['0.0.0.0', 'IP4'],
    ['256.1.1.1', null],
    ['1.2.3', null],
    ['01.2.3.4', null],
    ['host.example.com', null],
    ['2001:db8::1', 'IP6'],
    ['::', 'IP6'],
    ['::ffff:192.0.2.10', 'IP6'],
    ['1:2:3:4:5:6:7:8', 'IP6'],
    ['1:2:3:4:5:6:7:8:9', null],
    ['1::2::3', null],
    ['1:2:3:4:5:6:7::', 'IP6'],
    ['1:2:3:4:5:6:7:8::', null],
    ['12345::', null],
    [':1:2:3:4:5:6:7', null],
    ['', null],
  ] as const) {
    it(`"${text}" is ${family}`, () => assert.equal(familyOf(text), family));
  }
  it('knows null and group addresses', () => {
    assert.deepEqual(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::1', '10.0.0.0'].map(isNullAddress), [
      true,
      true,
      true,
      false,
      false,
    ]);
    assert.deepEqual(['224.2.1.1', '255.255.255.255', 'ff02::1', '198.51.100.1', '2001:db8::1'].map(isGroupAddress), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
