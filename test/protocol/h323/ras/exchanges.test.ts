import assert from 'node:assert/strict';
import type { RasMessage } from '../../../../src/protocol/h323/h225/schema.js';
import { Exchanges, rasTimers } from '../../../../src/protocol/h323/ras/exchanges.js';
import { bodyOf } from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { steadyChance } from './rig.js';

const there = { address: '192.0.2.1', port: 1719 };
const request: RasMessage = {
  bandwidthRequest: {
    requestSeqNum: 1,
    endpointIdentifier: 'x',
    conferenceID: Buffer.alloc(16),
    callReferenceValue: 1,
    bandWidth: 100,
  },
};
const confirm = (requestSeqNum: number): RasMessage => ({ bandwidthConfirm: { requestSeqNum, bandWidth: 100 } });

function begin() {
  const clock = new ManualClock();
  const exchanges = new Exchanges(clock, steadyChance(3));
  const sent: { at: number; number: number }[] = [];
  const answers: (RasMessage | null)[] = [];
  const ask = (message = request): number => {
    const send = (one: RasMessage) => void sent.push({ at: clock.now(), number: bodyOf(one)?.requestSeqNum ?? 0 });
    exchanges.ask(message, there, send, (answer) => answers.push(answer));
    return sent.at(-1)?.number ?? 0;
  };
  return { clock, exchanges, sent, answers, ask };
}

describe('requests of RAS', () => {
  it('are repeated under the same number, and given up', () => {
    const { clock, sent, answers, ask } = begin();
    const number = ask();
    clock.advance(60_000);
    assert.deepEqual(
      sent,
      [0, 3000, 6000].map((at) => ({ at, number })),
    );
    assert.deepEqual(answers, [null]);
    assert.equal(clock.pending, 0);
  });

  for (const [name, { ms, retries }] of Object.entries(rasTimers)) {
    it(`${name} waits ${ms} ms, ${retries} times more`, () => {
      const { clock, sent, answers, ask } = begin();
      ask({ [name]: { requestSeqNum: 1 } } as unknown as RasMessage);
      clock.advance(ms * (retries + 1) - 1);
      assert.equal(sent.length, retries + 1);
      assert.equal(answers.length, 0);
      clock.advance(1);
      assert.deepEqual(answers, [null]);
    });
  }

  it('are answered once, by who was asked, with what answers them', () => {
    const { clock, exchanges, answers, ask } = begin();
    const number = ask();
    assert.ok(!exchanges.take(confirm(number), { address: '192.0.2.9', port: 1719 }));
    assert.ok(!exchanges.take(confirm(number === 1 ? 2 : 1), there));
    assert.ok(!exchanges.take({ disengageConfirm: { requestSeqNum: number } }, there));
    assert.ok(exchanges.take(confirm(number), { ...there, port: 5555 }));
    assert.ok(!exchanges.take(confirm(number), there));
    assert.deepEqual(answers, [confirm(number)]);
    assert.equal(clock.pending, 0);
  });

  it('that are not understood are answered too', () => {
    const { exchanges, answers, ask } = begin();
    assert.ok(exchanges.take({ unknownMessageResponse: { requestSeqNum: ask() } }, there));
    assert.equal(answers.length, 1);
  });

  it('are put off by RequestInProgress, but not for ever', () => {
    const { clock, exchanges, sent, answers, ask } = begin();
    const number = ask();
    const progress: RasMessage = { requestInProgress: { requestSeqNum: number, delay: 9000 } };
    assert.ok(exchanges.take(progress, there));
    clock.advance(8999);
    assert.equal(sent.length, 1);
    for (let i = 0; i < 40; i++) {
      exchanges.take(progress, there);
      clock.advance(4000);
    }
    assert.deepEqual(answers, [null]);
    assert.ok(clock.now() > 60_000);
    assert.deepEqual(
      sent.map((one) => one.number),
      [number, number, number],
    );
    assert.equal(clock.pending, 0);
  });

  it('have numbers from 1 to 65535, none twice at a time', () => {
    const { clock, exchanges, ask } = begin();
    const first = ask();
    const numbers = new Set<number>();
    for (let i = 0; i < 65_534; i++) numbers.add(exchanges.nextNumber());
    assert.equal(numbers.size, 65_534);
    assert.ok(!numbers.has(first) && !numbers.has(0) && Math.max(...[...numbers].slice(0, 70_000)) <= 65_535);
    exchanges.end();
    assert.equal(clock.pending, 0);
  });

  it('that nobody answers do not pile up', () => {
    const { clock, exchanges, answers, ask } = begin();
    for (let i = 0; i < 10_500; i++) ask();
    assert.equal(exchanges.size, 10_000);
    assert.equal(answers.length, 500);
    exchanges.end();
    assert.equal(clock.pending, 0);
  });
});
