import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { readDialplan } from '../../src/legs/admission/dialplan.js';
import { findPrompts } from '../../src/prompts.js';
import { Baresip } from './support/baresip.js';
import { tonesAtEnd } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const root = join(import.meta.dirname, '../..');
const tone = 700;

describe('a softphone that dials a room without its PIN', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let baresip: Baresip;
  let endpoint: Endpoint;

  before(async function () {
    skipWithout(this, ['baresip', 'ffmpeg']);
    gateway = await startTestGateway({
      change: (settings) => ({
        ...settings,
        decide: readDialplan(readFileSync(join(root, 'dialplans/rooms.json'), 'utf8')).decide,
        prompts: { recordings: findPrompts(join(root, 'prompts')), language: 'en', byDefault: true },
        rooms: {
          ...settings.rooms,
          permanent: [
            {
              name: 'board',
              permanent: true,
              capacity: 9,
              policy: 'latest-takes-over',
              mode: 'conference',
              pin: '2468',
            },
          ],
        },
      }),
    });
    endpoint = await startEndpoint({
      uri: gateway.uri('board*2468'),
      name: 'ROOM',
      bind: '127.0.0.1',
      audio: `tone:${tone}`,
    });
    baresip = await Baresip.start({
      ...{ name: 'carol', sipPort: 5096, controlPort: 4496, rtpPorts: [41_200, 41_300], tone: 400 },
      video: null,
    });
    await baresip.dial(gateway.uri('board'));
    await baresip.established();
  });

  after(async () => {
    await baresip?.stop();
    await endpoint?.hangup();
    await gateway?.close();
  });

  const size = (): number => gateway.gateway.core.rooms.find('board')?.size ?? 0;
  const enter = async (digits: string): Promise<void> => {
    for (const digit of digits) {
      await baresip.command('sndcode', digit);
      // as fast as fingers are: each event lasts some packets
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const heard = async (): Promise<number[]> => {
    const file = await baresip.recording();
    return file === null ? [] : tonesAtEnd(file, 0.5);
  };

  it('hears a voice, and nothing of the room', async () => {
    await until('a voice', 10_000, async () => (await heard()).length > 2 || null);
    assert.ok(!holdsTone(await heard(), tone));
    assert.equal(size(), 1);
  });

  it('stays outside with a wrong PIN and comes in with the right one, and hears who is there', async () => {
    await enter('1111#');
    await until('a voice that says so', 5_000, async () => (await heard()).length > 2 || null);
    assert.equal(size(), 1);
    await enter('2468#');
    await until('a second participant', 5_000, () => size() === 2 || null);
    await until('the tone of the other one', 10_000, async () => holdsTone(await heard(), tone) || null);
    await endpoint.waitFor(({ heard: tones }) => holdsTone(tones.tones, 400), 10_000, 'the endpoint to hear baresip');
    assert.equal(gateway.gateway.core.metrics.counted('dualstream_pin_prompts_total', { outcome: 'admitted' }), 1);
    assert.ok(!baresip.events.some(({ type }) => type === 'CALL_CLOSED'));
  });
});
