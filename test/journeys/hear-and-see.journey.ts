import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { Baresip } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd, whoseSnapshot } from './support/decoded.js';
import { skipWithout } from './support/needs.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { PlainPeer } from './support/plain-peer.js';
import { SippCall } from './support/sipp.js';
import { until } from './support/until.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';

const tones = { baresip: 400, sipp: 1000, endpoint: 700 } as const;

describe('baresip, sipp and a room system in one room', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'journey-'));
  let gateway: TestGateway;
  let baresip: Baresip;
  let peer: PlainPeer;
  let sipp: SippCall;
  let endpoint: Endpoint;

  before(async function () {
    skipWithout(this, ['baresip', 'sipp', 'ffmpeg']);
    gateway = await startTestGateway();
    makeClip(join(directory, 'clip.mp4'), 'BARESIP', 60);
    const ports = { sipPort: 5090, controlPort: 4490, rtpPorts: [41_000, 41_100] as [number, number] };
    baresip = await Baresip.start({ name: 'bob', ...ports, tone: tones.baresip, video: join(directory, 'clip.mp4') });
    await baresip.dial(gateway.uri('demo'));
    await baresip.established();
    peer = await PlainPeer.open('SIPP', tones.sipp);
    const media = { audio: peer.audio.port.port, video: peer.video.port.port };
    sipp = await SippCall.start({ name: 'sipp', to: gateway.port('tcp'), ...media });
    peer.start(await sipp.answer());
    endpoint = await startEndpoint({
      uri: gateway.uri('demo'),
      name: 'ROOM',
      bind: '127.0.0.1',
      audio: `tone:${tones.endpoint}`,
    });
  });

  after(async () => {
    await endpoint?.hangup();
    peer?.close();
    await sipp?.stop();
    await baresip?.stop();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('lets each hear the other two and not itself', async () => {
    await endpoint.waitFor(
      ({ heard }) =>
        holdsTone(heard.tones, tones.baresip) &&
        holdsTone(heard.tones, tones.sipp) &&
        !holdsTone(heard.tones, tones.endpoint),
      15_000,
      'the endpoint to hear baresip and sipp',
    );
    await until('sipp to hear the others', 10_000, async () => {
      peer.audio.listen();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { tones: heard } = peer.audio.listen();
      return holdsTone(heard, tones.baresip) && holdsTone(heard, tones.endpoint) && !holdsTone(heard, tones.sipp);
    });
    await until('baresip to hear the others', 10_000, async () => {
      const file = await baresip.recording();
      const heard = file === null ? [] : tonesAtEnd(file, 0.5);
      return holdsTone(heard, tones.endpoint) && holdsTone(heard, tones.sipp) && !holdsTone(heard, tones.baresip);
    });
  });

  it('moves the picture with the talk', async () => {
    const speakerIs = (name: string): Promise<unknown> =>
      until(`${name} to be the speaker`, 10_000, () => {
        const room = gateway.gateway.core.rooms.find('demo')?.describe();
        return room?.participants.find(({ id }) => id === room.speaker)?.name === name || null;
      });
    peer.audio.talking = false;
    endpoint.talk(false);
    await speakerIs('bob');
    await endpoint.waitFor(({ main }) => main.from === 'BARESIP', 10_000, 'the endpoint to see baresip');
    await until('sipp to see baresip', 10_000, () => peer.video.viewer.picture.from === 'BARESIP' || null);

    await baresip.command('mute');
    endpoint.talk(true);
    await speakerIs('ROOM');
    await until('sipp to see the endpoint', 10_000, () => peer.video.viewer.picture.from === 'ROOM' || null);
    await until('baresip to see the endpoint', 10_000, async () => {
      const file = await baresip.snapshot();
      return (file !== null && whoseSnapshot(file)?.id === 'ROOM') || null;
    });

    endpoint.talk(false);
    peer.audio.talking = true;
    await speakerIs('sipp');
    await endpoint.waitFor(({ main }) => main.from === 'SIPP', 10_000, 'the endpoint to see sipp');
  });

  it('shows baresip, which has one picture only, the content and then the speaker again', async () => {
    const seen = async (): Promise<string | null> => {
      const file = await baresip.snapshot();
      const code = file === null ? null : whoseSnapshot(file);
      return code && `${code.id} ${code.kind}`;
    };
    assert.equal(await endpoint.share(), 'granted');
    await until('baresip to see the content', 10_000, async () => (await seen()) === 'ROOM slides' || null);
    await endpoint.release();
    await until('baresip to see the speaker again', 10_000, async () => (await seen()) === 'SIPP camera' || null);
  });

  it('hangs up on sipp in the way sipp expects', async () => {
    const room = gateway.gateway.core.rooms.find('demo');
    const one = room?.describe().participants.find(({ name }) => name === 'sipp');
    await room?.remove(one?.id ?? 0, 'a test');
    assert.equal(await sipp.over, 0);
  });
});
