import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.js';
import { freeSwitchHarness, settingsOf, type FreeSwitchHarness } from '../bridges/freeswitch/harness.js';
import type { RtpEndpoint } from '../bridges/embedded/plane-harness.js';
import type { AudioMember } from '../../src/rooms/audio-bridge.js';
import { note } from '../journeys/support/note.js';
import {
  freeswitchProgram,
  startFreeSwitch,
  withoutFreeSwitch,
  type OwnFreeSwitch,
} from '../support/freeswitch/real.js';
import { waitUntil } from '../support/wait.js';
import { consoleOf } from './support/freeswitch-console.js';

describe('several FreeSWITCH servers', function () {
  this.timeout(60_000);
  if (freeswitchProgram === '') return withoutFreeSwitch();
  let servers: OwnFreeSwitch[];
  let harness: FreeSwitchHarness;
  let folder: string;
  /** Members of one conference. */
  let most = 500;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pool-'));
    servers = await Promise.all([startFreeSwitch(), startFreeSwitch()]);
    const named = servers.map((server, index) => settingsOf(server, `s${index}`));
    harness = await freeSwitchHarness(
      ['PCMU'],
      named.map((one) => ({ ...one, membersPerConference: most })),
    );
  });
  afterEach(async () => {
    await harness.close();
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true });
  });

  const where = (name: string): string =>
    harness.bridge
      .list()
      .map(({ name: server, members }) => `${server} ${members}`)
      .join(' ') + name;

  /** Longest time without a packet, milliseconds, from now on. */
  function gapOf(end: RtpEndpoint): () => number {
    let last = systemClock.now();
    let gap = 0;
    end.onSound = (_pcm, at) => {
      gap = Math.max(gap, at - last);
      last = at;
    };
    return () => gap;
  }

  for (const way of ['killed', 'stopped'] as const) {
    it(`rebuilds rooms elsewhere when a server is ${way}: mutes, locks and recordings go on`, async () => {
      const conference = await harness.bridge.open('failover');
      const ends: RtpEndpoint[] = [];
      const told: string[] = [];
      for (const hz of [400, 700, 1100]) {
        const end = await harness.endpoint(`m${hz}`, hz);
        await conference.join(end.id, end.line, { muted: hz === 1100 });
        ends.push(end);
      }
      const [a, b, c] = ends as [RtpEndpoint, RtpEndpoint, RtpEndpoint];
      await conference.lock(true);
      const recording = await conference.record(join(folder, 'room.wav'));
      conference.on.on('member', ({ id, muted }) => told.push(`${id} ${muted}`));
      conference.on.on('locked', ({ on }) => told.push(`locked ${on}`));
      conference.on.on('recording', ({ state, files }) => told.push(`${state} ${files.length}`));
      const hear = (): boolean => a.hears(700) > 0.04 && b.hears(400) > 0.04 && c.hears(400) > 0.04;
      await waitUntil(hear, 5000);
      const gap = gapOf(a);
      const at = harness.bridge.list().findIndex(({ members }) => members === 3);
      if (way === 'killed') await servers[at]?.kill();
      else await servers[at]?.stop();
      await waitUntil(() => harness.bridge.list()[1 - at]?.members === 3, 8000);
      await waitUntil(() => hear() && told.includes('running 2'), 8000);
      note(`${way}: nothing heard for ${Math.round(gap())} ms; ${where('')}`);
      assert.ok(gap() < 5000);
      assert.ok(a.hears(1100) < 0.02);
      assert.deepEqual(told, ['running 2']);
      const late = await harness.endpoint('late', 900);
      await assert.rejects(conference.join('late', late.line));
      await waitUntil(() => a.hears(700) > 0.04, 3000);
      await recording.stop();
      assert.equal(recording.files.length, 2);
      const sizes = await Promise.all(recording.files.map(async ({ path }) => (await readFile(path)).length));
      // who is killed has not written all it had
      assert.ok(
        sizes.every((size, index) => size > 44 || (way === 'killed' && index === 0)),
        sizes.join(),
      );
      await conference.close();
    });
  }

  it('puts rooms where the fewest are, and moves none of a drained server unless told to', async () => {
    const rooms = [];
    for (const name of ['one', 'two', 'three']) {
      const conference = await harness.bridge.open(name);
      const end = await harness.endpoint(name, 400);
      await conference.join(end.id, end.line);
      rooms.push({ conference, end });
    }
    const [s0, s1] = harness.bridge.list();
    assert.deepEqual([s0?.members, s1?.members].sort(), [1, 2]);
    assert.equal(harness.bridge.drain('s0', true, false), true);
    assert.equal(harness.bridge.drain('nowhere', true, false), false);
    const before = harness.bridge.list()[0]?.members ?? 0;
    const fourth = await harness.bridge.open('four');
    const end = await harness.endpoint('four', 700);
    await fourth.join(end.id, end.line);
    const states = (): string =>
      harness.bridge
        .list()
        .map(({ state, members }) => `${state} ${members}`)
        .join(', ');
    assert.equal(states(), `draining ${before}, up ${4 - before}`);
    harness.bridge.drain('s0', true, true);
    await waitUntil(() => states() === 'draining 0, up 4', 5000);
    harness.bridge.drain('s0', false, false);
    const fifth = await harness.bridge.open('five');
    const last = await harness.endpoint('five', 900);
    await fifth.join(last.id, last.line);
    assert.equal(states(), 'up 1, up 4');
    for (const { conference } of rooms) await conference.close();
    await Promise.all([fourth.close(), fifth.close()]);
  });

  it('goes on where the only server was when it is started again', async () => {
    await servers[1]?.stop();
    const conference = await harness.bridge.open('again');
    const [a, b] = [await harness.endpoint('m400', 400), await harness.endpoint('m700', 700)];
    await conference.join(a.id, a.line);
    await conference.join(b.id, b.line);
    await waitUntil(() => a.hears(700) > 0.04, 5000);
    await servers[0]?.kill();
    await servers[0]?.again();
    await waitUntil(() => a.hears(700) > 0.04 && b.hears(400) > 0.04, 20_000);
    await conference.close();
  });

  describe('with rooms larger than one conference', () => {
    before(() => (most = 4));
    after(() => (most = 500));

    it('links them: all hear each other, and roster, mutes, locks and speakers are whole', async () => {
      const conference = await harness.bridge.open('large');
      const ends: RtpEndpoint[] = [];
      const members: AudioMember[] = [];
      const told: string[] = [];
      let speaking = '';
      const active: (string | null)[] = [];
      conference.on.on('member', ({ id, muted, by }) => told.push(`${id} ${muted} ${by}`));
      conference.on.on('locked', ({ on }) => told.push(`locked ${on}`));
      conference.on.on('removed', ({ member }) => told.push(`removed ${member}`));
      conference.on.on('speaking', (e) => (speaking = [...e.members].sort().join('+')));
      conference.on.on('active', (e) => active.push(e.member));
      const tones = [400, 700, 1100, 1700, 2300];
      for (const hz of tones) {
        const end = await harness.endpoint(`m${hz}`, hz);
        ends.push(end);
        members.push(await conference.join(end.id, end.line));
      }
      const ears = (): string =>
        ends.map((end) => tones.filter((hz) => end.hears(hz) > 0.03 && hz !== end.hz).length).join('');
      await waitUntil(() => ears() === '44444', 10_000, ears);
      note(`5 members in conferences of 4: ${where('')}`);
      for (const end of ends) end.talk(false);
      await waitUntil(
        () => speaking === '',
        5000,
        () => speaking,
      );
      for (const index of [0, 3, 0, 4]) {
        ends[index]?.talk(true);
        await waitUntil(
          () => active.at(-1) === `m${tones[index]}`,
          5000,
          () => active.join(),
        );
        assert.equal(speaking, `m${tones[index]}`);
        ends[index]?.talk(false);
        await waitUntil(
          () => speaking === '',
          5000,
          () => speaking,
        );
      }
      for (const end of ends) end.talk(true);
      await members[4]?.mute(true, 'Mona');
      await conference.lock(true);
      const late = await harness.endpoint('late', 900);
      await assert.rejects(conference.join('late', late.line));
      await waitUntil(() => ears() === '33334', 5000, ears);
      assert.deepEqual(told, ['m2300 true Mona', 'locked true']);
      // the console mutes everybody of one conference, its link too
      const console = await consoleOf(servers[0] as OwnFreeSwitch);
      const list = JSON.parse(await console.api('conference json_list compact')) as { conference_name: string }[];
      told.length = 0;
      await console.api(`conference ${list[0]?.conference_name} mute all`);
      await waitUntil(() => told.length > 0, 3000);
      for (const member of members) await member.mute(false, 'Mona');
      await waitUntil(() => ears() === '44444', 8000, ears);
      assert.ok(
        told.every((line) => /^m\d+ (true console|false Mona)$/.test(line)),
        told.join(),
      );
      console.close();
      await servers[1]?.kill();
      await waitUntil(
        () => ears() === '44444' && harness.bridge.list()[0]?.members === 5 + 2,
        10_000,
        () => `${ears()} ${where('')}`,
      );
      await conference.close();
      await waitUntil(() => harness.bridge.list()[0]?.members === 0, 3000);
    });
  });
});
