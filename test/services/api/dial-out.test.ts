import assert from 'node:assert/strict';
import type { ErrorAnswer } from '../../../src/services/api/contract.js';
import { DialFailed, TargetNotAllowed, type Dialer, type DialRequest } from '../../../src/rooms/dialer.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { apiUnderTest, Client, type TestApi } from './support.js';

/** Answers when told. */
class FakeDialer implements Dialer {
  readonly schemes = ['sip', 'user'];
  readonly requests: DialRequest[] = [];
  settle: { answer(): void; fail(error: Error): void } | null = null;

  dial(request: DialRequest): ReturnType<Dialer['dial']> {
    if (request.to.includes('evil')) throw new TargetNotAllowed('it is evil');
    this.requests.push(request);
    let fail: (error: Error) => void = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      fail = reject;
      this.settle = {
        answer: () => {
          request.seat(new FakeLeg({ name: 'leg' }));
          resolve();
        },
        fail: reject,
      };
    });
    return { done, cancel: () => fail(new DialFailed(487, 'given up')) };
  }
}

describe('POST /api/v1/rooms/:name/participants', () => {
  let test: TestApi;
  let dialer: FakeDialer;
  let who: 'admin' | 'moderator';
  const path = '/api/v1/rooms/demo/participants';
  beforeEach(async () => {
    dialer = new FakeDialer();
    who = 'moderator';
    let dialOut: DialOut | null = null;
    test = await apiUnderTest({
      dialOut: {
        get who() {
          return who;
        },
        call: (room, invitation) => {
          dialOut ??= new DialOut({ dialers: [dialer], ...test, perRoom: 2 });
          return dialOut.call(room, invitation);
        },
      },
    });
  });
  afterEach(() => test.close());

  const error = async (answer: Promise<{ status: number; body: unknown }>): Promise<[number, string]> => {
    const { status, body } = await answer;
    return [status, (body as ErrorAnswer).error];
  };

  it('calls for a moderator, tells the room, and gives the participant the id it said', async () => {
    const admin = await test.admin();
    const { token } = await test.session('demo', 'Ann');
    const events = new Client(`ws://127.0.0.1:${test.port}/api/v1/events?token=${token}`);
    await events.find('snapshot');
    const answer = await test.post(path, { uri: 'sip:bob@192.0.2.1', name: 'Bob', role: 'guest' }, admin);
    const { id } = answer.body as { id: number };
    assert.equal(answer.status, 202);
    const ringing = await events.find('participant.ringing');
    assert.deepEqual(ringing.call, { id, name: 'Bob', role: 'guest', ringing: false });
    dialer.requests[0]?.ringing();
    assert.equal((await events.find('participant.ringing')).call.ringing, true);
    dialer.settle?.answer();
    const { participant } = await events.find('participant.joined');
    assert.deepEqual([participant.id, participant.name, participant.role], [id, 'Bob', 'guest']);
    events.close();
  });

  it('tells who does not answer, and gives up by DELETE', async () => {
    const admin = await test.admin();
    const { token } = await test.session('demo', 'Ann');
    const events = new Client(`ws://127.0.0.1:${test.port}/api/v1/events?token=${token}`);
    await test.post(path, { user: 'bob' }, admin);
    dialer.settle?.fail(new DialFailed(486, 'Busy Here'));
    const { status, reason, name } = await events.find('participant.failed');
    assert.deepEqual([status, reason, name], [486, 'Busy Here', 'bob']);
    const { id } = (await test.post(path, { user: 'bob' }, admin)).body as { id: number };
    assert.equal((await test.delete(`${path}/${id}`, admin)).status, 204);
    assert.equal((await events.find('participant.failed')).status, 487);
    events.close();
  });

  it('is for moderators: not for guests, not for who shows nothing, not for another room', async () => {
    const { bearer } = await test.join('demo', 'Guest');
    const body = { uri: 'sip:bob@192.0.2.1' };
    assert.deepEqual(await error(test.post(path, body, bearer)), [403, 'forbidden']);
    assert.deepEqual(await error(test.post(path, body)), [401, 'unauthorized']);
    const elsewhere = await test.join('echo', 'Guest');
    assert.deepEqual(await error(test.post(path, body, elsewhere.bearer)), [403, 'forbidden']);
    assert.equal(dialer.requests.length, 0);
  });

  it('is for administrators only where that is configured', async () => {
    who = 'admin';
    const { token } = test.tokens.issue({ kind: 'session', room: 'demo', name: 'M', role: 'moderator', ttlMs: 1e6 });
    const body = { uri: 'sip:bob@192.0.2.1' };
    const bearer = { authorization: `Bearer ${token}` };
    assert.deepEqual(await error(test.post(path, body, bearer)), [403, 'forbidden']);
    assert.equal((await test.post(path, body, await test.admin())).status, 202);
    who = 'moderator';
    assert.equal((await test.post(path, body, bearer)).status, 202);
  });

  it('refuses what makes no sense, what is not allowed, and too much', async () => {
    const admin = await test.admin();
    assert.deepEqual(await error(test.post(path, {}, admin)), [400, 'bad_request']);
    assert.deepEqual(await error(test.post(path, { uri: 'sip:a@b', user: 'c' }, admin)), [400, 'bad_request']);
    assert.deepEqual(await error(test.post(path, { uri: 'mailto:a@b' }, admin)), [400, 'bad_target']);
    assert.deepEqual(await error(test.post(path, { uri: 'sip:evil@b' }, admin)), [403, 'target_not_allowed']);
    assert.deepEqual(await error(test.post('/api/v1/rooms/none/participants', { user: 'a' }, admin)), [
      404,
      'not_found',
    ]);
    for (let n = 0; n < 2; n += 1) await test.post(path, { user: 'a' }, admin);
    assert.deepEqual(await error(test.post(path, { user: 'a' }, admin)), [429, 'too_many_calls']);
  });
});
