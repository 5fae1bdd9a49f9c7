import assert from 'node:assert/strict';
import { RoomClosed, RoomNotFound } from '../../src/rooms/errors.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { fakeDirectory, turn } from '../support/fakes/rooms.js';

describe('rooms/directory', () => {
  it('has demo and echo, and finds them whatever the case', () => {
    const { rooms } = fakeDirectory();
    assert.deepEqual(
      rooms.list().map((room) => [room.name, room.settings.mode]),
      [
        ['demo', 'conference'],
        ['echo', 'echo'],
      ],
    );
    assert.equal(rooms.open('DEMO'), rooms.find('demo'));
  });

  it('makes a room on the fly and closes it when it stays empty', async () => {
    const { rooms, clock } = fakeDirectory();
    const seen: string[] = [];
    rooms.on.on('opened', ({ room }) => seen.push(`opened ${room.name}`));
    rooms.on.on('closed', ({ name }) => seen.push(`closed ${name}`));
    const leg = new FakeLeg();
    const room = rooms.open('Team-7');
    clock.advance(4000);
    room.join(leg);
    clock.advance(60_000);
    assert.equal(rooms.find('team-7'), room);
    leg.hangUp();
    await turn();
    clock.advance(5000);
    await turn();
    assert.equal(rooms.find('team-7'), null);
    assert.deepEqual(seen, ['opened team-7', 'closed team-7']);
    assert.equal(clock.pending, 0);
  });

  it('closes an ad-hoc room nobody ever joined', async () => {
    const { rooms, clock } = fakeDirectory();
    rooms.open('x');
    clock.advance(5000);
    await turn();
    assert.equal(rooms.find('x'), null);
  });

  it('does not close a room while somebody is on the way in', async () => {
    const { rooms, clock } = fakeDirectory();
    const room = rooms.open('x');
    clock.advance(4900);
    assert.equal(rooms.open('x'), room);
    clock.advance(4900);
    await turn();
    room.join(new FakeLeg());
    clock.advance(60_000);
    assert.equal(rooms.find('x'), room);
    await rooms.close({ kind: 'shutdown' });
    assert.equal(clock.pending, 0);
  });

  it('refuses odd names, too many rooms, and everything when ad-hoc rooms are off', () => {
    const { rooms } = fakeDirectory({ limit: 3 });
    for (const name of ['', '../x', 'a b', 'x'.repeat(65), '-x']) assert.throws(() => rooms.open(name), RoomNotFound);
    rooms.open('one');
    assert.throws(() => rooms.open('two'), RoomNotFound);
    assert.throws(() => fakeDirectory({ adHoc: null }).rooms.open('one'), RoomNotFound);
  });

  it('closes every room and leaves nothing', async () => {
    const { rooms, clock } = fakeDirectory();
    const leg = new FakeLeg();
    rooms.open('demo').join(leg);
    rooms.open('other');
    await rooms.close({ kind: 'shutdown' });
    assert.deepEqual(leg.ended, { kind: 'shutdown' });
    assert.deepEqual(rooms.list(), []);
    assert.throws(() => rooms.open('demo'), RoomClosed);
    assert.equal(clock.pending, 0);
  });
});
