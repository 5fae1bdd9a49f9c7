import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { DialplanUnusable } from '../../../src/legs/admission/dialplan.js';
import { LiveDialplan } from '../../../src/legs/admission/live-dialplan.js';
import { noContext } from '../../../src/legs/admission/dialplan.js';
import { ManualClock } from '../../support/manual-clock.js';
import { factsOf, planText } from './support.js';

describe('the dial plan while the gateway runs', () => {
  const to = (room: string): string => planText({ room });

  function setUp() {
    let text: string | null = to('first');
    let version = 1;
    let reads = 0;
    const file = {
      path: 'plan.json',
      stamp() {
        if (text === null) throw new Error('no such file');
        return String(version);
      },
      read() {
        reads += 1;
        if (text === null) throw new Error('no such file');
        return text;
      },
    };
    const plan = new LiveDialplan(file, noContext);
    const errors: string[] = [];
    const log = { ...silentLog, error: (what: { reason?: string }) => errors.push(what.reason ?? '') };
    const tools = { clock: new ManualClock(), metrics: createMetrics(), log: log as typeof silentLog };
    const stop = plan.watch(tools);
    return {
      ...tools,
      plan,
      errors,
      stop,
      write: (next: string | null) => {
        text = next;
        version += 1;
      },
      room: () => {
        const verdict = plan.decide(factsOf('sip:1@h'));
        return verdict?.kind === 'room' ? verdict.room : null;
      },
      reads: () => reads,
    };
  }

  it('follows its file, and reads it on change only', () => {
    const { write, room, clock, metrics, reads, stop } = setUp();
    clock.advance(10_000);
    assert.equal(reads(), 1);
    write(to('second'));
    clock.advance(1000);
    assert.equal(room(), 'first', 'the file may still be written to');
    clock.advance(1000);
    assert.equal(room(), 'second');
    assert.equal(metrics.counted('dualstream_dialplan_reloads_total', { outcome: 'taken' }), 1);
    stop();
    assert.equal(clock.pending, 0);
  });

  it('keeps the plan when the file is broken or gone, and says so once', () => {
    const { write, room, clock, metrics, errors, stop } = setUp();
    write('{"rules": [{"dialled": "("');
    clock.advance(60_000);
    assert.equal(room(), 'first');
    assert.equal(errors.length, 1);
    write(null);
    clock.advance(60_000);
    assert.deepEqual([room(), errors.length, errors[1]], ['first', 2, 'no such file']);
    assert.equal(metrics.counted('dualstream_dialplan_reloads_total', { outcome: 'refused' }), 2);
    write(planText({ dialled: '(a+)+', room: 'x' }));
    clock.advance(60_000);
    assert.match(errors[2] ?? '', /^rule 1, dialled: /);
    write(to('third'));
    clock.advance(2000);
    assert.equal(room(), 'third');
    stop();
  });

  it('is read at once when told to, and the watch then leaves it alone', () => {
    const { plan, write, room, clock, reads, stop, ...tools } = setUp();
    write(to('second'));
    plan.reload(tools);
    assert.equal(room(), 'second');
    clock.advance(10_000);
    assert.equal(reads(), 2);
    stop();
  });

  it('must be good at the start', () => {
    const file = { path: 'x', stamp: () => '1', read: () => '{}' };
    assert.throws(() => new LiveDialplan(file, noContext), DialplanUnusable);
  });
});
