import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.js';
import type { EslConversation } from '../../src/protocol/esl/conversation.js';
import type { AudioConference, AudioMember } from '../../src/rooms/audio-bridge.js';
import { freeSwitchHarness, settingsOf, type FreeSwitchHarness } from '../bridges/freeswitch/harness.js';
import type { RtpEndpoint } from '../bridges/embedded/plane-harness.js';
import { quietMembersStay } from '../bridges/freeswitch/quiet-members.js';
import { speaksOtherCodecs } from '../bridges/freeswitch/other-codec.js';
import {
  freeswitchProgram,
  freeswitchThere,
  startFreeSwitch,
  takeFreeSwitch,
  withoutFreeSwitch,
  type FreeSwitch,
} from '../support/freeswitch/real.js';
import { note } from '../journeys/support/note.js';
import { waitUntil } from '../support/wait.js';
import { consoleOf } from './support/freeswitch-console.js';

describe('what happens on FreeSWITCH', function () {
  this.timeout(30_000);
  if (!freeswitchThere) return withoutFreeSwitch();
  let server: FreeSwitch;
  let harness: FreeSwitchHarness;
  let console: EslConversation;
  let conference: AudioConference;
  let told: string[] = [];
  let rooms = 0;

  before(async () => {
    server = await takeFreeSwitch();
    harness = await freeSwitchHarness(['PCMU', 'opus'], [settingsOf(server)]);
    console = await consoleOf(server);
  });
  beforeEach(async () => {
    conference = await harness.bridge.open(`events${++rooms}`);
    told = [];
    conference.on.on('member', ({ id, muted, deaf, by }) =>
      told.push(`${id} ${muted ? 'muted' : deaf ? 'deaf' : 'open'} ${by}`),
    );
  });
  afterEach(() => conference.close());
  after(async () => {
    console.close();
    await harness.close();
    await server.stop();
  });

  const enter = async (hz: number): Promise<{ end: RtpEndpoint; member: AudioMember }> => {
    const end = await harness.endpoint(`m${hz}`, hz);
    return { end, member: await conference.join(end.id, end.line, { name: `Member ${hz}` }) };
  };

  /** Name of this test's conference, and a member by its shown name. */
  async function find(name: string): Promise<{ room: string; id: number; uuid: string }> {
    const list = JSON.parse(await console.api('conference json_list compact')) as {
      conference_name: string;
      members: { id: number; uuid: string; caller_id_name: string }[];
    }[];
    const room = list.find((one) => one.conference_name.startsWith(`events${rooms}-`));
    const { id = 0, uuid = '' } = room?.members.find(({ caller_id_name: shown }) => shown === name) ?? {};
    return { room: room?.conference_name ?? '', id, uuid };
  }

  it('is told once for each mute, with who it was: who asked, the console, a key', async () => {
    const { member } = await enter(400);
    await enter(700);
    await member.mute(true, 'Mona');
    const { room, id } = await find('Member 400');
    await console.api(`conference ${room} unmute ${id}`);
    await waitUntil(() => told.length === 2, 2000);
    for (const key of '*6') member.press(key);
    await waitUntil(() => told.length === 3, 4000);
    await console.api(`conference ${room} mute all`);
    await waitUntil(() => told.length >= 4, 2000);
    assert.deepEqual(told, ['m400 muted Mona', 'm400 open console', 'm400 muted m400', 'm700 muted console']);
  });

  it('puts out whom the console puts out, and nobody else', async () => {
    const { member } = await enter(400);
    const { end } = await enter(700);
    const removed: string[] = [];
    conference.on.on('removed', ({ member: who, by }) => removed.push(`${who} ${by}`));
    const { room, id } = await find('Member 400');
    await console.api(`conference ${room} kick ${id}`);
    await waitUntil(() => removed.length > 0, 2000);
    await assert.rejects(member.mute(true));
    assert.deepEqual(removed, ['m400 console']);
    await waitUntil(() => end.hears(400) < 0.02, 3000);
  });

  it('calls a member in again whose channel ends there, muted as it was', async () => {
    const { member, end } = await enter(400);
    const { end: other } = await enter(700);
    await waitUntil(() => end.hears(700) > 0.04, 3000);
    await member.mute(true, 'Mona');
    await waitUntil(() => other.hears(400) < 0.02, 3000);
    const { uuid } = await find('Member 400');
    const from = systemClock.now();
    let last = from;
    let gap = 0;
    end.onSound = (_pcm, at) => {
      gap = Math.max(gap, at - last);
      last = at;
    };
    await console.api(`uuid_kill ${uuid}`);
    let back = { uuid };
    while (back.uuid === uuid || back.uuid === '') back = await find('Member 400');
    await waitUntil(() => end.hears(700) > 0.04, 5000);
    note(`nothing heard for ${Math.round(gap)} ms when the channel was killed`);
    assert.equal(member.state.muted, true);
    assert.ok(other.hears(400) < 0.02);
    assert.deepEqual(told, ['m400 muted Mona']);
  });

  it('follows a member to another codec, and converts where none goes both ways', async () => {
    const { end } = await enter(400);
    const { end: other } = await enter(700);
    const talk = (): Promise<void> => waitUntil(() => other.hears(400) > 0.04 && end.hears(700) > 0.04, 6000);
    await talk();
    end.become('G722', 'G722');
    await talk();
    end.become('PCMU', 'G722');
    await talk();
    end.become('opus', 'opus');
    await talk();
  });

  it('hears a member that goes over to another codec of the answer, by the same channel', async () => {
    await speaksOtherCodecs(harness, async () => {
      const calls = await console.api('show calls');
      return [...calls.matchAll(/^[0-9a-f-]{36}/gm)].map(([uuid]) => uuid).join();
    });
  });
});

describe('members from whom nothing comes for longer than media_timeout', function () {
  this.timeout(60_000);
  if (freeswitchProgram === '') return withoutFreeSwitch();

  it('stay in their conference: on hold, listening, silent', async () => {
    const server = await startFreeSwitch({ FREESWITCH_MEDIA_TIMEOUT_MS: '12000' });
    await quietMembersStay(server, 28_000);
    await server.stop();
  });
});
