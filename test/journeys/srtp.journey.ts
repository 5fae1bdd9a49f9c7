import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { next } from '../../src/base/events.js';
import { Baresip, type BaresipOptions } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd, whoseSnapshot } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const patience = 15_000;
const endpointTone = 1000;

interface Case {
  what: string;
  encryption: NonNullable<BaresipOptions['encryption']>;
  name: string;
  tone: number;
  /** What baresip says about the keys of each of its two lines. */
  says: RegExp;
}

const cases: Case[] = [
  { what: 'SDES', encryption: 'srtp-mand', name: 'SDES', tone: 400, says: /(audio|video): SRTP is Enabled/g },
  {
    what: 'SDES beside a plain profile',
    encryption: 'srtp',
    name: 'MAYBE',
    tone: 560,
    says: /(audio|video): SRTP is Enabled/g,
  },
  { what: 'DTLS-SRTP', encryption: 'dtls_srtp', name: 'DTLS', tone: 720, says: /---> DTLS-SRTP complete/g },
];

describe('encrypted softphones', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'srtp-'));
  let gateway: TestGateway;
  let endpoint: Endpoint;
  let calls = 0;

  before(async function () {
    skipWithout(this, ['baresip', 'ffmpeg', 'rtpengine']);
    gateway = await startTestGateway({ web: true });
    endpoint = await startEndpoint({
      uri: gateway.uri('demo'),
      name: 'ROOM',
      bind: '127.0.0.1',
      audio: `tone:${endpointTone}`,
    });
  });

  after(async () => {
    await endpoint?.hangup();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const call = async ({ encryption, name, tone }: Omit<Case, 'says' | 'what'>): Promise<Baresip> => {
    const video = join(directory, `${name}.mp4`);
    makeClip(video, name, 40);
    const first = 42_000 + calls * 200;
    const ports = {
      sipPort: 5090 + calls,
      controlPort: 4490 + calls,
      rtpPorts: [first, first + 100] as [number, number],
    };
    calls += 1;
    const phone = await Baresip.start({ name: name.toLowerCase(), ...ports, tone, video, encryption });
    await phone.dial(gateway.uri('demo'));
    await phone.established();
    return phone;
  };
  const hearEachOther = async (phone: Baresip, name: string, tone: number): Promise<void> => {
    await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tone), patience, `the endpoint to hear ${name}`);
    await until(`${name} to hear the endpoint`, patience, async () => {
      const file = await phone.recording();
      const heard = file === null ? [] : tonesAtEnd(file, 0.5);
      return holdsTone(heard, endpointTone) && !holdsTone(heard, tone);
    });
  };

  cases.forEach((one) => {
    const { what, name, tone, says } = one;
    describe(`with ${what}`, () => {
      let phone: Baresip;
      before(async () => (phone = await call(one)));
      after(() => phone?.stop());

      it('hear and are heard', async () => {
        await hearEachOther(phone, name, tone);
      });

      it('see and are seen', async () => {
        await until(`${name} to see the endpoint`, patience, async () => {
          const file = await phone.snapshot();
          return file !== null && whoseSnapshot(file)?.id === 'ROOM';
        });
        endpoint.talk(false);
        await endpoint.waitFor(({ main }) => main.from === name, patience, `the endpoint to see ${name}`);
        endpoint.talk(true);
        const lines = phone.log().match(says) ?? [];
        assert.ok(lines.length >= 2, phone.log().slice(-3000));
      });
    });
  });

  it('are hung up on with a reason when rtpengine dies, and may call again at once', async () => {
    const phone = await call({ name: 'LOSER', encryption: 'srtp-mand', tone: 480 });
    try {
      const engine = gateway.gateway.rtpengine;
      assert.ok(engine?.pid);
      const back = next(engine.on, 'back');
      process.kill(engine.pid, 'SIGKILL');
      await until('the phone to be hung up on', 5000, () => /^BYE sip:/m.test(phone.log()) || null);
      assert.match(phone.log(), /^Reason: .*the media engine was restarted/im);
      assert.equal(endpoint.state.phase, 'connected');
      await back;
      phone.events.length = 0;
      await phone.dial(gateway.uri('demo'));
      await phone.established();
      await hearEachOther(phone, 'LOSER', 480);
    } finally {
      await phone.stop();
    }
  });
});
