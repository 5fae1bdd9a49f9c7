import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWav } from '../../scripts/endpoint/audio/source.js';
import { findTones, holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { findPrompts } from '../../src/prompts.js';
import type { RecordingAnswer, RecordingsAnswer } from '../../src/services/api/contract.js';
import { recordingsAt } from '../support/sound-elsewhere.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { until } from './support/until.js';

const tones = { ann: 700, bob: 1100 } as const;
const prompts = join(import.meta.dirname, '../../prompts');

describe('the sound of a room, recorded by an administrator', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'journey-'));
  let gateway: TestGateway;
  let token: string;
  const endpoints: Endpoint[] = [];

  before(async () => {
    gateway = await startTestGateway({
      change: (settings) => ({
        ...settings,
        prompts: { recordings: findPrompts(prompts), language: 'en', byDefault: false },
        recordings: {
          who: 'admin',
          directory: join(folder, 'kept'),
          servers: recordingsAt(join(folder, 'served')),
          most: { recordings: 10, bytes: 1e9, minutes: 10, days: 1 },
        },
      }),
    });
    token = gateway.gateway.tokens.redeem(gateway.gateway.tokens.adminLink().replace('/admin?key=', ''))?.token ?? '';
    for (const [name, tone] of Object.entries(tones))
      endpoints.push(await startEndpoint({ uri: gateway.uri('demo'), name, bind: '127.0.0.1', audio: `tone:${tone}` }));
  });
  after(async () => {
    for (const one of endpoints) await one.hangup();
    await gateway?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const answer = await fetch(`${gateway.page}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };

  it('has everybody in it who spoke, and can be fetched and removed', async () => {
    const room = gateway.gateway.core.rooms.find('demo');
    const [ann, bob] = endpoints;
    await ann?.waitFor(({ heard }) => holdsTone(heard.tones, tones.bob), 15_000);
    await bob?.waitFor(({ heard }) => holdsTone(heard.tones, tones.ann), 15_000);
    const changes: string[] = [];
    room?.on.on('recording', ({ recording, by }) => changes.push(`${recording?.state ?? 'over'} ${by}`));
    const begun = (await (await ask('POST', '/rooms/demo/recording', { action: 'start' })).json()) as RecordingAnswer;
    const id = begun.recording?.id ?? '';
    const items = async () => ((await (await ask('GET', '/recordings')).json()) as RecordingsAnswer).items;
    // two seconds of 8 kHz at least
    await until('what is recorded', 20_000, async () => ((await items())[0]?.files[0]?.bytes ?? 0) > 100_000);
    await ask('POST', '/rooms/demo/recording', { action: 'stop' });
    assert.deepEqual(
      changes.map((change) => change.split(' ')[0]),
      ['running', 'over'],
    );
    const [kept] = await items();
    assert.equal(kept?.id, id);
    assert.notEqual(kept?.endedAt ?? null, null);
    const file = Buffer.from(await (await ask('GET', `/recordings/${id}/1.wav`)).arrayBuffer());
    assert.equal(file.length, kept?.files[0]?.bytes);
    const { samples, rate } = parseWav(file);
    const heard = findTones(samples.subarray(samples.length - rate), rate).map(({ frequency }) => frequency);
    for (const tone of Object.values(tones)) assert.ok(holdsTone(heard, tone), `${tone} Hz among ${heard.join()}`);
    assert.deepEqual(await (await ask('DELETE', `/recordings/${id}`)).json(), { left: [] });
    assert.deepEqual(await items(), []);
  });
});
