import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import type { EndpointEvent } from '../../scripts/endpoint/events.js';
import { Baresip } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd, whoseSnapshot } from './support/decoded.js';
import { EndpointProcess } from './support/endpoint-process.js';
import { namespacesImpossible } from './support/namespaces.js';
import { skipWithout } from './support/needs.js';
import { GatewayProgram } from './support/program.js';
import { places, TwoSites } from './support/two-sites.js';
import { until } from './support/until.js';

const patience = 15_000;
const names = { guest: 'GUEST', colleague: 'STAFF' } as const;
const tones = { guest: 700, colleague: 1000, phone: 400 } as const;
const yaml = `
sip:
  listen:
    - { transport: udp, port: 5060 }
    - { transport: tcp, port: 5060 }
media:
  ports: { from: 20000, to: 20199 }
  externalAddress:
    - { interface: lan, lan: ${places.gateway}, wan: 'stun:${places.home}' }
  rtpengine: { ports: { from: 27000, to: 27199 } }
rooms:
  permanent:
    - { name: far, pin: '2468' }
logging: { level: error }
web: { https: null }
`;

const hears =
  (...wanted: number[]) =>
  (event: EndpointEvent): boolean =>
    event.event === 'heard' && wanted.every((tone) => holdsTone(event.tones, tone));
const sees =
  (line: 'main' | 'content', from: string) =>
  (event: EndpointEvent): boolean =>
    event.event === 'sees' && event.line === line && event.from === from;

/** Addresses in c= and o= lines and candidates of a description. */
function addressesIn(sdp: string): string[] {
  return [...new Set(sdp.match(/\d+\.\d+\.\d+\.\d+/g))];
}

describe('a guest behind a router, a gateway behind another, a colleague beside the gateway', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'nat-'));
  const recording = join(directory, 'between-the-routers.pcapng');
  let sites: TwoSites;
  let gateway: GatewayProgram;
  let guest: EndpointProcess;
  let colleague: EndpointProcess;
  let phone: Baresip;

  before(async function () {
    skipWithout(this, ['iptables', 'ip', 'nsenter', 'dumpcap', 'baresip', 'ffmpeg', 'rtpengine']);
    const impossible = namespacesImpossible({ nat: true });
    if (impossible !== null) {
      process.stderr.write(`      skipped: ${impossible}\n`);
      this.skip();
    }
    sites = await TwoSites.make({ udp: '5060,20000:20199,27000:27199', tcp: '5060,20000:20199' });
    await sites.record(recording);
    makeClip(join(directory, 'clip.mp4'), 'PHONE', 40);
    await sites.offerStun();
    gateway = await GatewayProgram.start({ directory, yaml, enter: sites.gateway.enter });
    const call = (from: 'guest' | 'colleague', to: string, ...more: string[]): EndpointProcess => {
      const who = ['--name', names[from], '--audio', `tone:${tones[from]}`, '--bind', places[from]];
      return EndpointProcess.startIn(sites[from].enter, `sip:far*2468@${to}`, ...who, ...more);
    };
    guest = call('guest', places.office);
    colleague = call('colleague', places.gateway, '--bfcp', 'tcp');
  });

  after(async () => {
    await phone?.stop();
    await Promise.all([guest?.kill(), colleague?.kill()]);
    await gateway?.stop();
    await sites?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('lets the two hear and see each other', async () => {
    await guest.sees('the guest to hear the colleague', patience, hears(tones.colleague));
    await colleague.sees('the colleague to hear the guest', patience, hears(tones.guest));
    await guest.sees('the guest to see the colleague', patience, sees('main', 'STAFF'));
    await colleague.sees('the colleague to see the guest', patience, sees('main', 'GUEST'));
  });

  it('tells each the address that it can reach', async () => {
    const { remote: far } = (await guest.ask('sdp')) as { remote: string };
    const { remote: near } = (await colleague.ask('sdp')) as { remote: string };
    assert.deepEqual(addressesIn(far), [places.office]);
    assert.deepEqual(addressesIn(near), [places.gateway]);
  });

  it('gets reports through in both directions', async () => {
    for (const one of [guest, colleague]) {
      await until('reports', patience, async () => {
        const { figures } = (await one.ask('state')) as { figures: Record<string, { reports: number }> };
        return ['audio', 'main'].every((line) => (figures[line]?.reports ?? 0) > 0) || null;
      });
    }
  });

  it('lets both share in turn, over UDP from behind the router and over TCP', async () => {
    assert.equal(await guest.ask('share'), 'granted');
    await colleague.sees('the colleague to see the slides', patience, sees('content', 'GUEST'));
    assert.equal(await colleague.ask('share'), 'granted');
    await guest.sees('the guest to see the slides', patience, sees('content', 'STAFF'));
    const revoked = (event: EndpointEvent): boolean => event.event === 'floor' && event.state === 'revoked';
    await guest.sees('the guest to lose the floor', patience, revoked);
    await colleague.ask('release');
  });

  it('takes an encrypted softphone from behind the router', async () => {
    phone = await Baresip.start({
      name: 'phone',
      sipPort: 5070,
      controlPort: 4444,
      address: places.guest,
      enter: sites.guest.enter,
      rtpPorts: [42_000, 42_100],
      tone: tones.phone,
      video: join(directory, 'clip.mp4'),
      encryption: 'srtp-mand',
    });
    await phone.dial(`sip:far*2468@${places.office}`);
    await phone.established();
    await colleague.sees('the colleague to hear the phone', patience, hears(tones.phone, tones.guest));
    await until('the phone to hear the others', patience, async () => {
      const file = await phone.recording();
      const heard = file === null ? [] : tonesAtEnd(file, 0.5);
      return holdsTone(heard, tones.guest) && holdsTone(heard, tones.colleague);
    });
    await until('the phone to see somebody', patience, async () => {
      const file = await phone.snapshot();
      return file !== null && whoseSnapshot(file) !== null;
    });
    guest.say('talk off');
    colleague.say('talk off');
    await guest.sees('the guest to see the phone', patience, sees('main', 'PHONE'));
  });

  it('hangs up on the guest, and says nothing about the inside on the outside', async () => {
    assert.equal(await gateway.stop(), 0);
    await guest.sees('the guest to be hung up on', patience, ({ event }) => event === 'ended');
    const wire = await sites.recorded(recording);
    assert.match(wire, /SIP\/2\.0 200 OK/);
    assert.match(wire, new RegExp(`Contact: <sip:far@${places.office.replaceAll('.', '\\.')}`));
    assert.doesNotMatch(wire, /10\.77\./);
  });
});
