import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDevices, TestBrowser, type RoomPage } from './support/chromium.js';
import { EndpointProcess } from './support/endpoint-process.js';
import { namespacesImpossible } from './support/namespaces.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { GatewayProgram } from './support/program.js';
import { places, TwoSites } from './support/two-sites.js';
import { until } from './support/until.js';

const pin = '2468';
const patience = 15_000;
/** At each loss. */
const watchedMs = 3_000;
/** Slides that the test endpoint sends meanwhile: five a second. */
const sent = 15;

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

/** Shares of real pictures at 2 and 5 % loss each way between a browser and the gateway. */
describe('a browser at the end of a lossy line', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'loss-'));
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

  /** Drops that share of UDP in both directions, at random. */
  let rules = 0;
  function lose(share: number): void {
    const rule = `-p udp -m statistic --mode random --probability ${share} -j DROP`;
    sites.home.configure(`iptables ${rules++ === 0 ? '-I' : '-R'} FORWARD 1 ${rule}`);
  }

  /** Pictures by `count` while it is watched, and the longest time without a new one, ms. */
  async function watch(count: () => Promise<number>): Promise<{ pictures: number; freezeMs: number }> {
    const first = await count();
    const from = performance.now();
    let [last, at, freezeMs] = [first, from, 0];
    while (performance.now() - from < watchedMs) {
      const now = await count();
      freezeMs = Math.max(freezeMs, performance.now() - at);
      if (now !== last) [last, at] = [now, performance.now()];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { pictures: last - first, freezeMs };
  }

  it('sees slides without a stop, at 5 % and at 2 %', async () => {
    assert.equal(await colleague.ask('share'), 'granted');
    await until('the slides on the page', patience, async () => (await wanda.sees('content')) === 'STAFF slides');
    const decoded = async (): Promise<number> => (await wanda.figures())?.content.framesDecoded ?? 0;
    for (const loss of [0.05, 0.02]) {
      const before = (await wanda.figures())!.content;
      lose(loss);
      const { pictures, freezeMs } = await watch(decoded);
      const { content } = (await wanda.figures())!;
      const what = `${pictures} of ${sent} pictures at ${loss * 100} %`;
      note(`${what}, longest stop ${Math.round(freezeMs)} ms`);
      assert.ok(pictures >= sent * 0.9, what);
      assert.ok(freezeMs <= 2000, `${what}, stopped for ${freezeMs} ms`);
      assert.equal(content.plis, before.plis, 'no keyframe was needed');
    }
  });

  it('has what was lost sent again under numbers of its own, and sends again what was lost of its own picture', async () => {
    lose(0.05);
    const { main, content } = await until('packets sent again both ways', patience, async () => {
      const figures = await wanda.figures();
      return figures && figures.main.resent + figures.content.resent > 0 && figures.main.sentAgain > 0 ? figures : null;
    });
    note(`${main.resent + content.resent} packets again to it, ${main.sentAgain} from it`);
  });
});
