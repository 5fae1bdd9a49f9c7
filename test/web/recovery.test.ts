import assert from 'node:assert/strict';
import { ApiError, NoTransport, type CallEnd } from '../../src/web/errors.js';
import { memoryMs, mostReturns, patienceMs, Recovery } from '../../src/web/recovery.js';

const engineLost: CallEnd = {
  kind: 'ended',
  cause: { protocol: 'SIP', cause: 488, text: 'the media engine was restarted, please call again' },
};
const unreachable = new ApiError('unreachable', '', true);

function inRoom(): Recovery {
  const recovery = new Recovery();
  recovery.joined();
  return recovery;
}

describe('coming back after a lost call', () => {
  it('is not tried by who was never in', () => {
    assert.equal(new Recovery().ended({ kind: 'signalling-lost' }, 0).then, 'over');
    assert.equal(new Recovery().failed(new NoTransport(), 0).then, 'over');
  });

  it('is tried when connection, media or the gateway’s part failed', () => {
    const silent: CallEnd = { kind: 'ended', cause: { protocol: 'Q.850', cause: 102, text: '' } };
    for (const end of [{ kind: 'signalling-lost' }, { kind: 'media-failed' }, engineLost, silent] as CallEnd[]) {
      assert.equal(inRoom().ended(end, 1000).then, 'again', JSON.stringify(end));
    }
  });

  it('is not tried when somebody meant it', () => {
    const ended = (protocol: string, cause: number): CallEnd => ({
      kind: 'ended',
      cause: { protocol, cause, text: '' },
    });
    for (const end of [{ kind: 'left' } as CallEnd, ended('SIP', 603), ended('Q.850', 16), ended('SIP', 503)]) {
      assert.equal(inRoom().ended(end, 1000).then, 'over', JSON.stringify(end));
    }
  });

  it('goes on with growing pauses while the gateway is away, and keeps saying why', () => {
    const recovery = inRoom();
    let step = recovery.ended(engineLost, 1000);
    const pauses: number[] = [];
    let now = 1000;
    while (step.then === 'again') {
      assert.equal(step.notice.word, 'engineLost');
      pauses.push(step.afterMs);
      now += step.afterMs;
      step = recovery.failed(unreachable, now);
    }
    assert.equal(step.notice.word, 'engineLost');
    assert.ok(pauses[0] !== undefined && pauses[0] < 500);
    assert.deepEqual(
      [...pauses].sort((a, b) => a - b),
      pauses,
    );
    assert.ok(now > 1000 + patienceMs / 2 && now <= 1000 + patienceMs);
  });

  it('ends with the newer reason when the room does not want us back', () => {
    for (const code of ['room_full', 'room_locked', 'pin_required', 'not_found']) {
      const recovery = inRoom();
      recovery.ended({ kind: 'signalling-lost' }, 0);
      const step = recovery.failed(new ApiError(code, '', true && code !== 'not_found'), 200);
      assert.deepEqual([step.then, step.notice.word], ['over', code]);
    }
    const recovery = inRoom();
    recovery.ended({ kind: 'signalling-lost' }, 0);
    assert.equal(
      recovery.ended({ kind: 'refused', status: 403, reason: 'room demo is locked' }, 1).notice.word,
      'room_locked',
    );
  });

  it('tries on when the gateway is not ready yet', () => {
    const recovery = inRoom();
    recovery.ended(engineLost, 0);
    assert.equal(recovery.ended({ kind: 'refused', status: 503, reason: 'rtpengine is down' }, 300).then, 'again');
    assert.equal(recovery.failed(new NoTransport(), 900).then, 'again');
  });

  it('is not repeated for a call that fails again at once, but is for one that lasted', () => {
    const recovery = inRoom();
    recovery.ended(engineLost, 1000);
    recovery.joined();
    assert.equal(recovery.ended(engineLost, 1000 + memoryMs - 1).then, 'over');
    const lasting = inRoom();
    lasting.ended(engineLost, 1000);
    lasting.joined();
    assert.equal(lasting.ended(engineLost, 1000 + memoryMs).then, 'again');
  });

  it('is repeated more often for a connection that comes and goes, but not for ever', () => {
    const recovery = inRoom();
    const steps: string[] = [];
    for (let i = 0; i <= mostReturns.connection; i += 1) {
      steps.push(recovery.ended({ kind: 'signalling-lost' }, i * 1000).then);
      recovery.joined();
    }
    assert.deepEqual(steps, [...Array<string>(mostReturns.connection).fill('again'), 'over']);
    const mixed = inRoom();
    mixed.ended({ kind: 'signalling-lost' }, 0);
    mixed.joined();
    assert.equal(mixed.ended(engineLost, 1000).then, 'again');
  });
});
