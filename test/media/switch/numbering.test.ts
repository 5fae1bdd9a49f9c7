import assert from 'node:assert/strict';
import { Numbering } from '../../../src/media/switch/numbering.js';
import { Timeline } from '../../../src/media/switch/timeline.js';

type Step = number | 'sync' | ['drop', number] | ['insert', number, number] | ['expand', number, number];

/** Runs steps on numbers that begin after 99; numbers in, numbers out. */
function run(steps: readonly Step[], last = 99): number[] {
  const numbers = new Numbering(last);
  const out: number[] = [];
  for (const step of steps) {
    if (typeof step === 'number') out.push(numbers.input(step));
    else if (step === 'sync') numbers.sync();
    else if (step[0] === 'drop') numbers.drop(step[1]);
    else if (step[0] === 'insert') numbers.insert(step[1], step[2]);
    else numbers.expand(step[1], step[2]);
  }
  return out;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const dropped = (seq: number): Step => ['drop', seq];

const table: [string, Step[], number[]][] = [
  ['keeps distances', [7, 8, 10, 9], [100, 101, 103, 102]],
  ['wraps in', [65535, 0, 1], [100, 101, 102]],
  ['joins another source', [7, 8, 'sync', 500, 501], [100, 101, 102, 103]],
  ['drops what is older than the join', [7, 'sync', 500, 499], [100, 101, -1]],
  ['closes the hole of a dropped packet', [7, ['drop', 8], 9, 10], [100, 101, 102]],
  ['keeps the hole of a lost one beside a dropped one', [7, ['drop', 9], 10], [100, 102]],
  [
    'keeps the hole of a lost one between many dropped ones',
    [7, ...range(8, 40).map(dropped), ...range(42, 90).map(dropped), 91, 41],
    [100, 102, 101],
  ],
  ['makes room before', [7, ['insert', 8, 2], 8, 9], [100, 103, 104]],
  ['makes room at the join', [7, 'sync', ['insert', 500, 2], 500, 501], [100, 103, 104]],
  ['makes room after', [7, ['expand', 7, 2], 8, 9], [100, 103, 104]],
  ['numbers late packets as if in time', [7, 9, ['insert', 10, 2], 10, 8, 11], [100, 102, 105, 101, 106]],
  ['restarts with the source', [7, 8, 40000, 40001], [100, 101, 102, 103]],
  ['makes room where the source restarts', [7, 8, ['insert', 40000, 2], 40000, 40001], [100, 101, 104, 105]],
  ['restarts backwards', [40000, 40001, 7, 8], [100, 101, 102, 103]],
];

describe('outgoing numbers', () => {
  for (const [name, steps, expected] of table) it(name, () => assert.deepEqual(run(steps), expected));

  it('wraps out', () => assert.deepEqual(run([1, 2, 3], 65533), [65534, 65535, 0]));

  it('goes on over many wraps with drops and inserts, never twice the same', () => {
    const numbers = new Numbering(0);
    let previous = 0;
    for (let i = 0; i < 400_000; i++) {
      const seq = i & 0xffff;
      if (i % 97 === 0) {
        numbers.drop(seq);
        continue;
      }
      const extra = i % 1000 === 1 ? 2 : 0;
      if (extra > 0) numbers.insert(seq, extra);
      const out = numbers.input(seq);
      assert.equal((out - previous) & 0xffff, 1 + extra);
      previous = out;
    }
  });
});

describe('outgoing timestamps', () => {
  it('go on by the time passed when the source changes', () => {
    const times = new Timeline(1000, 90_000, 3000);
    assert.equal(times.input(50_000, 0), 4000);
    assert.equal(times.input(53_000, 33), 7000);
    times.sync();
    assert.equal(times.input(0xffffffff, 133), 16_000);
    assert.equal(times.input(2999, 166), 19_000);
    times.sync();
    assert.equal(times.input(5, 167), 22_000);
  });

  it('may step back inside a source (B pictures) and go on from the highest', () => {
    const times = new Timeline(0, 90_000, 3000);
    assert.deepEqual([times.input(0, 0), times.input(9000, 0), times.input(3000, 0)], [3000, 12_000, 6000]);
    times.sync();
    assert.equal(times.input(0, 0), 15_000);
  });
});
