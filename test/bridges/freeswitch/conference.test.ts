import assert from 'node:assert/strict';
import type { AudioConference, AudioMember, JoinOptions } from '../../../src/rooms/audio-bridge.js';
import { EslRefused } from '../../../src/protocol/esl/errors.js';
import { NotConfirmed } from '../../../src/rooms/errors.js';
import { FakeLine, lineParams } from '../../support/fakes/fake-line.js';
import { lineOf, pcmu, settled, startStandIn, type StandInRig } from './stand-in.js';

describe('a conference on FreeSWITCH', () => {
  let rig: StandInRig;
  let conference: AudioConference;
  let told: string[];
  let clock: StandInRig['clock'];
  let server: StandInRig['server'];
  let bridge: StandInRig['bridge'];
  let local: StandInRig['local'];
  let feeds: StandInRig['feeds'];

  beforeEach(async () => {
    rig = await startStandIn();
    ({ clock, server, bridge, local, feeds } = rig);
    told = [];
    conference = await bridge.open('My Room');
    conference.on.on('member', ({ id, muted, deaf, gainDb, by }) =>
      told.push(`${id} ${muted ? 'muted' : 'open'}${deaf ? ' deaf' : ''}${gainDb === 0 ? '' : ` ${gainDb} dB`} ${by}`),
    );
    conference.on.on('speaking', ({ members }) => told.push(`speaking ${members.join('+')}`));
    conference.on.on('active', ({ member }) => told.push(`active ${member}`));
    conference.on.on('removed', ({ member, by }) => told.push(`removed ${member} ${by}`));
    conference.on.on('locked', ({ on }) => told.push(`locked ${on}`));
    conference.on.on('recording', ({ state, files }) =>
      told.push(`${state} ${files.map(({ path }) => path).join(' ')}`),
    );
  });
  afterEach(() => rig.close());

  const enter = (id: string, options: JoinOptions = {}, line = lineOf(id)): Promise<AudioMember> =>
    conference.join(id, line, { name: id, ...options });

  describe('members', () => {
    it('come by calls that show who they are and as what they come, and nothing else', async () => {
      await enter('a', { muted: true, moderator: true, name: 'Eve%0A"<x>;1' });
      const request = server.calls[0]?.request;
      assert.match(request?.to ?? '', /^sip:moderator-My_Room-[0-9a-f]{8}@fs\.example:5080$/);
      assert.match(request?.callId ?? '', /^[0-9a-f-]{36}$/);
      assert.equal(request?.name, 'Eve0Ax1');
      assert.deepEqual(request.headers, { 'X-Conference-Flags': 'mute' });
      assert.deepEqual(request.terms, { formats: [pcmu], direction: 'sendrecv', converted: false });
    });

    it('are passed on to their calls and back, as they are', async () => {
      const line = lineOf('a');
      await enter('a', {}, line);
      const inner = server.calls[0]?.line;
      assert.deepEqual([feeds.get(line), inner && feeds.get(inner)], [inner, line]);
    });

    it('renegotiate hold, and call anew by another codec, muted as they were', async () => {
      const line = lineOf('a');
      const member = await enter('a', {}, line);
      await member.mute(true);
      line.update({ ...lineParams('inactive'), receive: [pcmu], send: [pcmu], held: true });
      await settled();
      assert.deepEqual(
        server.calls[0]?.changes.map(({ direction }) => direction),
        ['inactive'],
      );
      const g722 = { ...pcmu, name: 'G722', pt: 9 } as const;
      line.update({ ...lineParams('sendrecv'), receive: [g722], send: [g722] });
      clock.advance(0);
      await settled();
      const [first, second] = server.calls;
      assert.equal(first?.over, true);
      assert.deepEqual(second?.request.headers, { 'X-Conference-Flags': 'mute' });
      assert.equal(second.request.terms.formats[0]?.name, 'G722');
      assert.deepEqual([server.calls.length, told], [2, ['a muted null']]);
    });

    it('wait for what is negotiated with them', async () => {
      const line = new FakeLine('a/audio', 'audio', null);
      const member = await enter('a', { muted: true }, line);
      assert.equal(server.calls.length, 0);
      line.update({ ...lineParams('sendrecv'), receive: [pcmu], send: [pcmu] });
      clock.advance(0);
      await settled();
      assert.deepEqual([server.calls.length, member.state.muted], [1, true]);
    });

    it('are converted where no codec goes both ways', async () => {
      const line = lineOf('a');
      line.update({ ...lineParams('sendrecv'), receive: [pcmu], send: [{ ...pcmu, name: 'PCMA', pt: 8 }] });
      await enter('a', {}, line);
      await settled();
      assert.equal(feeds.get(line), null);
      assert.equal(local.conferences.size, 1);
    });

    it('ask for the profile of the settings, besides what else they say', async () => {
      await rig.close();
      rig = await startStandIn(500, 'narrowband');
      conference = await rig.bridge.open('low');
      await conference.join('a', lineOf('a'), { muted: true });
      const headers = { 'X-Conference-Profile': 'narrowband', 'X-Conference-Flags': 'mute' };
      assert.deepEqual(rig.server.calls[0]?.request.headers, headers);
    });

    it('come back when their channel is lost, also before it was known to be in', async () => {
      server.arriving = (uuid, add) => {
        server.arriving = null;
        add();
        server.gone(uuid, 'NORMAL_CLEARING');
      };
      await enter('a').catch(() => undefined);
      clock.advance(0);
      await settled();
      const member = await enter('b');
      await member.mute(true);
      server.gone(server.find('b'), 'MEDIA_TIMEOUT');
      await settled();
      clock.advance(0);
      await settled();
      const name = server.find('b');
      assert.equal(server.channels.get(name)?.speak, false);
      assert.deepEqual(told, ['b muted null']);
    });

    it('are told to operators with where they are, as what, and why they are out', async () => {
      const line = lineOf('a');
      const member = await enter('a', {}, line);
      if (line.params) line.update({ ...line.params, direction: 'inactive', held: true });
      await settled();
      const uuid = server.find('a');
      server.gone(uuid, 'MEDIA_TIMEOUT');
      await settled();
      clock.advance(0);
      await settled();
      await member.leave();
      const words = rig.stays.map(
        ({ leg, channel, server: at, conference: room, member: number, codec, direction, state, why, endedAt }) =>
          `${leg} ${at} ${room.replace(/-\w+$/, '')} ${number !== null} ${channel === uuid ? 'first' : 'second'} ${codec} ${direction} ${state} ${why}${endedAt === null ? '' : '.'}`,
      );
      assert.deepEqual(words, [
        'a one My_Room false first PCMU sendrecv calling ',
        'a one My_Room true first PCMU sendrecv in ',
        'a one My_Room true first PCMU inactive in ',
        'a one My_Room true first PCMU inactive over MEDIA_TIMEOUT.',
        'a one My_Room false second PCMU inactive calling ',
        'a one My_Room true second PCMU inactive in ',
        'a one My_Room true second PCMU inactive over the member left.',
      ]);
    });

    it('are muted by whom it was asked while they were out', async () => {
      const member = await enter('a');
      server.arriving = (_uuid, add) => void (arrive = add);
      let arrive: () => void = () => assert.fail('not called in again');
      for (const [on, before] of [
        [true, true],
        [false, false],
      ] as const) {
        server.gone(server.find('a'), 'MEDIA_TIMEOUT');
        await settled();
        const muting = before ? member.mute(on, 'Mona') : null;
        clock.advance(0);
        await settled();
        const later = before ? null : member.mute(on, 'Mona');
        arrive();
        await settled();
        await Promise.all([muting, later]);
      }
      assert.deepEqual(told, ['a muted Mona', 'a open Mona']);
    });

    it('are out when the console puts them out', async () => {
      const member = await enter('a');
      server.tell('kick-member', server.find('a'));
      await settled();
      clock.advance(5000);
      await settled();
      await assert.rejects(member.mute(true));
      assert.deepEqual([told, server.calls.length], [['removed a console'], 1]);
    });

    it('are out also when that is told before the console is', async () => {
      const member = await enter('a');
      const uuid = server.find('a');
      const { room = '' } = server.channels.get(uuid) ?? {};
      server.gone(uuid);
      await settled();
      clock.advance(0);
      await settled();
      server.tell('kick-member', uuid, { 'Unique-ID': uuid }, room);
      await settled();
      await assert.rejects(member.mute(true));
      assert.deepEqual([told, server.channels.size], [['removed a console'], 0]);
    });

    it('are others than those who had their numbers before the server was restarted', async () => {
      const [a, b] = [await enter('a'), await enter('b')];
      await a.mute(true);
      await b.gain(-12);
      server.restart('core-2');
      clock.advance(1000);
      await settled();
      clock.advance(0);
      await settled();
      await Promise.all([a.mute(false), b.mute(true)]);
      assert.deepEqual(
        [server.find('a'), server.find('b')].map((uuid) => server.channels.get(uuid)?.speak),
        [true, false],
      );
      const { level, volume } = server.channels.get(server.find('b')) ?? {};
      assert.deepEqual([level, volume], [-2, -3]);
      assert.deepEqual(told, ['a muted null', 'b open -12 dB null', 'a open null', 'b muted -12 dB null']);
    });
  });

  describe('gain', () => {
    it('is changed at the channel and in the conference, what lowers it first, and told once', async () => {
      const member = await enter('a');
      server.commands.length = 0;
      await member.gain(-12);
      await Promise.all([member.gain(5), member.gain(0)]);
      await member.gain(0);
      assert.deepEqual(server.commands, ['level -2', 'volume_in 1 -3', 'volume_in 1 0', 'level 0']);
      assert.deepEqual(told, ['a open -12 dB null', 'a open null']);
    });

    it('is what the console makes of it, and taken from there', async () => {
      const member = await enter('a');
      await member.gain(-12);
      server.set(server.find('a'), 'volume-in-member', { volume: 0 });
      await settled();
      assert.equal(member.state.gainDb, -4.4);
      await member.gain(-12);
      assert.deepEqual(told, ['a open -12 dB null', 'a open -4.4 dB null', 'a open -12 dB null']);
    });

    it('is as before where the server refuses, and asked for again', async () => {
      const member = await enter('a');
      const uuid = server.find('a');
      const channel = server.channels.get(uuid);
      assert.ok(channel);
      server.channels.delete(uuid);
      await assert.rejects(member.gain(-12), EslRefused);
      assert.equal(member.state.gainDb, 0);
      server.channels.set(uuid, channel);
      await member.gain(-12);
      assert.deepEqual([channel.level, channel.volume, member.state.gainDb], [-2, -3, -12]);
    });

    it('comes along to another channel, asked for while it was out too', async () => {
      const member = await enter('a');
      await member.gain(-12);
      for (const db of [-12, 5]) {
        server.gone(server.find('a'));
        await settled();
        const changed = member.gain(db);
        clock.advance(0);
        await changed;
        await settled();
        const { level, volume } = server.channels.get(server.find('a')) ?? {};
        assert.deepEqual([level, volume, member.state.gainDb], db === 5 ? [-1, 2, 5] : [-2, -3, -12]);
      }
      assert.deepEqual(told, ['a open -12 dB null', 'a open 5 dB null']);
    });
  });

  describe('events', () => {
    it('are the truth: nothing is believed before', async () => {
      const member = await enter('a');
      server.kept = [];
      const muting = member.mute(true, 'Mona');
      await settled();
      assert.equal(server.commands.at(-1), 'mute 1 quiet');
      assert.equal(member.state.muted, false);
      server.release();
      await muting;
      assert.deepEqual([member.state.muted, told], [true, ['a muted Mona']]);
    });

    it('are waited for only so long', async () => {
      const member = await enter('a');
      server.kept = [];
      const muting = assert.rejects(member.mute(true), NotConfirmed);
      await settled();
      clock.advance(2500);
      await muting;
    });

    it('say who it was: who asked, who pressed a key, or the console', async () => {
      const member = await enter('a');
      const uuid = server.find('a');
      await member.mute(true, 'Mona');
      server.set(uuid, 'unmute-member', { speak: true });
      await settled();
      member.press('*');
      member.press('6');
      assert.equal(server.calls[0]?.line.pressed, '*6');
      server.set(uuid, 'mute-member', { speak: false });
      await settled();
      clock.advance(2500);
      server.set(uuid, 'unmute-member', { speak: true });
      server.set(uuid, 'unmute-member', { speak: true });
      await settled();
      assert.deepEqual(told, ['a muted Mona', 'a open console', 'a muted a', 'a open console']);
    });

    it('end speaking by mute and by leaving, and make active who has the floor and has spoken', async () => {
      const [a] = [await enter('a'), await enter('b')];
      const [ua, ub] = [server.find('a'), server.find('b')];
      server.tell('floor-change', ua, { 'New-ID': '1' });
      server.set(ua, 'start-talking', { talking: true });
      server.set(ub, 'start-talking', { talking: true });
      await settled();
      await a.mute(true);
      server.tell('floor-change', ub, { 'New-ID': '2' });
      server.gone(ub);
      await settled();
      assert.deepEqual(told, [
        'speaking a',
        'active a',
        'speaking b+a',
        'a muted null',
        'speaking b',
        'active b',
        'speaking ',
        'active null',
      ]);
    });
  });

  it('is locked before those who may pass, and opened for them', async () => {
    await enter('a');
    await conference.lock(true);
    await assert.rejects(enter('b'));
    await enter('c', { pass: true });
    assert.deepEqual(server.commands, ['lock', 'unlock', 'lock']);
    const [room = ''] = server.locked;
    server.locked.clear();
    server.tell('unlock', '', {}, room);
    await settled();
    await enter('d');
    assert.deepEqual(told, ['locked true', 'locked false']);
  });

  it('goes on recording in another file when it begins anew, and in none that is there', async () => {
    await enter('a');
    for (const path of ['relative.wav', '/x/../y.wav', '/with space.wav', '/a\n.wav'])
      await assert.rejects(conference.record(path));
    server.files.add('/r/old.wav');
    await assert.rejects(conference.record('/r/old.wav'));
    const recording = await conference.record('/r/new.wav');
    await recording.pause(true);
    server.restart('core-2');
    clock.advance(1000);
    await settled();
    clock.advance(0);
    await settled();
    await recording.pause(false);
    await recording.stop();
    assert.deepEqual(
      recording.files.map(({ path, server: at }) => `${path} ${at}`),
      ['/r/new.wav one', '/r/new-2.wav one'],
    );
    assert.deepEqual(told, [
      'running /r/new.wav',
      'paused /r/new.wav',
      'paused /r/new.wav /r/new-2.wav',
      'running /r/new.wav /r/new-2.wav',
      'over /r/new.wav /r/new-2.wav',
    ]);
  });

  it('plays to one or all, in one word, and is an echo without any server', async () => {
    await enter('a');
    await conference.play({ tone: 1500, ms: 300 });
    await conference.play({ file: '/prompts/en/hello.wav' }, 'a');
    await conference.hush('a');
    assert.deepEqual(server.commands, [
      'play tone_stream://%(300,0,1500)',
      'play /prompts/en/hello.wav 1',
      'stop all 1',
    ]);
    for (const file of ['hello.wav', '/a b.wav', '/a.wav 2']) await assert.rejects(conference.play({ file }));
    await assert.rejects(conference.play({ tone: 5, ms: 300 }));
    await bridge.open('echo', { echo: true });
    assert.ok(local.conferences.has('echo'));
  });
});
