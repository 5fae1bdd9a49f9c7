import assert from 'node:assert/strict';
import { FecGroup } from '../../../src/media/switch/fec-group.js';
import { FecRecovery } from '../../../src/protocol/rtp/fec-recovery.js';
import { decodeFec } from '../../../src/protocol/rtp/ulpfec.js';
import { kept, packet } from '../../protocol/rtp/fec-support.js';
import { seeded } from '../../support/seeded.js';

/** A picture of so many packets; what protects it after its last one. */
function picture(group: FecGroup, packets: readonly Buffer[], share: number): Buffer[] {
  const made: Buffer[][] = [];
  for (const bytes of packets) {
    const { seq, second, timestamp, body } = kept(bytes);
    group.add(seq, second, timestamp, body);
    made.push(group.take(share));
  }
  assert.deepEqual(made.slice(0, -1).flat(), []);
  return made.at(-1) ?? [];
}

const packets = (first: number, n: number, timestamp: number): Buffer[] =>
  Array.from({ length: n }, (_, i) => packet(first + i, i === n - 1, timestamp, Buffer.alloc(20 + i, first + i)));

describe('packets protected together', () => {
  it('are those of a picture, by the share wanted', () => {
    for (const [n, share, wanted] of [
      [10, 0.1, 1],
      [10, 0.2, 2],
      [12, 0.3, 4],
      [40, 0.3, 12],
    ] as const)
      assert.equal(picture(new FecGroup(), packets(65_530, n, 9), share).length, wanted, `${n} at ${share}`);
  });

  it('are those of a few small pictures that follow soon, and of one where the next is far', () => {
    const fast = new FecGroup();
    const taken = (at: number): number => picture(fast, packets(100 + at, 1, at * 3000), 0.3).length;
    // how fast it goes is known from the second on
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map(taken), [1, 0, 0, 1, 0, 0, 1]);
    const slow = new FecGroup();
    for (let at = 0; at < 3; at++) assert.equal(picture(slow, packets(at, 1, at * 18_000), 0.3).length, 1);
  });

  it('are no more than a mask reaches', () => {
    const group = new FecGroup();
    const made = packets(7, 100, 9).flatMap((bytes) => {
      const { seq, second, timestamp, body } = kept(bytes);
      group.add(seq, second, timestamp, body);
      return group.take(0.3);
    });
    assert.equal(made.length, 14 + 14 + 1);
    // numbers that are missing leave holes in the mask; too far away, nothing is protected together
    group.add(200, 97, 9, Buffer.alloc(1));
    group.add(210, 97, 9, Buffer.alloc(1));
    group.add(300, 0xe1, 9, Buffer.alloc(1));
    assert.deepEqual(
      group.take(0.3).map((fec) => decodeFec(fec)?.base),
      [300],
    );
  });

  for (const [n, share] of [
    [1, 0.3],
    [3, 0.3],
    [12, 0.3],
    [40, 0.3],
  ] as const)
    it(`come back one by one when any ${n > 3 ? 'two' : 'one'} of ${n} are lost`, () => {
      const all = packets(65_530, n, 9);
      const protection = picture(new FecGroup(), all, share);
      const pairs = all.flatMap((a, i) => (n > 3 ? all.slice(i + 1).map((b) => [a, b]) : [[a]]));
      for (const lost of pairs) {
        const recovery = new FecRecovery();
        for (const bytes of all) if (!lost.includes(bytes)) recovery.put(kept(bytes));
        for (const fec of protection) recovery.protection(fec);
        const found: Buffer[] = [];
        for (let next = recovery.next(0x11223344); next; next = recovery.next(0x11223344)) {
          recovery.put(kept(next));
          found.push(next);
        }
        assert.deepEqual(new Set(found.map(String)), new Set(lost.map(String)));
      }
    });

  // without any, 46, 71 and 91 %
  for (const [n, most] of [
    [12, 0.016],
    [24, 0.014],
    [48, 0.02],
  ] as const)
    it(`come back nearly always at 5 % with three tenths more (${n})`, () => {
      const roll = seeded(3);
      const rounds = 3000;
      let broken = 0;
      for (let round = 0; round < rounds; round++) {
        const all = packets(round * 20, n, 9);
        const sent = [...all, ...picture(new FecGroup(), all, 0.3)].filter(() => roll(1000) >= 50);
        const recovery = new FecRecovery();
        for (const bytes of sent) if (all.includes(bytes)) recovery.put(kept(bytes));
        for (const bytes of sent) if (!all.includes(bytes)) recovery.protection(bytes);
        for (let next = recovery.next(1); next; next = recovery.next(1)) recovery.put(kept(next));
        if (all.some((bytes) => !recovery.at(kept(bytes).seq))) broken++;
      }
      assert.ok(broken / rounds < most, `${broken} of ${rounds}`);
    });
});
