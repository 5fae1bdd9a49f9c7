import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import type { EndpointEvent } from '../../scripts/endpoint/events.js';
import { EndpointProcess } from './support/endpoint-process.js';
import { namespacesImpossible } from './support/namespaces.js';
import { skipWithout } from './support/needs.js';
import { GatewayProgram } from './support/program.js';
import { places, TwoSites } from './support/two-sites.js';

const patience = 20_000;
const tones = { guest: 700, colleague: 1000 } as const;
const shared = 2776;
const yaml = `
sip:
  listen:
    - { transport: udp, port: 5060 }
media:
  ports: { from: 20000, to: 20199 }
  externalAddress:
    - { interface: lan, lan: ${places.gateway}, wan: ${places.office} }
  rtpengine: { ports: { from: 27000, to: 27199 } }
rooms:
  permanent:
    - { name: far, pin: '2468', moderatorPin: '9753' }
h323:
  enabled: true
  h245Ports: { from: 19000, to: 19019 }
  nat: { multiplexPort: ${shared} }
  gatekeeper: { networks: [${places.home}/32] }
logging: { level: error }
web: { https: null }
`;

const hears =
  (tone: number) =>
  (event: EndpointEvent): boolean =>
    event.event === 'heard' && holdsTone(event.tones, tone);
const sees =
  (line: 'main' | 'content', from: string) =>
  (event: EndpointEvent): boolean =>
    event.event === 'sees' && event.line === line && event.from === from;

/** Has a room call somebody, as a moderator does over the API; run beside the gateway. */
const call = (to: string): string => `
  const post = async (path, body, token) => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: 'Bearer ' + token } : {}) };
    const answer = await fetch('http://localhost:8080/api/v1/' + path, {
      method: 'POST', headers, body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(path + ' ' + answer.status + ' ' + await answer.text());
    return answer.json();
  };
  const { token } = await post('session', { room: 'far', name: 'OPERATOR', pin: '9753' });
  await post('rooms/far/participants', { uri: '${to}', name: 'BOARD' }, token);`;

describe('an H.323 device behind a router, a gateway behind another, a SIP device beside the gateway', function () {
  this.timeout(90_000);
  const directory = mkdtempSync(join(tmpdir(), 'h323-nat-'));
  let sites: TwoSites;
  let gateway: GatewayProgram;
  let colleague: EndpointProcess;
  let guest: EndpointProcess | null = null;

  before(async function () {
    skipWithout(this, ['iptables', 'ip', 'nsenter', 'ffmpeg']);
    const impossible = namespacesImpossible({ nat: true });
    if (impossible !== null) {
      process.stderr.write(`      skipped: ${impossible}\n`);
      this.skip();
    }
    sites = await TwoSites.make({
      udp: `1719,${shared}:${shared + 1},20000:20199`,
      tcp: '1720,19000:19019,20000:20199',
    });
    gateway = await GatewayProgram.start({ directory, yaml, enter: sites.gateway.enter });
    const who = ['--name', 'STAFF', '--audio', `tone:${tones.colleague}`, '--bind', places.colleague];
    colleague = EndpointProcess.startIn(sites.colleague.enter, `sip:far*2468@${places.gateway}`, ...who);
    await colleague.sees('the colleague to be in', patience, ({ event }) => event === 'connected');
  });

  afterEach(async () => {
    await guest?.kill();
    guest = null;
  });

  after(async () => {
    await colleague?.kill();
    await gateway?.stop();
    await sites?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const [how, ...words] of [
    ['with H.245 in call signalling', '--nat', 'plain'],
    ['with H.245 by itself', '--nat', 'plain', '--h245', 'separate'],
    ['with media through shared ports', '--nat', 'multiplexed'],
  ] as const) {
    it(`hears and sees, is heard and seen, and shares: ${how}`, async () => {
      const name = how.includes('shared') ? 'MUXED' : how.includes('itself') ? 'APART' : 'PLAIN';
      const who = ['--name', name, '--audio', `tone:${tones.guest}`, '--bind', places.guest];
      const uri = `h323:far*2468@${places.office}`;
      const device = (guest = EndpointProcess.startIn(sites.guest.enter, uri, ...who, ...words));
      await device.sees('the device to hear the colleague', patience, hears(tones.colleague));
      await colleague.sees('the colleague to hear the device', patience, hears(tones.guest));
      await device.sees('the device to see the colleague', patience, sees('main', 'STAFF'));
      await colleague.sees('the colleague to see the device', patience, sees('main', name));
      assert.equal(await colleague.ask('share'), 'granted');
      // the device has sent nothing on its content line: signs of life alone show where it is
      await device.sees("the device to see the colleague's slides", patience, sees('content', 'STAFF'));
      assert.equal(await device.ask('share'), 'granted');
      await colleague.sees("the colleague to see the device's slides", patience, sees('content', name));
      await device.ask('release');
    });
  }

  for (const [how, ...words] of [
    ['with media of its own ports', '--nat', 'plain'],
    ['with H.245 by itself', '--nat', 'plain', '--h245', 'separate'],
    ['with media through shared ports', '--nat', 'multiplexed'],
  ] as const) {
    it(`registers and is called by the room: ${how}`, async () => {
      const at = ['--listen', `h323:${places.guest}:1720`, '--gatekeeper', places.office, '--name', 'BOARD'] as const;
      const sound = ['--audio', `tone:${tones.guest}`];
      const device = (guest = EndpointProcess.startIn(sites.guest.enter, ...at, ...sound, ...words));
      await device.sees('the device to be registered', patience, ({ event }) => event === 'listening');
      const [program = '', ...rest] = sites.gateway.enter;
      execFileSync(program, [...rest, process.execPath, '--input-type=module', '-e', call('h323:BOARD')]);
      await device.sees('the device to hear the colleague', patience, hears(tones.colleague));
      await colleague.sees('the colleague to see the device', patience, sees('main', 'BOARD'));
      await device.sees('the device to see the colleague', patience, sees('main', 'STAFF'));
      assert.equal(await colleague.ask('share'), 'granted');
      await device.sees("the device to see the colleague's slides", patience, sees('content', 'STAFF'));
      await colleague.ask('release');
    });
  }

  it('registers and calls by the leave of the gatekeeper', async () => {
    const who = ['--name', 'ASKER', '--gatekeeper', places.office, '--nat', 'plain', '--bind', places.guest];
    const device = (guest = EndpointProcess.startIn(sites.guest.enter, 'h323:far*2468', ...who));
    await device.sees('the device to hear the colleague', patience, hears(tones.colleague));
    await colleague.sees('the colleague to see the device', patience, sees('main', 'ASKER'));
  });
});
