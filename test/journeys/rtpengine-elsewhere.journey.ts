import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { startChild, type ManagedChild } from '../../src/base/child.js';
import { systemClock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics } from '../../src/base/metrics.js';
import { openRtpengineControl } from '../../src/protocol/rtpengine/control.js';
import { Baresip } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const patience = 15_000;
const tones = { phone: 400, endpoint: 1000 } as const;
/** Loopback addresses stand for machines. */
const elsewhere = { address: '127.0.0.2', port: 22_223 };
const ours = '127.0.0.3';

describe('an rtpengine on another machine', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  let engine: ManagedChild | null = null;
  let gateway: TestGateway | null = null;

  const start = (): Promise<TestGateway> =>
    startTestGateway({
      change: (settings) => ({
        ...settings,
        media: { ...settings.media, inside: { bind: ours, advertise: ours } },
        rtpengine: { kind: 'external', at: elsewhere, local: '0.0.0.0' },
      }),
    });

  before(function () {
    skipWithout(this, ['baresip', 'ffmpeg', 'rtpengine']);
  });

  afterEach(async () => {
    await gateway?.close();
    await engine?.stop();
    gateway = engine = null;
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it('carries the media of an encrypted softphone, and reaches us at the address for it', async () => {
    engine = await startRtpengine();
    gateway = await start();
    assert.equal(gateway.gateway.rtpengineProblem, null);
    const uri = gateway.uri('demo');
    const endpoint = await startEndpoint({ uri, name: 'ROOM', bind: '127.0.0.1', audio: `tone:${tones.endpoint}` });
    const video = join(directory, 'phone.mp4');
    makeClip(video, 'PHONE', 30);
    const ports = { sipPort: 5090, controlPort: 4490, rtpPorts: [42_000, 42_100] as [number, number] };
    const phone = await Baresip.start({
      name: 'phone',
      ...ports,
      tone: tones.phone,
      video,
      encryption: 'srtp-mand',
    });
    try {
      await phone.dial(uri);
      await phone.established();
      // 127.0.0.3 as /proc writes it
      assert.match(readFileSync('/proc/net/udp', 'utf8'), / 0300007F:[0-9A-F]{4} /);
      await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tones.phone), patience, 'the phone to be heard');
      await until('the phone to hear the endpoint', patience, async () => {
        const file = await phone.recording();
        return file !== null && holdsTone(tonesAtEnd(file, 0.5), tones.endpoint);
      });
      endpoint.talk(false);
      await endpoint.waitFor(({ main }) => main.from === 'PHONE', patience, 'the phone to be seen');
    } finally {
      await phone.stop();
      await endpoint.hangup();
    }
  });

  it('is said to be silent when it does not answer, and is used as soon as it does', async () => {
    gateway = await start();
    assert.match(gateway.gateway.rtpengineProblem ?? '', /^it does not answer now/);
    assert.equal(gateway.gateway.rtpengine?.up, true);
    engine = await startRtpengine();
    await gateway.gateway.rtpengine?.ping();
  });
});

function startRtpengine(): Promise<ManagedChild> {
  const control = openRtpengineControl(elsewhere, '0.0.0.0');
  const { address, port } = elsewhere;
  const args = ['--config-file=none', '--foreground', '--log-stderr', '--table=-1', `--interface=${address}`];
  args.push(`--listen-ng=${address}:${port}`, '--port-min=27000', '--port-max=27999', '--num-threads=1');
  const tools = { clock: systemClock, log: silentLog, metrics: createMetrics() };
  const ping = (): Promise<void> => control.ping();
  return startChild({ name: 'rtpengine elsewhere', command: 'rtpengine', args, ping }, tools);
}
