import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { noOutgoing, type OutgoingSettings } from '../../src/outgoing.js';
import { Baresip, type BaresipOptions } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd, whoseSnapshot } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const patience = 15_000;
const here = '127.0.0.1';
const tone = { room: 1000, phone: 400 };

interface Case {
  what: string;
  encryption: BaresipOptions['encryption'];
  srtpBy: OutgoingSettings['srtpBy'];
  /** What baresip says about the keys of each of its two lines. */
  says: RegExp;
}

const cases: Case[] = [
  { what: 'SDES', encryption: 'srtp-mand', srtpBy: 'sdes', says: /(audio|video): SRTP is Enabled/g },
  { what: 'DTLS-SRTP', encryption: 'dtls_srtp', srtpBy: 'dtls', says: /---> DTLS-SRTP complete/g },
];

describe('a room that calls softphones with encrypted media', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'srtp-out-'));
  const video = join(directory, 'phone.mp4');
  let gateway: TestGateway;
  let endpoint: Endpoint;
  let phone: Baresip;
  let calls = 0;

  before(function () {
    skipWithout(this, ['baresip', 'ffmpeg', 'rtpengine']);
    makeClip(video, 'PHONE', 40);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  afterEach(async () => {
    await phone?.stop();
    await endpoint?.hangup();
    await gateway?.close();
  });

  const ring = async (outgoing: Partial<OutgoingSettings>, encryption: BaresipOptions['encryption']): Promise<void> => {
    const rules = { targets: [`*@${here}`], numbers: [] };
    gateway = await startTestGateway({
      web: true,
      change: (settings) => ({ ...settings, outgoing: { ...noOutgoing, rules, ...outgoing } }),
    });
    endpoint = await startEndpoint({ uri: gateway.uri('demo'), name: 'ROOM', audio: `tone:${tone.room}` });
    calls += 1;
    const first = 43_000 + calls * 200;
    phone = await Baresip.start({
      ...{ name: 'phone', sipPort: 5099 + calls, controlPort: 4499 + calls, rtpPorts: [first, first + 100] },
      ...{ tone: tone.phone, video, ...(encryption ? { encryption } : {}) },
    });
    const { rooms, dialOut } = gateway.gateway.core;
    dialOut.call(rooms.open('demo'), { to: `sip:phone@${here}:${5099 + calls}`, name: 'PHONE' });
  };

  for (const { what, encryption, srtpBy, says } of cases) {
    it(`by ${what}: they hear and see, and are heard and seen`, async () => {
      await ring({ srtp: 'required', srtpBy }, encryption);
      await phone.established();
      await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tone.phone), patience, 'the room to hear the phone');
      await until('the phone to hear the room', patience, async () => {
        const file = await phone.recording();
        return file !== null && holdsTone(tonesAtEnd(file, 0.5), tone.room);
      });
      await until('the phone to see the room', patience, async () => {
        const file = await phone.snapshot();
        return file !== null && whoseSnapshot(file)?.id === 'ROOM';
      });
      endpoint.talk(false);
      await endpoint.waitFor(({ main }) => main.from === 'PHONE', patience, 'the room to see the phone');
      const lines = phone.log().match(says) ?? [];
      assert.ok(lines.length >= 2, phone.log().slice(-3000));
    });
  }

  it('does not become plain with a phone that cannot encrypt', async () => {
    await ring({ srtp: 'required' }, undefined);
    const room = gateway.gateway.core.rooms.open('demo');
    const failure = await new Promise<{ status: number }>((resolve) => room.on.on('participantFailed', resolve));
    assert.equal(failure.status, 488);
    assert.equal(room.size, 1);
  });
});
