import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { Baresip } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd } from './support/decoded.js';
import { skipWithout } from './support/needs.js';
import { GatewayProgram } from './support/program.js';
import { until } from './support/until.js';

const patience = 15_000;
const tones = { SIX: 400, FOUR: 700, ALSO6: 1000 } as const;
type Name = keyof typeof tones;

/** Where namespaces are not permitted, others may use the usual ports. */
const port = 16_000 + (process.pid % 1000) * 2;
const settings = (...listeners: string[]): string => `
sip:
  controlPort: 0
  listen: [${listeners.join()}]
media: { ports: null, rtpengine: { ports: { from: 27000, to: 27999 } } }
web: { http: null, https: null }
logging: { level: error }
`;
const listener = (transport: string, address: string): string =>
  `{ transport: ${transport}, address: '${address}', port: ${port} }`;
const oneFamily = settings(listener('udp', '0.0.0.0'), listener('tcp', '0.0.0.0'));
const tlsPort = port + 1;
const bothFamilies = settings(
  ...['0.0.0.0', '::'].flatMap((address) => [
    listener('udp', address),
    listener('tcp', address),
    `{ transport: tls, address: '${address}', port: ${tlsPort} }`,
  ]),
);

describe('IPv6', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'ipv6-'));
  let gateway: GatewayProgram | null = null;
  const endpoints: Endpoint[] = [];

  const call = async (
    name: Name,
    bind: string,
    transport: 'udp' | 'tcp' | 'tls' = 'udp',
    bfcp: 'udp' | 'tcp' = 'udp',
  ) => {
    const host = bind.includes(':') ? `[${bind}]` : bind;
    const endpoint = await startEndpoint({
      uri: `sip:demo@${host}:${transport === 'tls' ? tlsPort : port}`,
      name,
      bind,
      transport,
      bfcp,
      audio: `tone:${tones[name]}`,
    });
    endpoints.push(endpoint);
    return endpoint;
  };
  const hears = (one: Endpoint, ...names: Name[]): Promise<unknown> =>
    one.waitFor(({ heard }) => names.every((name) => holdsTone(heard.tones, tones[name])), patience, `${names.join()}`);
  const sees = (one: Endpoint, line: 'main' | 'content', name: Name): Promise<unknown> =>
    one.waitFor((state) => state[line].from === name, patience, `${one.name} to see ${name} on ${line}`);

  before(function () {
    skipWithout(this, ['ffmpeg']);
    const has = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
    if (has) return;
    process.stderr.write('      skipped: this machine has no IPv6 loopback\n');
    this.skip();
  });

  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((one) => one.hangup()));
    await gateway?.stop();
    gateway = null;
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is all that there is when one of its addresses is to be used everywhere', async () => {
    gateway = await GatewayProgram.start({ directory, yaml: oneFamily, args: ['--bind', '::1'] });
    assert.match(gateway.said, /sip:demo@\[::1\]/);
    const one = await call('SIX', '::1');
    const two = await call('ALSO6', '::1', 'tcp', 'tcp');
    await Promise.all([hears(one, 'ALSO6'), hears(two, 'SIX'), sees(one, 'main', 'ALSO6'), sees(two, 'main', 'SIX')]);
    assert.doesNotMatch(one.descriptions.remote, /IP4/);
    assert.match(one.descriptions.remote, /^c=IN IP6 ::1\r?$/m);
    assert.equal(await two.share(), 'granted');
    await sees(one, 'content', 'ALSO6');
    assert.equal(await one.share(), 'granted');
    await sees(two, 'content', 'SIX');
  });

  it('carries encrypted calls', async function () {
    skipWithout(this, ['rtpengine', 'baresip']);
    gateway = await GatewayProgram.start({ directory, yaml: bothFamilies });
    const four = await call('FOUR', '127.0.0.1');
    makeClip(join(directory, 'clip.mp4'), 'PHONE', 20);
    const phone = await Baresip.start({
      name: 'phone',
      address: '::1',
      sipPort: port + 2100,
      controlPort: port + 2101,
      rtpPorts: [42_000, 42_100],
      tone: tones.SIX,
      video: join(directory, 'clip.mp4'),
      encryption: 'dtls_srtp',
    });
    try {
      await phone.dial(`sip:demo@[::1]:${port}`);
      await phone.established();
      await hears(four, 'SIX');
      assert.match(phone.log(), /c=IN IP6 ::1/);
      assert.doesNotMatch(phone.log(), /IN IP4/);
      await four.waitFor(({ main }) => main.from === 'PHONE', patience, 'the picture of the phone');
      await until('the phone to hear', patience, async () => {
        const file = await phone.recording();
        return file !== null && holdsTone(tonesAtEnd(file, 0.5), tones.FOUR);
      });
    } finally {
      await phone.stop();
    }
  });

  it('and IPv4 meet in one room', async () => {
    gateway = await GatewayProgram.start({ directory, yaml: bothFamilies });
    const six = await call('SIX', '::1');
    const four = await call('FOUR', '127.0.0.1');
    const also = await call('ALSO6', '::1', 'tls', 'tcp');
    await Promise.all([hears(six, 'FOUR', 'ALSO6'), hears(four, 'SIX', 'ALSO6'), hears(also, 'SIX', 'FOUR')]);
    // main video crosses over as well: whoever is heard is seen
    await Promise.all([
      six.waitFor(({ main }) => main.from === 'FOUR' || main.from === 'ALSO6', patience, 'a picture'),
      four.waitFor(({ main }) => main.from === 'SIX' || main.from === 'ALSO6', patience, 'a picture of IPv6'),
    ]);
    assert.match(six.descriptions.remote, /^c=IN IP6 ::1\r?$/m);
    assert.match(four.descriptions.remote, /^c=IN IP4 127\.0\.0\.1\r?$/m);
    assert.equal(await four.share(), 'granted');
    await Promise.all([sees(six, 'content', 'FOUR'), sees(also, 'content', 'FOUR')]);
    assert.equal(await six.share(), 'granted');
    await Promise.all([sees(four, 'content', 'SIX'), sees(also, 'content', 'SIX')]);
  });
});
