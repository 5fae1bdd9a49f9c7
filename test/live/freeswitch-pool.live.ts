import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.js';
import { freeSwitchHarness, settingsOf, type FreeSwitchHarness } from '../bridges/freeswitch/harness.js';
import type { RtpEndpoint } from '../bridges/embedded/plane-harness.js';
import { note } from '../journeys/support/note.js';
import {
  freeswitchProgram,
  startFreeSwitch,
  withoutFreeSwitch,
  type OwnFreeSwitch,
} from '../support/freeswitch/real.js';
import { waitUntil } from '../support/wait.js';

describe('several FreeSWITCH servers', function () {
  this.timeout(60_000);
  if (freeswitchProgram === '') return withoutFreeSwitch();
  let servers: OwnFreeSwitch[];
  let harness: FreeSwitchHarness;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pool-'));
    servers = await Promise.all([startFreeSwitch(), startFreeSwitch()]);
    const named = servers.map((server, index) => settingsOf(server, `s${index}`));
    harness = await freeSwitchHarness(['PCMU'], named);
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
      const sizes = await Promise.all(recording.files.map(async (file) => (await readFile(file)).length));
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
});
