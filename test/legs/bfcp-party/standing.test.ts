import assert from 'node:assert/strict';
import { ChannelWatch, graceMs, renewAfterMs, renewEveryMs } from '../../../src/legs/bfcp-party/standing.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('bfcp channels: lost and found', () => {
  const watched = (): { clock: ManualClock; watch: ChannelWatch; log: string[] } => {
    const clock = new ManualClock();
    const log: string[] = [];
    const watch = new ChannelWatch(clock, {
      renew: () => log.push('renew'),
      givenUp: () => log.push('given up'),
      changed: (state) => log.push(state),
    });
    return { clock, watch, log };
  };

  it('loses nothing that was never there', () => {
    const { watch, log, clock } = watched();
    watch.lost('gone');
    clock.advance(graceMs);
    assert.deepEqual(log, []);
    watch.failed('refused');
    assert.deepEqual(log, ['given-up']);
    assert.equal(watch.problem, 'floor control is lost: refused');
  });

  it('waits, asks for a new channel, and gives up', () => {
    assert.deepEqual([renewAfterMs, graceMs, renewEveryMs], [3000, 10_000, 60_000]);
    const { watch, log, clock } = watched();
    watch.heard();
    watch.lost('gone');
    watch.lost('gone again');
    assert.equal(watch.problem, 'floor control is interrupted: gone');
    clock.advance(renewAfterMs);
    clock.advance(graceMs - renewAfterMs);
    assert.deepEqual(log, ['up', 'lost', 'renew', 'given-up', 'given up']);
    watch.heard();
    assert.equal(watch.problem, null);
    assert.equal(clock.pending, 0);
  });

  it('forgets the loss when the peer is heard in time', () => {
    const { watch, log, clock } = watched();
    watch.heard();
    watch.lost('gone');
    clock.advance(renewAfterMs - 1);
    watch.heard();
    clock.advance(graceMs);
    assert.deepEqual(log, ['up', 'lost', 'up']);
    assert.equal(clock.pending, 0);
  });

  it('does not offer new channels all the time to who keeps closing them', () => {
    const { watch, log, clock } = watched();
    for (let times = 0; times < 4; times++) {
      watch.heard();
      watch.lost('gone');
      clock.advance(renewAfterMs);
    }
    assert.equal(log.filter((line) => line === 'renew').length, 1);
    clock.advance(renewEveryMs);
    watch.heard();
    watch.lost('gone');
    clock.advance(renewAfterMs);
    assert.equal(log.filter((line) => line === 'renew').length, 2);
    watch.close();
    assert.equal(clock.pending, 0);
  });
});
