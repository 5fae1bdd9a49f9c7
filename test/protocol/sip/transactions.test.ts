import assert from 'node:assert/strict';
import { AcceptGuard } from '../../../src/protocol/sip/accept-guard.js';
import { ClientMachine } from '../../../src/protocol/sip/client-machine.js';
import { InviteClientMachine } from '../../../src/protocol/sip/invite-client.js';
import { InviteServerMachine } from '../../../src/protocol/sip/invite-server.js';
import { Headers, noBody, type SipResponse } from '../../../src/protocol/sip/message.js';
import { ReliableProvisional } from '../../../src/protocol/sip/reliable-provisional.js';
import { ServerMachine } from '../../../src/protocol/sip/server-machine.js';
import { SessionTimer } from '../../../src/protocol/sip/session-timer.js';
import { standardTimers } from '../../../src/protocol/sip/timers.js';
import { ManualClock } from '../../support/manual-clock.js';

const response = (status: number, body = ''): SipResponse => ({
  kind: 'response',
  status,
  reason: '',
  headers: new Headers(),
  body: body === '' ? noBody : Buffer.from(body),
});

/** Notes what a machine does and when, in seconds. */
function recorder(clock: ManualClock) {
  const log: string[] = [];
  const note = (what: string): void => void log.push(`${clock.now() / 1000} ${what}`);
  return {
    log,
    effects: {
      send: (r?: SipResponse) => note(r ? `send ${r.status}` : 'send'),
      trying: () => response(100),
      ack: (r: SipResponse) => note(`ack ${r.status}`),
      response: (r: SipResponse) => note(`response ${r.status}`),
      failed: (status: number) => note(`failed ${status}`),
      terminated: () => note('terminated'),
      unacknowledged: () => note('unacknowledged'),
      resend: () => note('resend'),
    },
  };
}

describe('INVITE client transaction', () => {
  const start = (reliable: boolean) => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const machine = new InviteClientMachine(clock, standardTimers, reliable, effects);
    machine.start();
    return { clock, log, machine };
  };

  it('repeats on UDP by timer A and gives up by timer B', () => {
    const { clock, log } = start(false);
    clock.advance(40_000);
    const sends = [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5].map((at) => `${at} send`);
    assert.deepEqual(log, [...sends, '32 failed 408', '32 terminated']);
    assert.equal(clock.pending, 0);
  });

  it('does not repeat on a reliable transport', () => {
    const { clock, log } = start(true);
    clock.advance(40_000);
    assert.deepEqual(log, ['0 send', '32 failed 408', '32 terminated']);
  });

  it('stops repeating at a provisional response and then waits as long as it rings', () => {
    const { clock, log, machine } = start(false);
    machine.receive(response(180));
    clock.advance(1_000_000);
    assert.deepEqual(log, ['0 send', '0 response 180']);
    assert.equal(machine.waiting, true);
  });

  it('acknowledges each copy of a refusal and forgets after timer D', () => {
    const { clock, log, machine } = start(false);
    machine.receive(response(486));
    machine.receive(response(486));
    clock.advance(32_000);
    assert.deepEqual(log, ['0 send', '0 ack 486', '0 response 486', '0 ack 486', '32 terminated']);
  });

  it('hands every 2xx to the user until timer M', () => {
    const { clock, log, machine } = start(true);
    machine.receive(response(200));
    clock.advance(31_000);
    machine.receive(response(200));
    machine.receive(response(486));
    clock.advance(1000);
    machine.receive(response(200));
    assert.deepEqual(log, ['0 send', '0 response 200', '31 response 200', '32 terminated']);
  });

  it('fails at once with its transport', () => {
    const { clock, log, machine } = start(true);
    machine.transportFailed();
    assert.deepEqual(log, ['0 send', '0 failed 503', '0 terminated']);
    assert.equal(clock.pending, 0);
  });
});

describe('non-INVITE client transaction', () => {
  it('repeats by timer E, every T2 once provisional, and gives up by timer F', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const machine = new ClientMachine(clock, standardTimers, false, effects);
    machine.start();
    clock.advance(1000);
    machine.receive(response(100));
    clock.advance(40_000);
    const sends = [1.5, 5.5, 9.5, 13.5, 17.5, 21.5, 25.5, 29.5].map((at) => `${at} send`);
    assert.deepEqual(log, ['0 send', '0.5 send', '1 response 100', ...sends, '32 failed 408', '32 terminated']);
  });

  it('takes one final response and forgets after timer K', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const machine = new ClientMachine(clock, standardTimers, false, effects);
    machine.start();
    machine.receive(response(200));
    machine.receive(response(200));
    clock.advance(5000);
    assert.deepEqual(log, ['0 send', '0 response 200', '5 terminated']);
  });
});

describe('INVITE server transaction', () => {
  const start = (reliable: boolean) => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    return { clock, log, machine: new InviteServerMachine(clock, standardTimers, reliable, effects) };
  };

  it('repeats a refusal by timer G until the ACK, then absorbs until timer I', () => {
    const { clock, log, machine } = start(false);
    machine.respond(response(100));
    machine.again();
    machine.respond(response(486));
    clock.advance(1600);
    machine.ack();
    machine.again();
    clock.advance(10_000);
    assert.deepEqual(log, ['0 send 100', '0 send 100', '0 send 486', '0.5 send 486', '1.5 send 486', '6.6 terminated']);
  });

  it('gives up without an ACK by timer H', () => {
    const { clock, log, machine } = start(true);
    machine.respond(response(500));
    clock.advance(32_000);
    assert.deepEqual(log, ['0 send 500', '32 unacknowledged', '32 terminated']);
  });

  it('after a 2xx absorbs the INVITE, lets 2xx through and forgets by timer L', () => {
    const { clock, log, machine } = start(false);
    assert.equal(machine.respond(response(200)), true);
    machine.again();
    assert.equal(machine.respond(response(486)), false);
    assert.equal(machine.respond(response(200)), true);
    clock.advance(32_000);
    assert.deepEqual(log, ['0 send 200', '0 send 200', '32 terminated']);
  });
});

describe('non-INVITE server transaction', () => {
  it('repeats its answer to repeated requests until timer J', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const machine = new ServerMachine(clock, standardTimers, false, effects);
    machine.again();
    machine.respond(response(200));
    machine.again();
    assert.equal(machine.respond(response(500)), false);
    clock.advance(32_000);
    assert.deepEqual(log, ['0 send 200', '0 send 200', '32 terminated']);
    assert.equal(clock.pending, 0);
  });

  it('says 100 by UDP when timer E has reached T2 and not before, and never 180 or 408 (RFC 4320)', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const machine = new ServerMachine(clock, standardTimers, false, effects);
    for (const status of [100, 180, 408]) assert.equal(machine.respond(response(status)), false);
    clock.advance(3499);
    machine.again();
    assert.deepEqual(log, []);
    clock.advance(1);
    machine.again();
    assert.deepEqual(log, ['3.5 send 100', '3.5 send 100']);
    machine.respond(response(200));
    clock.advance(32_000);
    assert.equal(log.at(-1), '35.5 terminated');
  });

  it('leaves 100 to its user on a reliable transport, and forgets at once', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const machine = new ServerMachine(clock, standardTimers, true, effects);
    clock.advance(10_000);
    assert.equal(machine.respond(response(100)), true);
    machine.respond(response(200));
    clock.advance(0);
    assert.deepEqual(log, ['10 send 100', '10 send 200', '10 terminated']);
  });
});

describe('2xx guard', () => {
  it('repeats until the ACK', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const guard = new AcceptGuard(clock, standardTimers, effects);
    clock.advance(8000);
    guard.stop();
    assert.deepEqual(log, ['0.5 resend', '1.5 resend', '3.5 resend', '7.5 resend']);
    assert.equal(clock.pending, 0);
  });

  it('reports a missing ACK after 64 T1', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    new AcceptGuard(clock, standardTimers, effects);
    clock.advance(40_000);
    assert.equal(log.at(-1), '32 unacknowledged');
    assert.equal(clock.pending, 0);
  });
});

describe('reliable provisional responses', () => {
  it('go one at a time, repeated without a cap, and hold what must wait for them', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const reliable = new ReliableProvisional(clock, standardTimers, 7, effects);
    const first = reliable.nextRseq();
    reliable.send(response(183, 'v=0'), first);
    reliable.send(response(180), reliable.nextRseq());
    reliable.whenIdle(() => log.push('idle'));
    clock.advance(4000);
    assert.equal(reliable.holdsAnswer, true);
    assert.equal(reliable.acknowledged(99), false);
    assert.equal(reliable.acknowledged(first), true);
    assert.equal(reliable.holdsAnswer, false);
    assert.equal(reliable.acknowledged(first + 1), true);
    assert.deepEqual(log, ['0 send 183', '0.5 send 183', '1.5 send 183', '3.5 send 183', '4 send 180', 'idle']);
    assert.equal(clock.pending, 0);
  });

  it('fail after 64 T1', () => {
    const clock = new ManualClock();
    const { log, effects } = recorder(clock);
    const reliable = new ReliableProvisional(clock, standardTimers, 1, effects);
    reliable.send(response(180), reliable.nextRseq());
    clock.advance(32_000);
    assert.equal(log.at(-1), '32 unacknowledged');
    assert.equal(clock.pending, 0);
  });
});

describe('session timer', () => {
  it('refreshes at half the interval when that is our turn, else expires at the whole', () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const timer = new SessionTimer(clock, {
      refresh: () => log.push(`${clock.now() / 1000} refresh`),
      expired: () => log.push(`${clock.now() / 1000} expired`),
    });
    timer.arm(1800, true);
    clock.advance(900_000);
    timer.rearm();
    clock.advance(900_000);
    timer.arm(30, false);
    clock.advance(90_000);
    assert.deepEqual(log, ['900 refresh', '1800 refresh', '1890 expired']);
    timer.stop();
    assert.equal(timer.session, null);
    timer.retry(5);
    assert.equal(clock.pending, 0, 'there is nothing to try again');
    log.length = 0;
    timer.arm(90, true);
    clock.advance(45_000);
    timer.retry(5000);
    clock.advance(5000);
    timer.retry(40_001);
    clock.advance(40_000);
    assert.deepEqual(log, ['1935 refresh', '1940 refresh', '1980 expired']);
    timer.arm(90, true);
    assert.deepEqual([timer.raise(90), timer.raise(120)], [false, true]);
    timer.stop();
    assert.equal(clock.pending, 0);
  });
});
