import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import type { AudioConference, AudioMember } from '../../../src/rooms/audio-bridge.js';
import { startFreeSwitchPeer, type FreeSwitchPeer } from '../../support/freeswitch-peer/peer.js';
import { onceBelow, timed } from '../../support/once-below.js';
import { waitUntil } from '../../support/wait.js';
import type { RtpEndpoint } from '../embedded/plane-harness.js';
import { freeSwitchHarness, settingsOf, type FreeSwitchHarness } from './harness.js';

describe('the bridge to FreeSWITCH when its event socket fails', function () {
  this.timeout(30_000);
  let peer: FreeSwitchPeer;
  let harness: FreeSwitchHarness;
  let conference: AudioConference;
  let ends: RtpEndpoint[];
  let members: AudioMember[];
  let told: string[];
  let rooms = 0;

  before(async () => {
    peer = await startFreeSwitchPeer();
    harness = await freeSwitchHarness(['PCMU'], [settingsOf(peer)]);
  });
  after(async () => {
    await harness.close();
    await peer.stop();
  });
  beforeEach(async () => {
    [ends, members, told] = [[], [], []];
    conference = await harness.bridge.open(`faults${++rooms}`);
    conference.on.on('member', ({ id, muted, by }) => told.push(`${id} ${muted ? 'muted' : 'open'} ${by}`));
    for (const hz of [400, 700]) {
      const end = await harness.endpoint(`m${hz}`, hz);
      ends.push(end);
      members.push(await conference.join(end.id, end.line));
    }
    await waitUntil(hear, 5000);
  });
  afterEach(() => conference.close());

  const hear = (): boolean => (ends[0]?.hears(700) ?? 0) > 0.04 && (ends[1]?.hears(400) ?? 0) > 0.04;
  const state = (): string => harness.bridge.list()[0]?.state ?? '';
  const room = async (): Promise<string> =>
    /"conference_name":"(faults\d+-\w+)"/.exec(await peer.console('conference json_list compact'))?.[1] ?? '';

  it('learns what happened while a message was cut, and tells it once', async () => {
    peer.faults.cutNext();
    await peer.console(`conference ${await room()} mute all`);
    await waitUntil(
      () => told.length === 2,
      8000,
      () => told.join(),
    );
    // what came while nobody listened has no author
    const changes = told.map((line) => line.replace(/ [^ ]*$/, ''));
    assert.deepEqual(changes.sort(), ['m400 muted', 'm700 muted']);
    assert.ok(members.every((member) => member.state.muted));
    await members[0]?.mute(false, 'Mona');
    assert.equal(told.at(-1), 'm400 open Mona');
  });

  it('is heard all through 5 s in which nothing is said, and obeys afterwards', async () => {
    peer.faults.stall(5000);
    const until = systemClock.now() + 5500;
    // looks of 20 ms, as nothing is heard while this process is kept from running
    let [deaf, longest] = [0, 0];
    await waitUntil(() => {
      deaf = hear() ? 0 : deaf + 1;
      longest = Math.max(longest, deaf);
      return systemClock.now() > until;
    }, 8000);
    assert.ok(longest < 50, `nothing heard for ${longest * 20} ms`);
    await waitUntil(() => state() === 'up', 8000, state);
    await members[0]?.mute(true, 'Mona');
    assert.deepEqual(told, ['m400 muted Mona']);
    assert.equal(peer.calls.length, 2);
  });

  it('mutes within half a second beside 5,000 events a second', async () => {
    await onceBelow(500, async () => {
      const flood = peer.faults.flood(5000, 2000);
      await new Promise<void>((resolve) => systemClock.after(500, resolve));
      const took = await timed(() => members[0]?.mute(true, 'Mona') ?? Promise.reject(new Error('nobody there')));
      await flood;
      assert.deepEqual(told.splice(0), ['m400 muted Mona']);
      await members[0]?.mute(false, 'Mona');
      assert.deepEqual(told.splice(0), ['m400 open Mona']);
      return took;
    });
    assert.equal(state(), 'up');
  });

  it('brings everybody back within 5 s when the server is another one, muted as they were', async () => {
    await members[0]?.mute(true, 'Mona');
    await waitUntil(() => (ends[1]?.hears(400) ?? 1) < 0.02, 3000);
    const began = systemClock.now();
    await peer.restart(300);
    await waitUntil(
      () => peer.calls.length === 2 && (ends[0]?.hears(700) ?? 0) > 0.04,
      8000,
      () => peer.calls.join(),
    );
    const took = systemClock.now() - began;
    assert.ok(took < 5000, `${took} ms`);
    assert.ok((ends[1]?.hears(400) ?? 1) < 0.02);
    await waitUntil(() => harness.bridge.list()[0]?.members === 2, 5000);
    assert.equal(members[0]?.state.muted, true);
    await members[0]?.mute(false, 'Mona');
    await waitUntil(
      () => hear() && told.length >= 2,
      5000,
      () => told.join(),
    );
    assert.deepEqual(told, ['m400 muted Mona', 'm400 open Mona']);
  });
});

describe('the bridge to FreeSWITCH that does not let it in', function () {
  this.timeout(30_000);

  for (const [what, word] of [
    ['its password is wrong', 'password'],
    ['our address is not on its list', 'access list'],
  ] as const) {
    it(`says so when ${what}, tries again slowly, and opens no conference`, async () => {
      const peer = await startFreeSwitchPeer();
      peer.faults.refusing = word === 'access list';
      const settings = settingsOf({ ...peer, password: word === 'password' ? 'of somebody else' : peer.password });
      const harness = await freeSwitchHarness(['PCMU'], [settings], { atLeast: 0 });
      try {
        const problem = (): string => harness.bridge.list()[0]?.problem ?? '';
        await waitUntil(() => problem().includes(word), 5000, problem);
        await new Promise<void>((resolve) => systemClock.after(1500, resolve));
        assert.equal(peer.faults.connections, 1);
        await assert.rejects(harness.bridge.open('room'));
      } finally {
        await harness.close();
        await peer.stop();
      }
    });
  }
});
