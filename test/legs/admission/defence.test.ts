import assert from 'node:assert/strict';
import { createMetrics, type Metrics } from '../../../src/base/metrics.js';
import type { Log, LogFields } from '../../../src/base/log.js';
import { silentLog } from '../../../src/base/log.js';
import { Defence, type DefenceLimits } from '../../../src/legs/admission/defence.js';
import { ManualClock } from '../../support/manual-clock.js';

const limits: DefenceLimits = {
  requests: { burst: 10, perSecond: 2 },
  failures: { burst: 3, perMinute: 1 },
  quarantine: { firstMs: 60_000, longestMs: 600_000, forgetMs: 3600_000 },
  agents: ['friendly-scanner', 'sipvicious'],
};
const mallory = '192.0.2.66';

interface Rig {
  clock: ManualClock;
  metrics: Metrics;
  defence: Defence;
  warnings: LogFields[];
  hears(address?: string, agent?: string): boolean;
  fail(times: number, forgeable?: boolean): void;
}

function rig(): Rig {
  const clock = new ManualClock();
  const metrics = createMetrics();
  const warnings: LogFields[] = [];
  const log: Log = { ...silentLog, warn: (fields) => void warnings.push(fields) };
  const defence = new Defence({ limits, allowed: (address) => address === '10.0.0.1', clock, log, metrics });
  return {
    clock,
    metrics,
    defence,
    warnings,
    hears: (address = mallory, agent = 'Phone 1') => defence.hears({ address, agent, forgeable: true }),
    fail(times, forgeable = true) {
      for (let n = 0; n < times; n++) defence.offence(mallory, 'wrong_password', forgeable);
    },
  };
}

/** How long, in seconds, it is not heard from now on. */
function silence({ clock, hears }: Rig): number {
  let seconds = 0;
  for (; !hears(); seconds += 10) clock.advance(10_000);
  return seconds;
}

describe('defence against scanners and guessers', () => {
  it('bears a few failures and refills', () => {
    const one = rig();
    one.fail(3);
    assert.equal(one.hears(), true);
    one.clock.advance(60_000);
    one.fail(1);
    assert.equal(one.hears(), true);
    assert.deepEqual(one.defence.list(), []);
  });

  it('stops listening to who fails too often, each time twice as long up to a limit', () => {
    const one = rig();
    const lasted: number[] = [];
    for (let n = 0; n < 6; n++) {
      one.fail(20);
      lasted.push(silence(one));
    }
    assert.deepEqual(lasted, [60, 120, 240, 480, 600, 600]);
    assert.equal(one.warnings.length, 6);
    assert.deepEqual(one.warnings[1], { source: mallory, offence: 'wrong_password', times: 2, seconds: 120 });
  });

  it('begins anew after a long peace', () => {
    const one = rig();
    one.fail(4);
    silence(one);
    one.fail(4);
    assert.equal(silence(one), 120);
    one.clock.advance(3600_001);
    one.fail(4);
    assert.equal(silence(one), 60);
  });

  it('stops listening at the first word of a scanner that names itself', () => {
    const one = rig();
    assert.equal(one.hears(mallory, 'Friendly-Scanner'), false);
    assert.equal(one.hears(mallory, 'Phone 1'), false);
    assert.equal(one.hears('192.0.2.67', 'Phone 1'), true);
    assert.equal(one.defence.list()[0]?.offence, 'scanner');
  });

  it('drops what is beyond the budget of requests, and who keeps flooding', async () => {
    const one = rig();
    const heard = Array.from({ length: 50 }, () => one.hears()).filter(Boolean).length;
    assert.equal(heard, 10);
    one.clock.advance(1000);
    assert.equal(one.hears(), true);
    for (let n = 0; n < 500; n++) one.hears();
    assert.equal(one.defence.list()[0]?.offence, 'flood');
    assert.match(await one.metrics.text(), /dualstream_defence_dropped_total\{reason="budget"\} \d+/);
  });

  it('holds nothing against the allow list', () => {
    const one = rig();
    for (let n = 0; n < 100; n++) one.defence.offence('10.0.0.1', 'wrong_pin', false);
    for (let n = 0; n < 100; n++) assert.equal(one.hears('10.0.0.1', 'sipvicious'), true);
  });

  it('is not turned against an honest source by forged datagrams, but hears what is really its', () => {
    const one = rig();
    one.defence.proved(mallory);
    one.fail(50, true);
    assert.equal(one.hears(), true);
    one.fail(1, false);
    assert.equal(one.hears(), false);
  });

  it('takes a /64 of IPv6 for one source', () => {
    const one = rig();
    for (let n = 0; n < 4; n++) one.defence.offence(`2001:db8::${n}`, 'wrong_pin', true);
    assert.equal(one.hears('2001:db8::99'), false);
    assert.equal(one.hears('2001:db8:0:1::99'), true);
  });

  it('shows who is not heard and forgives on request', () => {
    const one = rig();
    one.fail(4);
    const [entry] = one.defence.list();
    assert.deepEqual(entry, {
      source: mallory,
      offence: 'wrong_password',
      times: 1,
      until: one.clock.wall() + 60_000,
    });
    assert.equal(one.defence.release(mallory), true);
    assert.equal(one.defence.release(mallory), false);
    assert.equal(one.hears(), true);
  });

  it('writes at most one line a second about a source and keeps no timer', () => {
    const one = rig();
    const lines = Array.from({ length: 100 }, () => one.defence.line(mallory)).filter(Boolean);
    assert.equal(lines.length, 1);
    assert.equal(one.clock.pending, 0);
  });

  it('keeps its memory bounded under a flood of sources', () => {
    const one = rig();
    for (let n = 0; n < 30_000; n++) {
      const address = `198.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
      one.defence.offence(address, 'scanner', true);
    }
    assert.equal(one.defence.list().length, 20_000);
  });
});
