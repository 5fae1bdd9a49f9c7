import assert from 'node:assert/strict';
import { Lobby } from '../../../src/legs/admission/lobby.js';
import type { Visitor } from '../../../src/legs/admission/lobby-visit.js';
import { PinGuesses } from '../../../src/rooms/pin-guesses.js';
import { RoomDoor } from '../../../src/legs/admission/room-door.js';
import type { Role } from '../../../src/rooms/rights.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { fakeDirectory, turn } from '../../support/fakes/rooms.js';
import { deciding, factsOf } from './support.js';

const away = '203.0.113.7';
const near = '192.168.1.9';

function setUp({ adHoc = true } = {}) {
  const board = {
    name: 'board',
    permanent: true,
    capacity: 2,
    policy: 'latest-takes-over' as const,
    mode: 'conference' as const,
    pin: '2468',
    moderatorPin: '97531',
  };
  const tools = fakeDirectory({
    permanent: [board, { ...board, name: '4711', pin: '8642', moderatorPin: null }],
    ...(adHoc ? {} : { adHoc: null }),
  });
  const decide = deciding(
    { dialled: '9(\\d+)', forward: { trunk: 'pstn', to: '$1' }, user: 'any' },
    { dialled: '\\d{3,}', room: '$0' },
  );
  const door = new RoomDoor(tools.rooms, new PinGuesses(tools.clock));
  const prompts = { file: (name: string, language: string) => `${language}/${name}`, ms: () => 3000 };
  const wrong: string[] = [];
  const lobby = new Lobby({
    ...{ ...tools, prompts, language: 'en', door },
    decide: (facts) => decide(facts.uri, facts),
    wrong: (address) => wrong.push(address),
  });
  const seated: { room: string; role: Role }[] = [];
  const enter = async (more: Partial<Visitor> & { source?: string } = {}): Promise<FakeLeg> => {
    const leg = (more.leg as FakeLeg | undefined) ?? new FakeLeg();
    lobby.enter({
      ...{ leg, facts: factsOf('sip:board@h', { source: more.source ?? away }) },
      ...{ room: 'board', role: 'participant', language: null },
      seat(room, role) {
        room.join(leg, { role });
        seated.push({ room: room.name, role });
      },
      ...more,
    });
    await turn();
    return leg;
  };
  const dial = async (leg: FakeLeg, digits: string): Promise<void> => {
    for (const digit of digits) leg.events.emit('digits', { digit, durationMs: null });
    await turn();
    await turn();
  };
  const conference = (leg: FakeLeg) => tools.bridge.conferences.get(`lobby ${leg.id}`);
  const said = (leg: FakeLeg): string[] => conference(leg)?.log.filter((line) => line.startsWith('play')) ?? [];
  const counted = (outcome: string): number => tools.metrics.counted('dualstream_pin_prompts_total', { outcome });
  return { ...tools, wrong, lobby, door, enter, dial, conference, said, seated, counted };
}

describe('the lobby', () => {
  it('asks when the caller is heard, and soon in any case', async () => {
    const { enter, said, clock } = setUp();
    const loud = await enter();
    loud.at('audio').events.emit('flowing', undefined);
    clock.advance(400);
    await turn();
    assert.deepEqual(said(loud), ['play en/pin']);
    const quiet = await enter({ language: 'zh' });
    clock.advance(1999);
    await turn();
    assert.deepEqual(said(quiet), []);
    clock.advance(1);
    await turn();
    assert.deepEqual(said(quiet), ['play zh/pin']);
    quiet.at('audio').events.emit('flowing', undefined);
    clock.advance(1000);
    await turn();
    assert.deepEqual(said(quiet), ['play zh/pin'], 'once');
    loud.hangUp();
    quiet.hangUp();
    await turn();
  });

  it('seats who knows the PIN, out of the lobby first, and leaves nothing behind', async () => {
    const { enter, dial, conference, seated, lobby, rooms, clock, counted } = setUp();
    const leg = await enter();
    const { log = [] } = conference(leg) ?? {};
    await dial(leg, '2468#');
    assert.deepEqual(seated, [{ room: 'board', role: 'participant' }]);
    assert.deepEqual([log[0], log.at(-1)], [`join ${leg.id}/audio`, `leave ${leg.id}`]);
    assert.equal(conference(leg), undefined);
    assert.equal(rooms.find('board')?.size, 1);
    assert.equal(lobby.size, 0);
    assert.equal(counted('admitted'), 1);
    assert.equal(clock.pending, 0);
    assert.equal(leg.ended, null);
    await lobby.close();
  });

  it('makes a moderator of who knows that PIN, and takes the digits before any prompt', async () => {
    const { enter, dial, seated, said } = setUp();
    const leg = await enter({ role: 'guest' });
    await dial(leg, '97531#');
    assert.deepEqual(seated, [{ room: 'board', role: 'moderator' }]);
    assert.deepEqual(said(leg), []);
  });

  it('ends the call after three wrong ones, with a word and a reason', async () => {
    const { enter, dial, said, clock, lobby, counted, wrong } = setUp();
    const leg = await enter();
    for (const pin of ['1#', '1111#', '2469#']) await dial(leg, pin);
    assert.deepEqual(wrong, [away, away, away], 'the defence hears of each');
    const words = ['play en/wrong', 'play en/pin', 'play en/wrong', 'play en/pin', 'play en/goodbye'];
    assert.deepEqual(said(leg), words);
    assert.equal(leg.ended, null, 'the last word is not cut off');
    clock.advance(3300);
    await turn();
    assert.deepEqual(leg.ended, { kind: 'not-admitted', status: 403, why: 'No PIN of this room was given' });
    assert.equal(counted('refused'), 1);
    assert.equal(lobby.size, 0);
    assert.equal(clock.pending, 0);
  });

  it('gives up who enters nothing, and who only plays with the keys', async () => {
    const { enter, clock, dial, lobby } = setUp();
    const silent = await enter();
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1000);
      await turn();
    }
    assert.equal(silent.ended?.kind, 'not-admitted');
    const playing = await enter();
    for (let second = 0; second < 120; second += 1) {
      await dial(playing, '1*');
      clock.advance(1000);
    }
    await turn();
    assert.deepEqual(playing.ended, { kind: 'not-admitted', status: 403, why: 'No PIN was given in time' });
    assert.equal(lobby.size, 0);
  });

  it('says so when the room is full or locked, and ends with its status', async () => {
    const { enter, dial, said, rooms, clock } = setUp();
    rooms.find('board')?.lock(true);
    const leg = await enter();
    await dial(leg, '2468#');
    assert.deepEqual(said(leg), ['play en/unavailable']);
    clock.advance(3300);
    await turn();
    assert.deepEqual(leg.ended, { kind: 'not-admitted', status: 403, why: 'room board is locked' });
    const moderator = await enter();
    await dial(moderator, '97531#');
    assert.equal(rooms.find('board')?.size, 1, 'a moderator may come in all the same');
  });

  it('forgets a caller who hangs up, also between the lobby and the room', async () => {
    const { enter, lobby, rooms, clock, counted } = setUp();
    const leg = await enter();
    leg.hangUp();
    await turn();
    assert.equal(lobby.size, 0);
    assert.equal(counted('gone'), 1);
    const other = await enter();
    for (const digit of '2468#') other.events.emit('digits', { digit, durationMs: null });
    other.hangUp();
    await turn();
    await turn();
    assert.equal(rooms.find('board')?.size, 0);
    assert.equal(lobby.size, 0);
    assert.equal(clock.pending, 0);
  });

  it('goes on with the line that a new exchange brings', async () => {
    const { enter, conference, dial, seated } = setUp();
    const leg = await enter();
    const first = leg.lines.audio;
    leg.drop('audio');
    leg.add('audio', 'sendrecv');
    await turn();
    assert.deepEqual(
      conference(leg)?.log.filter((line) => line.startsWith('join')),
      [`join ${first?.id}`, `join ${leg.lines.audio?.id}`],
    );
    await dial(leg, '2468#');
    assert.equal(seated.length, 1);
  });

  it('does not wait for ever for an audio bridge that does not confirm', async () => {
    const { enter, conference, dial, clock, seated } = setUp();
    const leg = await enter();
    const member = conference(leg)?.members.get(leg.id);
    assert.ok(member);
    member.leave = () => new Promise(() => undefined);
    await dial(leg, '2468#');
    assert.equal(seated.length, 0);
    clock.advance(3000);
    await turn();
    assert.equal(seated.length, 1);
    assert.equal(clock.pending, 0);
  });

  it('is not for crowds', async () => {
    const { enter, lobby, clock } = setUp();
    const legs = [];
    for (let n = 0; n < 10; n += 1) legs.push(await enter());
    assert.throws(() => lobby.ready(away), { name: 'LobbyFull' });
    lobby.ready(near);
    for (let n = 0; n < 90; n += 1) legs.push(await enter({ source: `198.51.100.${n}` }));
    assert.throws(() => lobby.ready(near), { name: 'LobbyFull' });
    for (const leg of legs) leg.hangUp();
    await turn();
    await lobby.close();
    assert.equal(lobby.size, 0);
    assert.equal(clock.pending, 0);
  });
});

describe('the lobby, asking for a room first', () => {
  it('finds the room as the dial plan would, and asks for its PIN', async () => {
    const { enter, dial, said, seated } = setUp();
    const leg = await enter({ room: null });
    await dial(leg, '4711#');
    assert.deepEqual(said(leg), ['play en/pin']);
    await dial(leg, '8642#');
    assert.deepEqual(seated, [{ room: '4711', role: 'participant' }]);
  });

  it('lets who is near into a room without a PIN', async () => {
    const { enter, dial, seated } = setUp();
    const leg = await enter({ room: null, source: near });
    await dial(leg, '500#');
    assert.deepEqual(seated, [{ room: '500', role: 'participant' }]);
  });

  it('does not tell who is far which numbers are rooms, nor forwards anything', async () => {
    for (const number of ['4711#', '500#', '12#', '91234#']) {
      const { enter, dial, said, seated } = setUp({ adHoc: false });
      const leg = await enter({ room: null });
      await dial(leg, number);
      assert.deepEqual(said(leg), ['play en/pin'], number);
      await dial(leg, '0000#');
      assert.deepEqual(said(leg).slice(1), ['play en/wrong', 'play en/room'], number);
      assert.deepEqual(seated, []);
      leg.hangUp();
    }
  });

  it('tells who is near that a number is wrong', async () => {
    const { enter, dial, said } = setUp({ adHoc: false });
    const leg = await enter({ room: null, source: near });
    await dial(leg, '500#');
    assert.deepEqual(said(leg), ['play en/wrong', 'play en/room']);
  });
});

describe('wrong PINs', () => {
  it('are counted by source over all calls and rooms, however they were entered', async () => {
    const { enter, dial, door, seated, clock } = setUp();
    for (let n = 0; n < 3; n += 1) {
      const leg = await enter();
      for (const wrong of ['1#', '2#', '3#']) await dial(leg, wrong);
      leg.hangUp();
    }
    assert.throws(() => door.open('4711', { address: away, direct: true, pin: '1' }), { name: 'WrongPin' });
    const locked = await enter();
    await dial(locked, '2468#');
    assert.deepEqual(seated, [], 'ten were wrong: the right one is not looked at');
    clock.advance(30_000);
    const later = await enter();
    await dial(later, '2468#');
    assert.equal(seated.length, 1);
    locked.hangUp();
  });

  it('are counted by room over all far sources, and keep out nobody who is near', () => {
    const { door, clock } = setUp();
    const guess = (address: string, pin: string) => () => door.open('board', { address, direct: true, pin });
    for (let n = 0; n < 30; n += 1) assert.throws(guess(`198.51.100.${n}`, '1'), { name: 'WrongPin' });
    assert.throws(guess('198.51.100.99', '2468'), { name: 'WrongPin' });
    assert.equal(guess(near, '2468')().role, null);
    clock.advance(60_000);
    assert.equal(guess('198.51.100.99', '97531')().role, 'moderator');
  });
});
