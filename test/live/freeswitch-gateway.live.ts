import assert from 'node:assert/strict';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { systemClock } from '../../src/base/clock.js';
import { note } from '../journeys/support/note.js';
import { startTestGateway, type TestGateway } from '../journeys/support/gateway.js';
import { settingsOf } from '../bridges/freeswitch/harness.js';
import { freeswitchThere, takeFreeSwitch, withoutFreeSwitch, type FreeSwitch } from '../support/freeswitch/real.js';
import { waitUntil } from '../support/wait.js';
import { consoleOf } from './support/freeswitch-console.js';

const here = '127.0.0.1';

describe('the gateway with its sound on FreeSWITCH', function () {
  this.timeout(60_000);
  if (!freeswitchThere) return withoutFreeSwitch();
  let server: FreeSwitch;
  let gateway: TestGateway;

  before(async () => {
    server = await takeFreeSwitch();
    gateway = await startTestGateway({ change: (settings) => ({ ...settings, audio: [settingsOf(server)] }) });
    const servers = gateway.gateway.core.audioServers;
    await waitUntil(() => servers.list()[0]?.state === 'up', 5000);
  });
  after(async () => {
    await gateway.close();
    await server.stop();
  });

  it('has room systems hear each other, and everybody see within 100 ms whom the console muted', async () => {
    const anna = await startEndpoint({ uri: gateway.uri('demo'), name: 'ANNA', bind: here, audio: 'tone:440' });
    const berta = await startEndpoint({
      uri: gateway.uri('demo', 'tcp'),
      name: 'BERTA',
      bind: here,
      audio: 'tone:660',
      transport: 'tcp',
    });
    await anna.waitFor(({ heard }) => holdsTone(heard.tones, 660), 10_000, 'to hear the other');
    await berta.waitFor(({ heard }) => holdsTone(heard.tones, 440), 10_000, 'to hear the other');
    const room = gateway.gateway.core.rooms.find('demo');
    assert.ok(room);
    const said: { at: number; words: string }[] = [];
    room.on.on('participantChanged', ({ name, muted, mutedBy }) =>
      said.push({ at: systemClock.now(), words: `${name} ${muted} ${mutedBy}` }),
    );
    const console = await consoleOf(server);
    const took: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      const verb = turn % 2 === 0 ? 'mute' : 'unmute';
      said.length = 0;
      const from = systemClock.now();
      const list = JSON.parse(await console.api('conference json_list compact')) as { conference_name: string }[];
      await console.api(`conference ${list[0]?.conference_name} ${verb} last`);
      await waitUntil(() => said.some(({ words }) => words.endsWith('console')), 2000);
      took.push((said.find(({ words }) => words.endsWith('console'))?.at ?? 0) - from);
    }
    took.sort((a, b) => a - b);
    note(`a mute at the console is a room event after ${took.map(Math.round).join(' ')} ms`);
    assert.ok((took[Math.floor(took.length / 2)] ?? 1000) < 100);
    const [first] = room.describe().participants;
    assert.ok(first);
    await room.mute(first.id, true, 'Mona');
    assert.equal(room.describe().participants[0]?.mutedBy, 'Mona');
    await berta.waitFor(({ heard }) => !holdsTone(heard.tones, 440), 10_000, 'not to hear who is muted');
    console.close();
    await Promise.all([anna.hangup(), berta.hangup()]);
    await waitUntil(() => gateway.gateway.core.audioServers.list()[0]?.members === 0, 5000);
  });
});
