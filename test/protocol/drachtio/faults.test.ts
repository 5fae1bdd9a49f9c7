import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { startEngine, type Engine } from '../../../src/protocol/drachtio/server.js';
import { faultyNet, type Faults } from '../../support/faulty-net.js';
import { ManualClock } from '../../support/manual-clock.js';
import { MemoryNet } from '../../support/memory-net.js';
import { allVerbs, RawApp } from '../../support/raw-app.js';
import { seeded } from '../../support/seeded.js';
import { TalkingApp, type Ending, type Plan } from '../../support/talking-app.js';

const calls = 120;
const good: Faults = { loss: 0, twice: 0, delayMs: 1, jitterMs: 0 };
const networks: Record<string, Faults> = {
  'a good network': good,
  '10 % loss': { ...good, loss: 0.1 },
  '200 ms of delay': { ...good, delayMs: 200 },
  'heavy reordering': { ...good, delayMs: 5, jitterMs: 400 },
  'every third datagram twice': { ...good, twice: 0.33, jitterMs: 20 },
  '10 % loss, 200 ms of delay, reordering and doubles together': {
    loss: 0.1,
    twice: 0.1,
    delayMs: 200,
    jitterMs: 150,
  },
};

function planOf(pick: (below: number) => number): Plan {
  const cancels = pick(5) === 0;
  return {
    ringMs: cancels ? 4000 : pick(3000),
    status: pick(6) === 0 ? '486 Busy Here' : '200 OK',
    cancelMs: cancels ? pick(5000) : null,
    reinvite: pick(3) === 0,
    talkMs: 20_000 + pick(20_000),
    hangsUp: pick(2) === 0 ? 'caller' : 'callee',
  };
}

interface Outcome {
  caller: Map<string, Ending>;
  callee: Map<string, Ending>;
  plans: Map<string, Plan>;
  lost: number;
}

/** Plays calls between two engines on one network in memory; asserts that nothing is left of them. */
async function play(faults: Faults, seed: number): Promise<Outcome> {
  const clock = new ManualClock();
  const memory = new MemoryNet();
  const pick = seeded(seed);
  const net = faultyNet(memory, clock, () => pick(1_000_000) / 1_000_000, faults);
  const open = (port: number): Promise<Engine> =>
    startEngine({
      ...{ net, clock, chance: systemChance, log: silentLog, metrics: createMetrics() },
      control: { address: '127.0.0.1', port: port + 1, secret: 's' },
      listen: [{ transport: 'udp', address: '127.0.0.1', port }],
    });
  const engines = [await open(5060), await open(5070)] as const;
  const plans = new Map(Array.from({ length: calls }, (_, n) => [`call${n}`, planOf(pick)]));
  const app = async (engine: Engine): Promise<TalkingApp> =>
    new TalkingApp(await RawApp.connect(memory, engine.control, 's', allVerbs), clock, plans);
  const [caller, callee] = [await app(engines[0]), await app(engines[1])];
  const idle = clock.pending;
  const step = (ms: number): void => {
    for (let done = 0; done < ms; done += 50) {
      clock.advance(50);
      caller.work();
      callee.work();
    }
  };
  for (const id of plans.keys()) {
    caller.call(id, 'sip:callee@127.0.0.1:5070');
    step(100);
  }
  step(240_000);
  for (const engine of engines) assert.deepEqual(engine.describe(), [], 'something is left');
  assert.equal(clock.pending, idle, 'timers are left');
  for (const engine of engines) await engine.close();
  return { caller: caller.endings, callee: callee.endings, plans, lost: net.lost };
}

/** What may become of a call: a CANCEL may come too late, before the callee heard of the call, or cross the answer. */
function expected({ status, cancelMs }: Plan): Ending[] {
  const ending = status === '200 OK' ? 'talked' : 'refused';
  return cancelMs === null ? [ending] : [ending, 'cancelled'];
}

describe('calls between two engines over', function () {
  this.timeout(30_000);
  for (const [name, faults] of Object.entries(networks)) {
    it(`${name}: every call ends as it should and nothing is stuck`, async () => {
      const { caller, callee, plans, lost } = await play(faults, 7);
      if (faults.loss > 0) assert.ok(lost > 50, `${lost} lost`);
      for (const [id, plan] of plans) {
        const may = expected(plan);
        const [ours, theirs] = [caller.get(id), callee.get(id)];
        assert.ok(ours !== undefined && may.includes(ours), `${id}: the caller saw ${ours}, ${JSON.stringify(plan)}`);
        // who was cancelled before the INVITE came through has seen nothing
        const unseen = theirs === undefined && plan.cancelMs !== null && ours === 'cancelled';
        const crossed = ours === 'cancelled' && theirs === 'talked';
        assert.ok(unseen || crossed || theirs === ours || ours === 'cancelled', `${id}: ${ours} but ${theirs}`);
      }
    });
  }

  it('a network that is cut: both sides give up and nothing is left', async () => {
    const { caller } = await play({ ...good, loss: 1 }, 3);
    assert.ok([...caller.values()].every((ending) => ending === 'timed out' || ending === 'cancelled'));
    assert.equal(caller.size, calls);
  });
});
