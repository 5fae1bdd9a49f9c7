import assert from 'node:assert/strict';
import { emptyRedBlocks, readRed } from '../../../src/protocol/rtp/red.js';
import { seeded } from '../../support/seeded.js';

const blocks = emptyRedBlocks();
const read = (hex: string, start = 0): (string | number)[][] => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const count = readRed(bytes, start, bytes.length, blocks);
  return blocks
    .slice(0, count)
    .map(({ pt, offset, start: from, end }) => [pt, offset, bytes.subarray(from, end).toString('hex')]);
};

describe('RED (RFC 2198)', () => {
  it('reads a primary block alone', () => {
    assert.deepEqual(read('61 41aabb'), [[0x61, 0, '41aabb']]);
    assert.deepEqual(read('ffff 61', 2), [[0x61, 0, '']]);
  });

  it('reads redundant blocks before the primary one', () => {
    // pt 117, offset 3000, 3 octets; pt 97, offset 16383, 0 octets
    assert.deepEqual(read('f5 2ee003 e1 fffc00 61 010203 41aa'), [
      [117, 3000, '010203'],
      [97, 16383, ''],
      [97, 0, '41aa'],
    ]);
  });

  it('refuses what does not fit', () => {
    for (const bad of ['', 'e1', 'e10000', 'e1000003', 'e1000003 61 0102', 'e1000000'.repeat(9) + '61'])
      assert.deepEqual(read(bad), [], bad);
  });

  it('keeps its blocks inside any packet', () => {
    const random = seeded(3);
    let accepted = 0;
    for (let i = 0; i < 5000; i++) {
      const bytes = Uint8Array.from({ length: random(40) }, () => random(256));
      for (let at = 0; at < random(3) * 4; at += 4) bytes[at + 2] = 0;
      const count = readRed(bytes, 0, bytes.length, blocks);
      if (count === 0) continue;
      accepted++;
      let last = count;
      for (const { start, end } of blocks.slice(0, count)) {
        assert.ok(last <= start && start <= end && end <= bytes.length);
        last = end;
      }
      assert.equal(last, bytes.length);
    }
    assert.ok(accepted > 1000, `${accepted}`);
  });
});
