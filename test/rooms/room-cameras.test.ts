import assert from 'node:assert/strict';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { fakeRoom, turn } from '../support/fakes/rooms.js';

/** Feeds of camera control only, in the order of their sources. */
const feeds = (chains: string[]): string[] => chains.filter((chain) => chain.includes('/fecc'));
const feed = (from: FakeLeg, to: FakeLeg): string => `${from.id}/fecc -> ${to.id}/fecc`;

describe('far-end camera control in a room', () => {
  it('goes between the two that see each other, and ends with either', () => {
    const { room, plane } = fakeRoom();
    const [a, b] = [new FakeLeg({ fecc: true }), new FakeLeg({ fecc: true })];
    room.join(a);
    assert.deepEqual(feeds(plane.chains()), []);
    room.join(b);
    assert.deepEqual(feeds(plane.chains()), [feed(a, b), feed(b, a)].sort());
    b.fecc?.close();
    b.hangUp();
    assert.deepEqual(feeds(plane.chains()), []);
  });

  it('moves the camera that is seen, whoever else could be moved', async () => {
    const { room, plane, bridge } = fakeRoom();
    const [a, b, c] = [new FakeLeg({ fecc: true }), new FakeLeg({ fecc: true }), new FakeLeg()];
    for (const leg of [a, b, c]) room.join(leg);
    await turn();
    const events = bridge.conferences.get('demo')?.events;
    events?.emit('active', { member: b.id });
    assert.deepEqual(feeds(plane.chains()), [feed(a, b), feed(b, a)].sort());
    events?.emit('active', { member: c.id });
    assert.deepEqual(feeds(plane.chains()), [], 'both see the one that cannot be moved');
    events?.emit('active', { member: a.id });
    assert.deepEqual(feeds(plane.chains()), [feed(b, a)], 'the speaker sees the one before');
  });

  it('moves nobody whose slides are in the main picture', async () => {
    const { room, plane } = fakeRoom();
    const a = new FakeLeg({ fecc: true, content: 'sendrecv' });
    const b = new FakeLeg({ fecc: true, floor: false, can: { content: 'in-main', renegotiate: false } });
    const one = room.join(a);
    room.join(b);
    one.desk.request();
    await turn();
    assert.deepEqual(feeds(plane.chains()), [feed(a, b)]);
  });

  it('does not come back to its sender in an echo room', () => {
    const { room, plane } = fakeRoom({ mode: 'echo' });
    room.join(new FakeLeg({ fecc: true }));
    assert.deepEqual(feeds(plane.chains()), []);
  });
});
