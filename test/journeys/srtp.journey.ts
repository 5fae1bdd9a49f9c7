import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
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
  /** What baresip says about the keys of each of its two lines, or what it must never say. */
  says: RegExp | null;
}

const cases: Case[] = [
  { what: 'SDES', encryption: 'srtp-mand', name: 'SDES', tone: 400, says: /(audio|video): SRTP is Enabled/g },
  // keys beside a plain profile are worth nothing on this signalling: it is answered plainly
  { what: 'SDES where the other side likes', encryption: 'srtp', name: 'MAYBE', tone: 560, says: null },
  { what: 'DTLS-SRTP', encryption: 'dtls_srtp', name: 'DTLS', tone: 720, says: /---> DTLS-SRTP complete/g },
];

describe('encrypted softphones', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'srtp-'));
  let gateway: TestGateway;
  let endpoint: Endpoint;

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

  cases.forEach(({ what, encryption, name, tone, says }, index) => {
    describe(`with ${what}`, () => {
      let phone: Baresip;
      before(async () => {
        const clip = join(directory, `${name}.mp4`);
        makeClip(clip, name, 40);
        const first = 42_000 + index * 200;
        const ports = {
          sipPort: 5090 + index,
          controlPort: 4490 + index,
          rtpPorts: [first, first + 100] as [number, number],
        };
        phone = await Baresip.start({ name: name.toLowerCase(), ...ports, tone, video: clip, encryption });
        await phone.dial(gateway.uri('demo'));
        await phone.established();
      });
      after(() => phone?.stop());

      it('hear and are heard', async () => {
        await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tone), patience, `the endpoint to hear ${name}`);
        await until(`${name} to hear the endpoint`, patience, async () => {
          const file = await phone.recording();
          const heard = file === null ? [] : tonesAtEnd(file, 0.5);
          return holdsTone(heard, endpointTone) && !holdsTone(heard, tone);
        });
      });

      it('see and are seen', async () => {
        await until(`${name} to see the endpoint`, patience, async () => {
          const file = await phone.snapshot();
          return file !== null && whoseSnapshot(file)?.id === 'ROOM';
        });
        endpoint.talk(false);
        await endpoint.waitFor(({ main }) => main.from === name, patience, `the endpoint to see ${name}`);
        endpoint.talk(true);
        const lines = phone.log().match(says ?? /SRTP is Enabled/g) ?? [];
        assert.equal(lines.length >= 2, says !== null, phone.log().slice(-3000));
      });
    });
  });
});
