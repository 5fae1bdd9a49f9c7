import assert from 'node:assert/strict';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { systemClock } from '../../src/base/clock.js';
import type { EslConversation } from '../../src/protocol/esl/conversation.js';
import type { Decide } from '../../src/legs/admission/verdict.js';
import { note } from '../journeys/support/note.js';
import { startTestGateway, type TestGateway } from '../journeys/support/gateway.js';
import { settingsOf } from '../bridges/freeswitch/harness.js';
import { freeswitchThere, takeFreeSwitch, withoutFreeSwitch, type FreeSwitch } from '../support/freeswitch/real.js';
import { Client } from '../services/api/support.js';
import { waitUntil } from '../support/wait.js';
import { consoleOf } from './support/freeswitch-console.js';

const here = '127.0.0.1';

/** One room for all. */
const decide: Decide = () => ({ kind: 'room', room: 'demo', role: 'participant' });

describe('the gateway with its sound on FreeSWITCH', function () {
  this.timeout(60_000);
  if (!freeswitchThere) return withoutFreeSwitch();
  let server: FreeSwitch;
  let gateway: TestGateway;

  before(async () => {
    server = await takeFreeSwitch();
    const h323Settings = {
      listen: [{ address: here, port: 0 }],
      ...{ h245Ports: null, bare: 'demo', kbps: 1920, targets: [] },
      start: { fastStart: false, tunnelling: true, earlyH245: false },
    };
    gateway = await startTestGateway({
      change: (settings) => ({ ...settings, audio: [settingsOf(server)], h323: h323Settings, decide }),
    });
    const servers = gateway.gateway.core.audioServers;
    await waitUntil(() => servers.list()[0]?.state === 'up', 5000);
  });
  after(async () => {
    await gateway.close();
    await server.stop();
  });

  const h323 = (): string => `h323:demo@${here}:${gateway.gateway.core.h323?.listening[0]?.port ?? 0}`;

  /** How often the page was told that somebody is muted, or is not any more. */
  function mutes(page: Client): number {
    const muted = new Map<number, boolean>();
    let count = 0;
    for (const message of page.all) {
      if (message.type !== 'participant.changed') continue;
      const { id, muted: now } = message.participant;
      if (now !== (muted.get(id) ?? false)) count += 1;
      muted.set(id, now);
    }
    return count;
  }

  /** Somebody at the console mutes and unmutes the last who came in: how long each takes to the page, milliseconds. */
  async function turns(console: EslConversation, page: Client, n: number): Promise<number[]> {
    const took: number[] = [];
    const list = JSON.parse(await console.api('conference json_list compact')) as { conference_name: string }[];
    for (let turn = 0; turn < n; turn += 1) {
      const before = mutes(page);
      const from = systemClock.now();
      await console.api(`conference ${list[0]?.conference_name} ${turn % 2 === 0 ? 'mute' : 'unmute'} last`);
      await waitUntil(() => mutes(page) > before, 2000);
      took.push(Math.round(systemClock.now() - from));
    }
    return took.sort((a, b) => a - b);
  }

  it('has devices of SIP and H.323 hear each other, and the page see within 100 ms whom the console muted', async () => {
    const anna = await startEndpoint({ uri: gateway.uri('demo'), name: 'ANNA', bind: here, audio: 'tone:440' });
    const hank = await startEndpoint({ uri: h323(), name: 'HANK', bind: here, audio: 'tone:880', camera: false });
    const berta = await startEndpoint({
      uri: gateway.uri('demo', 'tcp'),
      name: 'BERTA',
      bind: here,
      audio: 'tone:660',
      transport: 'tcp',
    });
    for (const [one, tones] of [
      [anna, [660, 880]],
      [berta, [440, 880]],
      [hank, [440, 660]],
    ] as const) {
      await one.waitFor(({ heard }) => tones.every((hz) => holdsTone(heard.tones, hz)), 10_000, 'to hear the others');
    }
    const room = gateway.gateway.core.rooms.find('demo');
    for (const one of gateway.gateway.core.calls.list({ room: 'demo', limit: 9 })) {
      const [sound] = gateway.gateway.core.calls.report(one.id)?.sound ?? [];
      assert.deepEqual([sound?.server, sound?.state, typeof sound?.member], ['one', 'in', 'number'], one.from);
      assert.match(sound?.conference ?? '', /^demo-[0-9a-f]{8}$/);
    }
    assert.ok(room);
    const { token } = gateway.gateway.tokens.issue({
      kind: 'session',
      room: 'demo',
      name: 'Page',
      role: 'guest',
      ttlMs: 60_000,
    });
    const page = new Client(`${gateway.page.replace('http:', 'ws:')}/api/v1/events?token=${token}`);
    await page.next();
    const console = await consoleOf(server);
    const took = await turns(console, page, 20);
    note(`a mute at the console is at the page after ${took.join(' ')} ms`);
    assert.ok((took[Math.floor(took.length / 2)] ?? 1000) < 100);
    const first = room.describe().participants.find(({ name }) => name === 'ANNA');
    assert.ok(first);
    await room.mute(first.id, true, 'Mona');
    assert.equal(room.participant(first.id)?.describe().mutedBy, 'Mona');
    await berta.waitFor(({ heard }) => !holdsTone(heard.tones, 440), 10_000, 'not to hear who is muted');
    await anna.press('*6');
    await waitUntil(() => room.participant(first.id)?.describe().mutedBy === 'ANNA', 5000);
    assert.equal(room.participant(first.id)?.describe().muted, false);
    console.close();
    page.close();
    await Promise.all([anna.hangup(), berta.hangup(), hank.hangup()]);
    await waitUntil(() => gateway.gateway.core.audioServers.list()[0]?.members === 0, 5000);
  });
});
