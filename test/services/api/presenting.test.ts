import assert from 'node:assert/strict';
import type { RoomSnapshot, SessionAnswer } from '../../../src/services/api/contract.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { apiUnderTest, type TestApi } from './support.js';

describe('presenting over the API', () => {
  let test: TestApi;
  beforeEach(async () => (test = await apiUnderTest()));
  afterEach(() => test.close());

  const roomPath = '/api/v1/rooms/demo';
  const snapshot = async (who: Record<string, string>): Promise<RoomSnapshot> =>
    (await test.get(roomPath, who)).body as RoomSnapshot;

  it('lets moderators say who may, and make presenters', async () => {
    const admin = await test.admin();
    const { bearer, id } = await test.join('demo', 'Ann');
    const person = `${roomPath}/participants/${id}`;
    const ask = () => test.post(`${roomPath}/floor`, { action: 'request' }, bearer);
    for (const [path, body] of [
      [roomPath, { floor: 'presenters-only' }],
      [person, { presenter: true }],
    ] as const)
      assert.equal((await test.patch(path, body, bearer)).status, 403, 'a guest may not');
    assert.equal((await test.patch(roomPath, { floor: 'nobody' }, admin)).status, 400);
    assert.equal((await test.patch(roomPath, { floor: 'presenters-only' }, admin)).status, 200);
    assert.equal((await snapshot(bearer)).floor.policy, 'presenters-only');
    assert.equal((await ask()).status, 403);
    assert.equal((await test.patch(person, { presenter: true }, admin)).status, 200);
    assert.equal((await snapshot(bearer)).participants[0]?.presenter, true);
    assert.equal((await ask()).status, 200);
    assert.equal((await test.patch(person, { presenter: false }, admin)).status, 200);
    assert.equal((await snapshot(bearer)).floor.holder, null);
  });

  it('shows the queue with places', async () => {
    const admin = await test.admin();
    await test.patch(roomPath, { floor: 'ask-moderator' }, admin);
    const people = [await test.join('demo', 'Ann'), await test.join('demo', 'Bob')];
    for (const { bearer } of people) await test.post(`${roomPath}/floor`, { action: 'request' }, bearer);
    const { waiting } = (await snapshot(admin)).floor;
    assert.deepEqual(
      waiting.map(({ name, position }) => [name, position]),
      [
        ['Ann', 1],
        ['Bob', 2],
      ],
    );
  });

  it('keeps the floor for a page whose call broke, and gives it back to who shows its old token', async () => {
    const { bearer, id, token } = await test.join('demo', 'Ann');
    await test.post(`${roomPath}/floor`, { action: 'request' }, bearer);
    const stranger = await test.join('demo', 'Eve');
    assert.equal((await test.delete(`${roomPath}/participants/${id}?back=true`, bearer)).status, 204);
    assert.deepEqual((await snapshot(stranger.bearer)).floor.holder?.away, true);
    const back = async (resume: string) => {
      const { body } = await test.post('/api/v1/session', { room: 'demo', name: 'Ann', resume });
      const grant = test.tokens.claim((body as SessionAnswer).token)!;
      const identity = `token ${grant.person ?? grant.id}`;
      return test.rooms.open('demo').join(new FakeLeg({ name: 'Ann' }), { session: grant.id, identity });
    };
    assert.equal((await back(stranger.token)).presenting, false);
    assert.equal((await back('no such token')).presenting, false);
    const again = await back(token);
    assert.deepEqual([again.presenting, again.id], [true, id]);
    const holder = (await snapshot(stranger.bearer)).floor.holder;
    assert.deepEqual([holder?.who, holder?.away, holder?.paused], [id, false, false]);
  });

  it('keeps nothing for who just leaves, nor lets others say that it comes back', async () => {
    const admin = await test.admin();
    const { bearer, id } = await test.join('demo', 'Ann');
    await test.post(`${roomPath}/floor`, { action: 'request' }, bearer);
    await test.delete(`${roomPath}/participants/${id}?back=true`, admin);
    assert.equal((await snapshot(admin)).floor.holder, null);
  });
});
