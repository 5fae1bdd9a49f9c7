import assert from 'node:assert/strict';
import type { FloorDescription } from '../../src/rooms/describe.js';
import { keepMs } from '../../src/rooms/kept-floor.js';
import type { Room } from '../../src/rooms/room.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { lineParams } from '../support/fakes/fake-line.js';
import { fakeRoom, turn } from '../support/fakes/rooms.js';

const astray = { kind: 'failed', why: 'the connection was lost' } as const;
const who = { identity: 'user ann' };

function floors(room: Room): FloorDescription[] {
  const told: FloorDescription[] = [];
  room.on.on('floor', (floor) => told.push(floor));
  return told;
}

function presenting(policy: 'latest-takes-over' | 'first-keeps-it' = 'latest-takes-over') {
  const made = fakeRoom({ policy });
  const leg = new FakeLeg({ name: 'ann', content: 'sendrecv' });
  const watcher = new FakeLeg({ name: 'bob', content: 'sendrecv' });
  const one = made.room.join(leg, who);
  made.room.join(watcher, { identity: 'user bob' });
  one.desk.request();
  return { ...made, leg, watcher, told: floors(made.room) };
}

describe('rooms: a presenter that lost its connection', () => {
  it('presents on when it is back within 10 s, under its number', async () => {
    const { room, leg, watcher, plane, clock, told } = presenting();
    await turn();
    leg.hangUp(astray);
    assert.deepEqual([room.describe().floor.holder?.away, room.size], [true, 1]);
    assert.deepEqual(
      told.map(({ holder }) => holder?.away),
      [true],
    );
    assert.equal(keepMs, 10_000);
    clock.advance(keepMs - 1);
    const again = new FakeLeg({ name: 'ann', content: 'sendrecv' });
    watcher.floor!.heard.length = 0;
    assert.equal(room.join(again, who).id, 1);
    assert.ok(plane.chains().includes(`${again.id}/content -> ${watcher.id}/content`), 'its content goes out at once');
    await turn();
    assert.deepEqual(again.floor!.heard.sort(), ['granted 1', 'holder ann']);
    assert.ok(!watcher.floor!.heard.includes('holder nobody'), 'the others see no change of floor');
    assert.deepEqual(again.told, [{ presenting: true }]);
    assert.equal(told.at(-1)?.holder?.away, false);
    clock.advance(60_000);
    assert.equal(room.describe().floor.holder?.who, 1);
    assert.equal(clock.pending, 0);
  });

  it('has lost the floor after 10 s', async () => {
    const { room, leg, watcher, clock, told } = presenting();
    leg.hangUp(astray);
    await turn();
    watcher.floor!.heard.length = 0;
    clock.advance(keepMs);
    await turn();
    assert.equal(room.describe().floor.holder, null);
    assert.deepEqual(watcher.floor!.heard, ['holder nobody']);
    assert.equal(told.at(-1)?.holder, null);
    const again = room.join(new FakeLeg({ name: 'ann' }), who);
    assert.equal(again.presenting, false);
  });

  it('keeps nothing when it left by its own will, was put out, or has been gone for longer already', async () => {
    for (const why of [{ kind: 'left' }, { kind: 'removed', by: 'm' }, { kind: 'silent', ms: 15_000 }] as const) {
      const { room, leg, clock } = presenting();
      leg.hangUp(why);
      assert.equal(room.describe().floor.holder, null);
      assert.equal(clock.pending, 0);
      await room.close({ kind: 'shutdown' });
    }
  });

  it('keeps its number and floor from others, who may take the floor over as the policy says', () => {
    const { room, leg, clock } = presenting();
    leg.hangUp(astray);
    const other = room.join(new FakeLeg({ name: 'eve', content: 'sendrecv' }), { identity: 'user eve', id: 1 });
    assert.notEqual(other.id, 1);
    assert.equal(other.presenting, false);
    assert.equal(other.desk.request().state, 'granted');
    assert.equal(clock.pending, 0, 'nobody is awaited any more');
    const late = room.join(new FakeLeg({ name: 'ann' }), who);
    assert.equal(late.presenting, false);
    const first = presenting('first-keeps-it');
    first.leg.hangUp(astray);
    assert.equal(first.room.participant(2)?.desk.request().state, 'denied');
    first.room.moderateFloor('revoke', 'm');
    assert.deepEqual([first.room.describe().floor.holder, first.clock.pending], [null, 0]);
  });

  it('is back before its old call was noticed to be dead', async () => {
    const { room, leg, clock } = presenting();
    clock.advance(5000);
    const again = new FakeLeg({ name: 'ann', content: 'sendrecv' });
    const one = room.join(again, who);
    assert.equal(one.presenting, false, 'two calls of one device are two');
    leg.hangUp({ kind: 'silent', ms: 15_000 });
    assert.equal(one.presenting, true);
    assert.equal(clock.pending, 0);
    await turn();
    assert.ok(again.floor!.heard.includes('granted 1'));
  });

  it('leaves no timer behind when the room closes', async () => {
    const { room, leg, clock } = presenting();
    leg.hangUp(astray);
    await room.close({ kind: 'shutdown' });
    assert.equal(clock.pending, 0);
  });
});

describe('rooms: a share that pauses', () => {
  it('stays where it is seen, with a mark, and goes on', () => {
    const { room, leg, watcher, plane, told } = presenting();
    const old = new FakeLeg({ name: 'old', floor: false, can: { content: 'in-main', renegotiate: false } });
    room.join(old);
    const chains = [`${leg.id}/content -> ${watcher.id}/content`, `${leg.id}/content -> ${old.id}/video`];
    const shown = (): boolean => chains.every((chain) => plane.chains().includes(chain));
    assert.ok(shown());
    leg.at('content').update({ ...lineParams('inactive'), remote: null, held: true });
    assert.ok(shown(), 'the last picture stays');
    assert.equal(room.describe().floor.holder?.paused, true);
    leg.at('content').update(lineParams('sendrecv'));
    leg.at('content').events.emit('silent', { ms: 15_000 });
    leg.at('content').events.emit('alive', undefined);
    assert.deepEqual(
      told.map(({ holder }) => holder?.paused),
      [true, false, true, false],
    );
  });

  it('is none while it has not begun', () => {
    const { room } = fakeRoom();
    const leg = new FakeLeg({ content: 'inactive' });
    leg.at('content').update({ ...lineParams('inactive'), held: true });
    room.join(leg).desk.request();
    assert.equal(room.describe().floor.holder?.paused, false);
  });
});

describe('rooms: a share that begins anew', () => {
  it('is no pause before there is something of it, although there was an earlier one', () => {
    const { room, leg, watcher } = presenting();
    const seat = (name: string) => room.describe().participants.find((one) => one.name === name)?.id ?? 0;
    leg.at('content').update({ ...lineParams('inactive'), held: true });
    assert.equal(room.describe().floor.holder?.paused, true);
    room.requestFloor(seat('bob'));
    assert.equal(watcher.floor!.heard.includes('granted 2'), true);
    room.requestFloor(seat('ann'));
    assert.equal(room.describe().floor.holder?.paused, false);
  });
});

describe('rooms: presenters only', () => {
  it('is a policy that a moderator sets, with those who may', () => {
    const { room } = fakeRoom({ policy: 'first-keeps-it' });
    const told = floors(room);
    const [a, b] = [room.join(new FakeLeg()), room.join(new FakeLeg())];
    assert.equal(a.desk.request().state, 'granted');
    room.setPresenter(b.id, true);
    assert.equal(a.presenting, true, 'it means nothing yet');
    room.setPolicy('presenters-only');
    assert.deepEqual([a.presenting, room.describe().floor.policy], [false, 'presenters-only']);
    assert.equal(a.desk.request().state, 'denied');
    assert.throws(() => room.requestFloor(a.id), /only presenters/);
    assert.equal(b.desk.request().state, 'granted');
    room.setPresenter(b.id, false);
    assert.equal(b.presenting, false);
    assert.deepEqual(
      room.describe().participants.map(({ presenter }) => presenter),
      [false, false],
    );
    assert.equal(told.at(-1)?.policy, 'presenters-only');
  });
});
