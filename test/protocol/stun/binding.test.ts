import assert from 'node:assert/strict';
import { bindingRequest, mappedAddressOf } from '../../../src/protocol/stun/binding.js';

const transaction = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
/** Sample responses of RFC 5769 §2.2 and §2.3. */
const four = Buffer.from(
  '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643' +
    '000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96',
  'hex',
);
const six = Buffer.from(
  '010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a147' +
    '0113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c',
  'hex',
);

describe('a STUN Binding', () => {
  it('request is a header alone', () => {
    assert.equal(bindingRequest(transaction).toString('hex'), '000100002112a442b7e7a701bc34d686fa87dfae');
  });

  it('response tells the address seen, of either family', () => {
    assert.equal(mappedAddressOf(four, transaction), '192.0.2.1');
    assert.equal(mappedAddressOf(six, transaction), '2001:db8:1234:5678:11:2233:4455:6677');
  });

  it('response of an old server tells it plainly', () => {
    const old = Buffer.from('0101000c2112a442b7e7a701bc34d686fa87dfae000100080001a147c0000201', 'hex');
    assert.equal(mappedAddressOf(old, transaction), '192.0.2.1');
  });

  it('response is taken for our own transaction only, and when it is whole', () => {
    assert.equal(mappedAddressOf(four, Buffer.alloc(12)), null);
    assert.equal(mappedAddressOf(bindingRequest(transaction), transaction), null);
    for (let length = 0; length < four.length; length += 1) {
      assert.equal(mappedAddressOf(four.subarray(0, length), transaction), null, String(length));
    }
    const odd = Buffer.from(four);
    odd.writeUInt16BE(0xffff, 22);
    assert.equal(mappedAddressOf(odd, transaction), null);
  });
});
