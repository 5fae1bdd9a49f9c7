import assert from 'node:assert/strict';
import type { AudioConference, AudioMember } from '../../../src/rooms/audio-bridge.js';
import { lineOf, settled, startStandIn, type StandInRig } from './stand-in.js';

describe('a room larger than one conference on FreeSWITCH', () => {
  let rig: StandInRig;
  let room: AudioConference;
  let told: string[];
  const members = new Map<string, AudioMember>();

  beforeEach(async () => {
    rig = await startStandIn(3);
    room = await rig.bridge.open('large');
    told = [];
    room.on.on('member', ({ id, muted, by }) => told.push(`${id} ${muted ? 'muted' : 'open'} ${by}`));
    room.on.on('speaking', ({ members: who }) => told.push(`speaking ${who.join('+')}`));
    room.on.on('active', ({ member }) => told.push(`active ${member}`));
    room.on.on('locked', ({ on }) => told.push(`locked ${on}`));
    room.on.on('removed', ({ member }) => told.push(`removed ${member}`));
    for (const id of ['a', 'b', 'c', 'd']) members.set(id, await room.join(id, lineOf(id), { name: id }));
  });
  afterEach(() => rig.close());

  const halves = (): string[] => {
    const rooms = new Map<string, string[]>();
    for (const { room: name, call } of rig.server.channels.values())
      rooms.set(name, [...(rooms.get(name) ?? []), call.request.name]);
    return [...rooms.values()].map((names) => names.sort().join(' '));
  };
  const links = (): string[] =>
    [...rig.server.channels].filter(([, { call }]) => call.request.name === 'link').map(([uuid]) => uuid);

  it('is in conferences with a link between, by two lines that send to each other', () => {
    assert.deepEqual(halves(), ['a b link', 'c d link']);
    const targets = rig.server.calls.map(({ request }) => /^sip:([a-z]+)-/.exec(request.to)?.[1]);
    assert.deepEqual(targets.sort(), ['link', 'link', 'room', 'room', 'room', 'room']);
    assert.equal(rig.opened.length, 2);
    for (const line of rig.opened) assert.equal(line.params?.send[0]?.name, 'opus');
  });

  it('has one roster: who left makes place, and nobody is in it twice', async () => {
    await assert.rejects(room.join('c', lineOf('c')));
    await assert.rejects(room.join('e', lineOf('e')), /as large as/);
    await members.get('a')?.leave();
    await room.join('e', lineOf('e'), { name: 'e' });
    assert.deepEqual(halves(), ['b e link', 'c d link']);
  });

  it('mutes and locks as a whole, and its links are never told of', async () => {
    await members.get('d')?.mute(true, 'Mona');
    await room.lock(true);
    assert.equal(rig.server.locked.size, 2);
    await assert.rejects(room.join('e', lineOf('e')));
    for (const link of links()) {
      rig.server.set(link, 'mute-member', { speak: false });
      rig.server.set(link, 'start-talking', { talking: true });
      rig.server.tell('floor-change', link, { 'New-ID': '9' });
    }
    await settled();
    assert.ok(links().every((link) => rig.server.channels.get(link)?.speak));
    assert.deepEqual(told, ['d muted Mona', 'locked true']);
  });

  it('brings a link back that is put out with everybody', async () => {
    for (const link of links()) {
      rig.server.tell('kick-member', link);
      rig.server.gone(link);
    }
    await settled();
    assert.equal(links().length, 2);
    assert.deepEqual(told, []);
  });

  it('has one active speaker, who is heard in whichever half', async () => {
    const talk = async (name: string, on: boolean): Promise<void> => {
      const uuid = rig.server.find(name);
      if (on) rig.server.tell('floor-change', uuid, { 'New-ID': '1' });
      rig.server.set(uuid, on ? 'start-talking' : 'stop-talking', { talking: on });
      await settled();
    };
    for (const [name, on] of [
      ['a', true],
      ['a', false],
      ['c', true],
      ['a', true],
      ['c', false],
      ['c', true],
    ] as const)
      await talk(name, on);
    assert.deepEqual(told, [
      ...['speaking a', 'active a', 'speaking ', 'speaking c', 'active c'],
      ...['speaking a+c', 'speaking a', 'active a', 'speaking a+c'],
    ]);
  });
});
