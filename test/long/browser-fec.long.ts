import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDevices, TestBrowser, type RoomPage } from '../journeys/support/chromium.js';
import { EndpointProcess } from '../journeys/support/endpoint-process.js';
import { namespacesImpossible } from '../journeys/support/namespaces.js';
import { skipWithout } from '../journeys/support/needs.js';
import { note } from '../journeys/support/note.js';
import { GatewayProgram } from '../journeys/support/program.js';
import { places, TwoSites } from '../journeys/support/two-sites.js';
import { until } from '../journeys/support/until.js';

const pin = '2468';
const yaml = (directory: string): string => `
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

/** Has a page offer FEC and no NACK: with NACK, browsers add no FEC to H.264 of their own. Runs in the page. */
function fecInsteadOfNack(): void {
  const set = RTCRtpTransceiver.prototype.setCodecPreferences;
  RTCRtpTransceiver.prototype.setCodecPreferences = function (codecs): void {
    const wanted = [...codecs];
    const all = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
    const picture = wanted.some(({ mimeType }) => mimeType.startsWith('video/'));
    const fec = all.filter(({ mimeType }) => /\/(red|ulpfec)$/i.test(mimeType));
    set.call(this, [...wanted.filter(({ mimeType }) => !mimeType.endsWith('/rtx')), ...(picture ? fec : [])]);
  };
  const describe = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function (given?: RTCLocalSessionDescriptionInit): Promise<void> {
    const sdp = given?.sdp?.replace(/a=rtcp-fb:\d+ (nack|transport-cc)\r\n/g, '');
    const changed = given?.type && sdp !== undefined ? { type: given.type, sdp } : given;
    return Reflect.apply(describe, this, [changed]) as Promise<void>;
  };
}

/** A browser's own FEC, and its reading of ours, through rtpengine. */
describe('a browser that sends nothing again, at 5 % loss', function () {
  this.timeout(90_000);
  const directory = mkdtempSync(join(tmpdir(), 'fec-'));
  let sites: TwoSites;
  let gateway: GatewayProgram;
  let browser: TestBrowser;
  let wanda: RoomPage;
  let colleague: EndpointProcess;

  before(async function () {
    skipWithout(this, ['iptables', 'ip', 'nsenter', 'ffmpeg', 'rtpengine', 'chromium']);
    const impossible = namespacesImpossible({ nat: true });
    if (impossible !== null) {
      process.stderr.write(`      skipped: ${impossible}\n`);
      this.skip();
    }
    sites = await TwoSites.make({ udp: '27000:27199', tcp: '8443' });
    const { enter } = sites.gateway;
    [gateway, browser] = await Promise.all([
      GatewayProgram.start({ directory, yaml: yaml(directory), enter }),
      TestBrowser.startIn(sites.guest.enter, directory, makeDevices(directory, 'WANDA', 1000)),
    ]);
    const who = ['--name', 'STAFF', '--quiet', '--bind', places.colleague];
    colleague = EndpointProcess.startIn(sites.colleague.enter, `sip:far*${pin}@${places.gateway}`, ...who);
    wanda = await browser.person();
    await wanda.page.addInitScript(fecInsteadOfNack);
    await wanda.page.goto(`https://${places.office}:8443/?room=far`);
    await wanda.page.fill('input[autocomplete=name]', 'Wanda');
    await wanda.page.click('button[type=submit]');
    await wanda.page.fill('input[type=password]', pin);
    await wanda.page.click('button[type=submit]');
    await wanda.page.waitForSelector('.room');
  });

  after(async () => {
    await browser?.close();
    await colleague?.kill();
    await gateway?.stop();
    await sites?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Of `dualstream_media_repairs_total`. */
  function repairs(way: string): number {
    const [program = '', ...words] = sites.gateway.enter;
    const read = "fetch('http://localhost:8080/metrics').then(async (answer) => console.log(await answer.text()))";
    const text = execFileSync(program, [...words, process.execPath, '-e', read], { encoding: 'utf8' });
    return Number(new RegExp(`^dualstream_media_repairs_total\\{way="${way}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  }

  it('has what it lost brought back by its own FEC, and reads what is wrapped for it', async () => {
    await until(
      'a picture on the page',
      15_000,
      async () => ((await wanda.figures())?.main.framesDecoded ?? 0) > 5 || null,
    );
    sites.home.configure('iptables -I FORWARD -p udp -m statistic --mode random --probability 0.05 -j DROP');
    await until('packets of the browser to be recovered', 60_000, () => repairs('recovered') > 3 || null);
    await until('FEC towards the browser', 30_000, () => repairs('protection') > 20 || null);
    const before = (await wanda.figures())!.main.framesDecoded;
    await until('more pictures', 15_000, async () => (await wanda.figures())!.main.framesDecoded > before + 10 || null);
    note(`${repairs('recovered')} recovered, ${repairs('protection')} FEC packets sent, ${repairs('resent')} resent`);
    assert.equal(repairs('resent'), 0);
  });
});
