import assert from 'node:assert/strict';
import { kept } from '../../src/base/octets.js';

describe('base/octets', () => {
  it('keeps octets without what they came in', () => {
    const packet = Buffer.alloc(64_000, 7);
    const piece = kept(packet.subarray(100, 104));
    packet.fill(0);
    assert.deepEqual([...piece], [7, 7, 7, 7]);
    assert.equal(piece.buffer.byteLength, 4);
    assert.equal(kept(Buffer.from('abc')).buffer.byteLength, 3, 'no pool either');
  });
});
