import assert from 'node:assert/strict';
import { TrunkRegistration } from '../../../src/legs/sip/trunk-registration.js';
import type { Answered } from '../../../src/legs/sip/trunk-requests.js';
import { retryAfterMs, TrunkServer, type ServerOptions } from '../../../src/legs/sip/trunk-server.js';
import type { SipResponse } from '../../../src/legs/sip/srf.js';
import { ManualClock } from '../../support/manual-clock.js';
import { turn } from '../../support/fakes/rooms.js';

const at = { host: '192.0.2.7', port: 5060, transport: 'tcp' as const, priority: 1, weight: 1 };

function answered(status: number, headers: Record<string, string> = {}): Answered {
  const response = { status, get: (name: string) => headers[name] } as unknown as SipResponse;
  return { status, reason: 'words', response: status >= 200 ? response : null, sent: null };
}

describe('a server of a trunk', () => {
  let clock: ManualClock;
  let told: string[];
  let answer: number;
  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    answer = 200;
  });
  const serverWith = (more: Partial<ServerOptions> = {}): TrunkServer =>
    new TrunkServer(at, {
      clock,
      everyMs: 30_000,
      check: () => Promise.resolve(answered(answer)),
      changed: (server, why) => told.push(`${server.down ? 'down' : 'up'} ${why}`),
      ...more,
    });

  it('is down after two checks without an answer, says so once, and is back with the first answer', async () => {
    const server = serverWith();
    server.start();
    await turn();
    for (const [status, down] of [
      [408, false],
      [408, true],
      [503, true],
      [0, true],
      [404, false],
      [200, false],
    ] as const) {
      answer = status;
      clock.advance(30_000);
      await turn();
      assert.equal(server.down, down, String(status));
    }
    assert.deepEqual(told, ['down 408 words', 'up it answers']);
    server.close();
    assert.equal(clock.pending, 0);
  });

  it('counts as down from the beginning when it never answered', async () => {
    answer = 408;
    const server = serverWith();
    server.start();
    await turn();
    assert.equal(server.down, true);
    server.close();
  });

  it('is left out for a while after a call that did not reach it, where nobody asks it', () => {
    const server = serverWith({ everyMs: 0 });
    server.start();
    server.failed('503 refused');
    assert.equal(server.down, true);
    clock.advance(30_000);
    assert.equal(server.down, false);
    assert.deepEqual(told, ['down 503 refused', 'up it may be tried again']);
    server.close();
    assert.equal(clock.pending, 0);
  });
});

describe('a server of a trunk that asks to be left alone', () => {
  const asking = (seconds: string): Answered => answered(503, { 'Retry-After': seconds });
  const serverWith = (clock: ManualClock, answers: Answered[], everyMs = 30_000): TrunkServer => {
    const check = (): Promise<Answered> => Promise.resolve(answers.shift() ?? answered(200));
    return new TrunkServer(at, { clock, everyMs, check, changed: () => undefined });
  };

  it('is not asked by OPTIONS either, and at once when its time is over', async () => {
    const clock = new ManualClock();
    const server = serverWith(clock, [asking('100')]);
    server.start();
    await turn();
    assert.equal(server.snapshot.state, 'aside');
    assert.equal(server.snapshot.asideUntil, clock.wall() + 100_000);
    clock.advance(99_000);
    await turn();
    server.reached();
    server.failed('408 no answer');
    assert.equal(server.snapshot.state, 'aside');
    clock.advance(1000);
    await turn();
    assert.deepEqual(server.snapshot, { uri: server.uri, state: 'up', reason: null, asideUntil: null });
    server.close();
    assert.equal(clock.pending, 0);
  });

  it('is heard for ten minutes at most, and the longest wish counts', () => {
    const clock = new ManualClock();
    const server = serverWith(clock, [], 0);
    server.failed('503', 1e12);
    server.failed('503', 1000);
    clock.advance(599_000);
    assert.equal(server.down, true);
    clock.advance(1000);
    assert.equal(server.snapshot.state, 'unknown');
    server.close();
    assert.equal(clock.pending, 0);
  });

  for (const [text, ms] of [
    ['120', 120_000],
    [' 18000;duration=3600', 18_000_000],
    ['5 (in a meeting)', 5000],
    ['0', 0],
    ['soon', 0],
    ['-5', 0],
    ['12x', 0],
    ['99999999999', 0],
  ] as const) {
    it(`by Retry-After: ${text}`, () => assert.equal(retryAfterMs(asking(text).response), ms));
  }

  it('does so by 503 only', () => {
    assert.equal(retryAfterMs(answered(486, { 'Retry-After': '5' }).response), 0);
    assert.equal(retryAfterMs(null), 0);
  });
});

describe('a registration at a trunk', () => {
  let clock: ManualClock;
  let told: string[];
  let asked: string[];
  let answers: Answered[];
  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    asked = [];
    answers = [];
  });
  const options = { everyMs: 0, check: () => Promise.resolve(answered(200)), changed: () => undefined };
  const serverAt = (host: string): TrunkServer => new TrunkServer({ ...at, host }, { clock, ...options });
  const start = (servers: TrunkServer[], expires = 3600): TrunkRegistration => {
    const registration = new TrunkRegistration({
      clock,
      expires,
      servers: () => servers,
      register: (server, seconds) => {
        asked.push(`${server.at.host} ${seconds}`);
        return Promise.resolve(answers.shift() ?? answered(200));
      },
      changed: (registered, why) => told.push(`${registered} ${why}`),
    });
    registration.start();
    return registration;
  };

  it('is renewed after four fifths of the time granted, and taken back at the end', async () => {
    answers = [answered(200, { Contact: '<sip:x@192.0.2.1>;expires=100', Expires: '3600' })];
    const registration = start([serverAt('a')]);
    await turn();
    assert.equal(registration.registered, true);
    clock.advance(79_000);
    await turn();
    assert.equal(asked.length, 1);
    clock.advance(1000);
    await turn();
    assert.deepEqual(asked, ['a 3600', 'a 3600']);
    await registration.close();
    assert.equal(asked.at(-1), 'a 0');
    assert.equal(clock.pending, 0);
  });

  it('asks for the time that the registrar wants at least, also later', async () => {
    answers = [answered(423, { 'Min-Expires': '7200' })];
    const registration = start([serverAt('a')]);
    await turn();
    assert.deepEqual(asked, ['a 3600', 'a 7200']);
    clock.advance(0.8 * 7_200_000);
    await turn();
    assert.equal(asked.at(-1), 'a 7200');
    await registration.close();
  });

  it('moves on to the next server when one does not answer, and stays there', async () => {
    answers = [answered(408), answered(200, { Expires: '100' })];
    const servers = [serverAt('a'), serverAt('b')];
    const registration = start(servers);
    await turn();
    assert.deepEqual(asked, ['a 3600', 'b 3600']);
    assert.equal(servers[0]?.down, true);
    clock.advance(80_000);
    await turn();
    assert.equal(asked.at(-1), 'b 3600');
    await registration.close();
    for (const server of servers) server.close();
  });

  it('backs off longer and longer while it is refused, and says so once', async () => {
    answers = Array.from({ length: 4 }, () => answered(403));
    const registration = start([serverAt('a'), serverAt('b')]);
    await turn();
    for (const wait of [5000, 10_000, 20_000]) {
      const before = asked.length;
      clock.advance(wait - 1);
      await turn();
      assert.equal(asked.length, before);
      clock.advance(1);
      await turn();
      assert.equal(asked.length, before + 1);
    }
    clock.advance(40_000);
    await turn();
    assert.deepEqual(told, ['false 403 words', 'true sip:a:5060;transport=tcp']);
    await registration.close();
  });
});
