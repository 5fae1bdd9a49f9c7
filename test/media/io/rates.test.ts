import assert from 'node:assert/strict';
import { allot, rateFor, type RateSink } from '../../../src/media/io/rates.js';
import { RateTeller, type RateWay } from '../../../src/media/io/rate-teller.js';

const main: RateSink = {
  leg: 'a',
  content: false,
  ssrc: 1,
  own: null,
  call: null,
  congested: null,
  sending: 900,
  low: false,
};
const content: RateSink = { ...main, content: true, ssrc: 2, sending: 600 };

describe('rates of one receiver', () => {
  const rows: { name: string; sinks: RateSink[]; shares: (number | null)[] }[] = [
    { name: 'nothing stated', sinks: [main, content], shares: [null, null] },
    { name: 'each line on its own', sinks: [{ ...main, own: 500 }, content], shares: [500, null] },
    {
      name: 'content goes first, main gets what it leaves',
      sinks: [main, content].map((sink) => ({ ...sink, call: 1264 })),
      shares: [600, 1200],
    },
    {
      name: 'nothing but single pictures is left for main',
      sinks: [main, { ...content, sending: 1300 }].map((sink) => ({ ...sink, call: 1264 })),
      shares: [32, 1200],
    },
    { name: 'main alone gets the whole call', sinks: [{ ...main, call: 1264 }], shares: [1200] },
    {
      name: 'the stricter of line and call counts',
      sinks: [
        { ...main, own: 400, call: 2064 },
        { ...content, own: 5000, call: 2064 },
      ],
      shares: [400, 2000],
    },
    {
      name: 'an estimate counts for the streams it names',
      sinks: [main, { ...content, congested: { kbps: 800, ssrcs: [1, 2] } }],
      shares: [200, 800],
    },
    {
      name: 'and for no others',
      sinks: [main, { ...content, congested: { kbps: 800, ssrcs: [2, 99] } }],
      shares: [null, 800],
    },
  ];
  for (const { name, sinks, shares } of rows) it(name, () => assert.deepEqual(allot(sinks), shares));
});

describe('what a source is told', () => {
  const own = (...rates: (number | null)[]) => rates.map((kbps) => ({ kbps, separate: true }));
  const inMain = (...rates: (number | null)[]) => rates.map((kbps) => ({ kbps, separate: false }));
  const rows: [name: string, receivers: ReturnType<typeof own>, kbps: number | null][] = [
    ['nothing while nobody states anything', own(null, null), null],
    ['nothing without receivers', [], null],
    ['the least of all', own(2000, null, 1500), 1500],
    ['a weak one changes nothing for the others', own(2000, 512, null), 2000],
    ['a weak one beside unlimited ones neither', own(null, 512), null],
    ['the best of weak ones', own(512, 384), 512],
    ['who sees it in the main picture does not count', [...own(2000), ...inMain(900)], 2000],
    ['unless there is no other', inMain(900, 1200), 900],
    ['nor do separate weak ones keep it from counting', [...own(400), ...inMain(900)], 900],
  ];
  for (const [name, receivers, kbps] of rows) it(name, () => assert.equal(rateFor(receivers, 768), kbps));
});

describe('telling a source', () => {
  /** Instants and rates told, of wishes `[from, kbps]`, in steps of 200 ms; acknowledged at `ack`. */
  function told(way: RateWay, wishes: [number, number][], until: number, ack: number[] = []): string[] {
    const teller = new RateTeller(4000);
    const said: string[] = [];
    for (let now = 0; now <= until; now += 200) {
      if (ack.includes(now)) teller.acknowledged();
      const wish = wishes.findLast(([from]) => from <= now)?.[1] ?? 4000;
      if (teller.due(wish, way, now)) said.push(`${now} ${wish}`);
    }
    return said;
  }

  it('says nothing when nothing changes', () => {
    for (const way of ['remb', 'tmmbr', 'signalling'] as const) assert.deepEqual(told(way, [], 60_000), []);
  });
  it('tells a browser at once, and back', () =>
    assert.deepEqual(
      told(
        'remb',
        [
          [1000, 1500],
          [2000, 1600],
          [3000, 4000],
        ],
        9000,
      ),
      ['1000 1500', '3000 4000'],
    ));
  it('repeats a TMMBR three times without an answer', () =>
    assert.deepEqual(told('tmmbr', [[0, 1500]], 9000), ['0 1500', '1000 1500', '2000 1500', '3000 1500']));
  it('does not repeat one that was acknowledged', () =>
    assert.deepEqual(told('tmmbr', [[0, 1500]], 9000, [200]), ['0 1500']));
  it('signals only what lasts, matters, and not often', () => {
    assert.deepEqual(
      told(
        'signalling',
        [
          [0, 3600],
          [5000, 1000],
          [6000, 4000],
          [9000, 1000],
          [14_000, 2000],
        ],
        60_000,
      ),
      ['12000 1000', '27000 2000'],
    );
  });
});
