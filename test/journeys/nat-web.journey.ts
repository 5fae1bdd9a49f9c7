import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import type { EndpointEvent } from '../../scripts/endpoint/events.js';
import { makeDevices, TestBrowser, type RoomPage } from './support/chromium.js';
import { EndpointProcess } from './support/endpoint-process.js';
import { namespacesImpossible } from './support/namespaces.js';
import { skipWithout } from './support/needs.js';
import { GatewayProgram } from './support/program.js';
import { places, TwoSites } from './support/two-sites.js';
import { until } from './support/until.js';

const patience = 15_000;
const pin = '2468';
const tones = { wanda: 1000, colleague: 440 } as const;

function yaml(directory: string): string {
  return `
dataDir: ${directory}
media:
  ports: { from: 20000, to: 20199 }
  externalAddress: ${places.office}
  rtpengine: { ports: { from: 27000, to: 27199 } }
rooms:
  permanent:
    - { name: far, pin: '${pin}' }
logging: { level: error }
`;
}

describe('a browser behind a router, a gateway behind another, a room system beside the gateway', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'nat-web-'));
  const recording = join(directory, 'between-the-routers.pcapng');
  let sites: TwoSites;
  let gateway: GatewayProgram;
  let browser: TestBrowser;
  let wanda: RoomPage;
  let colleague: EndpointProcess;

  before(async function () {
    skipWithout(this, ['iptables', 'ip', 'nsenter', 'dumpcap', 'ffmpeg', 'rtpengine', 'chromium']);
    const impossible = namespacesImpossible({ nat: true });
    if (impossible !== null) {
      process.stderr.write(`      skipped: ${impossible}\n`);
      this.skip();
    }
    sites = await TwoSites.make({ udp: '27000:27199', tcp: '8443' });
    await sites.record(recording);
    const { enter } = sites.gateway;
    const devices = makeDevices(directory, 'WANDA', tones.wanda);
    [gateway, browser] = await Promise.all([
      GatewayProgram.start({ directory, yaml: yaml(directory), enter }),
      TestBrowser.startIn(sites.guest.enter, directory, devices),
    ]);
    const who = ['--name', 'STAFF', '--audio', `tone:${tones.colleague}`, '--bind', places.colleague];
    colleague = EndpointProcess.startIn(sites.colleague.enter, `sip:far*${pin}@${places.gateway}`, ...who);
    wanda = await browser.person();
  });

  after(async () => {
    await browser?.close();
    await colleague?.kill();
    await gateway?.stop();
    await sites?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('gets in with the PIN of the room', async () => {
    await wanda.page.goto(`https://${places.office}:8443/?room=far`);
    await wanda.page.fill('input[autocomplete=name]', 'Wanda');
    await wanda.page.click('button[type=submit]');
    await wanda.page.fill('input[type=password]', pin);
    await wanda.page.click('button[type=submit]');
    await wanda.page.waitForSelector('.room');
  });

  it('hears and is heard, sees and is seen', async () => {
    const heard = (event: EndpointEvent): boolean => event.event === 'heard' && holdsTone(event.tones, tones.wanda);
    await colleague.sees('the colleague to hear the page', patience, heard);
    await until('the page to hear the colleague', patience, async () =>
      holdsTone(await wanda.tones(), tones.colleague),
    );
    await until('the page to see the colleague', patience, async () => (await wanda.sees('main')) === 'STAFF camera');
    colleague.say('talk off');
    const seen = (event: EndpointEvent): boolean => event.event === 'sees' && event.from === 'WANDA';
    await colleague.sees('the colleague to see the page', patience, seen);
  });

  it('shares, and sees what is shared', async () => {
    await wanda.page.click('text=Share screen');
    const wide = (event: EndpointEvent): boolean =>
      event.event === 'picture' && event.line === 'content' && event.width === 1920 && event.decoded > 0;
    await colleague.sees('the colleague to see the screen', patience, wide);
    assert.equal(await colleague.ask('share'), 'granted');
    await until('the slides on the page', patience, async () => (await wanda.sees('content')) === 'STAFF slides');
  });

  it('meets nothing but the outside address on the way', async () => {
    const wire = await sites.recorded(recording);
    assert.ok(wire.length > 100_000, 'the media passed here');
    assert.doesNotMatch(wire, /10\.77\./);
  });
});
