import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDevices, TestBrowser, type RoomPage } from './chromium.js';
import { EndpointProcess } from './endpoint-process.js';
import { namespacesImpossible } from './namespaces.js';
import { skipWithout } from './needs.js';
import { GatewayProgram } from './program.js';
import { places, TwoSites } from './two-sites.js';

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

/** Skips where routers cannot be made, or a browser cannot be run behind them. */
export function skipWithoutFarGuest(context: Mocha.Context, alsoNeeds: string[] = []): void {
  skipWithout(context, ['iptables', 'ip', 'nsenter', 'ffmpeg', 'rtpengine', 'chromium', ...alsoNeeds]);
  const impossible = namespacesImpossible({ nat: true });
  if (impossible === null) return;
  process.stderr.write(`      skipped: ${impossible}\n`);
  context.skip();
}

/** A browser behind a router, a gateway with a room `far` behind another, and a room system beside the gateway. */
export class FarGuest {
  readonly directory = mkdtempSync(join(tmpdir(), 'far-guest-'));
  sites!: TwoSites;
  gateway!: GatewayProgram;
  wanda!: RoomPage;
  colleague!: EndpointProcess;
  /** Of what was begun, the last one first. */
  private readonly ends: (() => Promise<unknown>)[] = [];

  /** `tone`: of the browser's microphone, Hz; `colleague`: words of the room system; `record`: file for what passes between the routers. */
  async begin(options: { tone: number; colleague: string[]; record?: string }): Promise<void> {
    const sites = (this.sites = await TwoSites.make({ udp: '27000:27199', tcp: '8443' }));
    this.ends.unshift(() => sites.close());
    if (options.record !== undefined) await sites.record(options.record);
    const devices = makeDevices(this.directory, 'WANDA', options.tone);
    const { directory } = this;
    const starting = GatewayProgram.start({ directory, yaml: yaml(directory), enter: sites.gateway.enter });
    const [gateway, browser] = await Promise.all([
      starting.then((program) => {
        this.ends.unshift(() => program.stop());
        return program;
      }),
      TestBrowser.startIn(sites.guest.enter, directory, devices),
    ]);
    this.ends.unshift(() => browser.close());
    const who = ['--name', 'STAFF', ...options.colleague, '--bind', places.colleague];
    const colleague = EndpointProcess.startIn(sites.colleague.enter, `sip:far*${pin}@${places.gateway}`, ...who);
    this.ends.unshift(() => colleague.kill());
    this.gateway = gateway;
    this.colleague = colleague;
    this.wanda = await browser.person();
  }

  /** Wanda goes through the page's door into the room. */
  async enter(): Promise<void> {
    const { page } = this.wanda;
    await page.goto(`https://${places.office}:8443/?room=far`);
    await page.fill('input[autocomplete=name]', 'Wanda');
    await page.click('button[type=submit]');
    await page.fill('input[type=password]', pin);
    await page.click('button[type=submit]');
    await page.waitForSelector('.room');
  }

  /** Ends what was begun, also when not all of it could be. */
  async close(): Promise<void> {
    for (const end of this.ends.splice(0)) await end();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
