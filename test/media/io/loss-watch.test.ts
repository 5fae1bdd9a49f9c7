import assert from 'node:assert/strict';
import { LossWatch, PATIENCE, REORDERING } from '../../../src/media/io/loss-watch.js';
import { Reception } from '../../../src/protocol/rtp/reception.js';

const TICK = 5;
const END = 700;

/** `[instant, sequence numbers]`, with `key` where a keyframe begins. */
type Arrival = readonly [at: number, ...seqs: (number | 'key')[]];

/** What is asked for, with its instant, when packets arrive like this and a tick comes each 5 ms. */
function asked(arrivals: readonly Arrival[], resends = true): string[] {
  const watch = new LossWatch();
  const reception = new Reception(1, 90_000);
  const said: string[] = [];
  const judge = (now: number): void => {
    const verdict = watch.judge(now, resends);
    if (verdict && verdict.resend.length > 0) said.push(`${now} ${numbers(verdict.resend).join(' ')}`);
    if (verdict?.keyframe) said.push(`${now} keyframe`);
  };
  for (let now = 0; now <= END; now++) {
    for (const [at, ...seqs] of arrivals) if (at === now) seqs.forEach((seq, i) => arrive(seq, seqs[i - 1] === 'key'));
    if (now % TICK === 0) judge(now);
    function arrive(seq: number | 'key', key: boolean): void {
      if (seq === 'key') return;
      assert.ok(reception.input(seq & 0xffff, 0, now));
      watch.input(seq & 0xffff, reception.gap, now);
      if (key) watch.keyframe(seq & 0xffff);
      if (watch.due(now)) judge(now);
    }
  }
  return said;
}

function numbers(lost: readonly { pid: number; mask: number }[]): number[] {
  return lost.flatMap(({ pid, mask }) =>
    [...Array(17).keys()].filter((i) => i === 0 || (mask >> (i - 1)) & 1).map((i) => (pid + i) & 0xffff),
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

describe('loss watch', () => {
  for (let by = 1; by <= 5; by++) {
    it(`asks nothing when a packet comes ${by} late, within 15 ms`, () => {
      const arrivals: Arrival[] = [
        [0, 1],
        [1, ...range(3, 2 + by)],
        [14, 2],
        [15, 3 + by],
        [60, 4 + by],
      ];
      assert.deepEqual(asked(arrivals), []);
      assert.deepEqual(asked(arrivals, false), []);
    });
    it(`asks nothing when ${by} packets are overtaken, and come in reverse`, () =>
      assert.deepEqual(
        asked([
          [0, 1, 2 + by],
          [REORDERING - 1, ...range(2, 1 + by).reverse()],
          [40, 3 + by],
        ]),
        [],
      ));
  }

  const cases: { name: string; arrivals: Arrival[]; resends?: boolean; says: string[] }[] = [
    { name: 'nothing lost', arrivals: [[0, ...range(1, 40)]], says: [] },
    {
      name: 'a lost packet is asked for four times, and a keyframe when it stays away',
      arrivals: [
        [0, 1, 3],
        [7, 4],
        [600, 5],
      ],
      says: ['15 2', '85 2', '155 2', '225 2', '295 keyframe'],
    },
    {
      name: 'the next packet is soon enough to act on',
      arrivals: [
        [0, 1],
        [1, 3],
        [17, 4],
        [40, 2],
      ],
      says: ['17 2'],
    },
    {
      name: 'a resent packet is all that is needed',
      arrivals: [
        [0, 1, 3],
        [80, 2],
        [101, 4],
      ],
      says: ['15 2'],
    },
    {
      name: 'without resending, a keyframe at once',
      arrivals: [
        [0, 1, 3],
        [100, 2],
      ],
      resends: false,
      says: ['15 keyframe'],
    },
    {
      name: 'only what is still missing is asked for',
      arrivals: [
        [0, 1, 6],
        [3, 4],
        [9, 2],
      ],
      says: ['15 3 5', '85 3 5', '155 3 5', '225 3 5', '295 keyframe'],
    },
    {
      name: 'each gap has its own time',
      arrivals: [
        [0, 1, 3],
        [10, 5],
        [60, 2, 4],
      ],
      says: ['15 2', '25 4'],
    },
    {
      name: 'a burst of 17',
      arrivals: [
        [0, 1, 19],
        [50, ...range(2, 18)],
      ],
      says: [`15 ${range(2, 18).join(' ')}`],
    },
    { name: 'a longer burst is left to a keyframe', arrivals: [[0, 1, 20]], says: ['15 keyframe'] },
    {
      name: 'a burst longer than can be watched',
      arrivals: [
        [0, 1, 900],
        [1, 901, 903],
        [50, 902],
      ],
      says: ['15 keyframe', '20 902'],
    },
    {
      name: 'a burst that was only overtaken',
      arrivals: [
        [0, 1, 50],
        [5, ...range(2, 49)],
      ],
      says: [],
    },
    {
      name: 'scattered losses in several entries',
      arrivals: [
        [0, 1, 3, 22, 24],
        [5, ...range(4, 21)],
        [40, 2, 23],
      ],
      says: ['15 2 23'],
    },
    {
      name: 'the end of the numbers, reordered',
      arrivals: [
        [0, 65534, 1],
        [9, 0, 65535],
      ],
      says: [],
    },
    {
      name: 'the end of the numbers, lost',
      arrivals: [
        [0, 65533, 2],
        [30, 0, 1],
        [31, 65534],
      ],
      says: ['15 65534 65535 0 1', '85 65535', '145 65535', '205 65535', '265 keyframe'],
    },
    {
      name: 'duplicates',
      arrivals: [
        [0, 1, 1, 3],
        [5, 1, 3, 2, 2],
        [6, 2, 4, 4],
        [90, 5],
      ],
      says: [],
    },
    {
      name: 'a duplicate heals nothing else',
      arrivals: [
        [0, 1, 3, 3, 1],
        [50, 2, 2],
      ],
      says: ['15 2'],
    },
    {
      name: 'a keyframe makes up for what is missing before it',
      arrivals: [
        [0, 1, 3],
        [20, 4, 'key', 5, 6],
      ],
      says: ['15 2'],
    },
    {
      name: 'nothing is asked for behind a keyframe',
      arrivals: [
        [0, 1, 3],
        [9, 4, 'key', 5],
      ],
      says: [],
    },
    {
      name: 'a keyframe whose beginning is missing helps nothing',
      arrivals: [
        [0, 1],
        [1, 'key', 3],
      ],
      resends: false,
      says: ['20 keyframe'],
    },
    {
      name: 'a packet missing within a keyframe',
      arrivals: [[0, 1, 'key', 2, 4]],
      says: ['15 3', '85 3', '155 3', '225 3', '295 keyframe'],
    },
    {
      name: 'a packet whose first resend is lost as well is asked for again',
      arrivals: [
        [0, 1, 3],
        [100, 2],
      ],
      says: ['15 2', '85 2'],
    },
  ];
  for (const { name, arrivals, resends, says } of cases)
    it(name, () => assert.deepEqual(asked(arrivals, resends), says));

  /** Packet by packet, each third one is lost and comes `after` ms after it was asked for, or never; gives the requests. */
  function requests(after: number | null, losses: number): { at: number; seqs: number[]; keyframe: boolean }[] {
    const watch = new LossWatch();
    const said: { at: number; seqs: number[]; keyframe: boolean }[] = [];
    const coming: { at: number; seq: number }[] = [];
    for (let now = 0, seq = 0; now < losses * 1000; now++) {
      if (now % 1000 === 0) watch.input((seq += 1), 0, now);
      if (now % 1000 === 1) watch.input((seq += 2), 1, now);
      for (const { at, seq: late } of coming) if (at === now) watch.input(late, 0, now);
      const verdict = watch.judge(now, true);
      if (!verdict) continue;
      const seqs = numbers(verdict.resend);
      said.push({ at: now, seqs, keyframe: verdict.keyframe });
      if (after !== null) for (const one of seqs) coming.push({ at: now + after, seq: one });
    }
    return said;
  }

  it('learns how long a request takes, and does not ask twice for what is on its way', () => {
    for (const after of [20, 60, 90]) {
      const late = requests(after, 30).slice(-10);
      assert.ok(
        late.every(({ keyframe }) => !keyframe),
        `${after}`,
      );
      assert.deepEqual(new Set(late.map(({ seqs }) => seqs.join())).size, 10, `${after}: each once`);
    }
  });

  it('asks once only who never resends, so that a keyframe is not put off', () => {
    const said = requests(null, 12).filter(({ keyframe }) => keyframe);
    assert.equal(said.length, 12);
    const first = said[0]!.at % 1000;
    const last = said[11]!.at % 1000;
    assert.ok(first > 250 && first <= 1 + PATIENCE, String(first));
    assert.ok(last < 100, String(last));
  });

  it('begins anew with another SSRC', () => {
    const watch = new LossWatch();
    watch.input(9, 3, 0);
    watch.reset();
    assert.equal(watch.due(1000), false);
    watch.input(20, 1, 1000);
    assert.deepEqual(watch.judge(1000 + REORDERING, true), { resend: [{ pid: 19, mask: 0 }], keyframe: false });
  });

  it('is never due while nothing is missing', () => {
    const watch = new LossWatch();
    for (let seq = 0; seq < 70_000; seq++) watch.input(seq & 0xffff, 0, seq);
    assert.equal(watch.due(Number.MAX_VALUE), false);
    assert.equal(watch.judge(1e9, true), null);
  });
});
