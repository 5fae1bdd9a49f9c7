import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { noOutgoing } from '../../src/outgoing.js';
import { Baresip } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd, whoseSnapshot } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const patience = 15_000;
const tones = { room: 1000, phone: 400 };
const sipPort = 5099;

describe('a room that calls a softphone', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'dial-out-'));
  let gateway: TestGateway;
  let endpoint: Endpoint;
  let phone: Baresip;

  before(async function () {
    skipWithout(this, ['baresip', 'ffmpeg']);
    const outgoing = { ...noOutgoing, rules: { targets: ['*@127.0.0.1'], numbers: [] } };
    gateway = await startTestGateway({ change: (settings) => ({ ...settings, outgoing }) });
    endpoint = await startEndpoint({
      ...{ uri: gateway.uri('demo'), name: 'ROOM', bind: '127.0.0.1', audio: `tone:${tones.room}` },
    });
    const video = join(directory, 'phone.mp4');
    makeClip(video, 'PHONE', 40);
    phone = await Baresip.start({
      ...{ name: 'phone', sipPort, controlPort: 4499, rtpPorts: [43_000, 43_100], tone: tones.phone, video },
    });
    const { rooms, dialOut } = gateway.gateway.core;
    dialOut.call(rooms.open('demo'), { to: `sip:phone@127.0.0.1:${sipPort}`, name: 'PHONE' });
    await phone.established();
  });

  after(async () => {
    await phone?.stop();
    await endpoint?.hangup();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('hears it and is heard', async () => {
    await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tones.phone), patience, 'the room to hear the phone');
    await until('the phone to hear the room', patience, async () => {
      const file = await phone.recording();
      return file !== null && holdsTone(tonesAtEnd(file, 0.5), tones.room);
    });
  });

  it('sees it and is seen', async () => {
    await until('the phone to see the room', patience, async () => {
      const file = await phone.snapshot();
      return file !== null && whoseSnapshot(file)?.id === 'ROOM';
    });
    endpoint.talk(false);
    await endpoint.waitFor(({ main }) => main.from === 'PHONE', patience, 'the room to see the phone');
    endpoint.talk(true);
  });

  it('is left when the phone hangs up', async () => {
    await phone.hangup();
    const { rooms } = gateway.gateway.core;
    await until('the phone to be gone', patience, () => rooms.open('demo').size === 1 || null);
  });
});
