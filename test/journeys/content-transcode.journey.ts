import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

/** A device of packetization mode 0 only, and a presenter that fragments. */
describe('content encoded anew', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  const endpoints: Endpoint[] = [];

  before(async function () {
    skipWithout(this, ['ffmpeg']);
    const transcode = { enabled: true, program: 'ffmpeg', most: 2, kbps: 800 };
    gateway = await startTestGateway({
      change: (settings) => ({ ...settings, media: { ...settings.media, transcode } }),
    });
  });

  after(async () => {
    await Promise.all(endpoints.map((one) => one.hangup()));
    await gateway?.close();
  });

  async function join(name: string, vendor: 'aver' | 'poly-udp'): Promise<Endpoint> {
    const uri = gateway.uri('anew');
    const one = await startEndpoint({ uri, name, bind: '127.0.0.1', audio: 'silence', fps: 5, vendor });
    endpoints.push(one);
    return one;
  }
  const room = () => gateway.gateway.core.rooms.find('anew')!.describe();

  it('shows a device without fragments what it could not be sent, and tells the price', async () => {
    const berta = await join('BERTA', 'poly-udp');
    const old = await join('OLD', 'aver');
    assert.equal(await berta.share(), 'granted');
    const from = performance.now();
    await old.waitFor(({ content }) => content.from === 'BERTA' && content.kind === 'slides', 15_000, 'the slides');
    note(`request to the first picture encoded anew: ${Math.round(performance.now() - from)} ms`);
    assert.deepEqual(
      room()
        .participants.find(({ name }) => name === 'OLD')
        ?.transcoded.at(-1),
      'content',
    );
    const load = await until(
      'the price',
      15_000,
      () => room().transcodes.find(({ load: one }) => one !== null)?.load ?? null,
    );
    note(`of a processor core: ${(load * 100).toFixed(1)} %`);
    assert.equal(await berta.release(), 'released');
    await until('its end', 15_000, () => !room().transcodes.some(({ what }) => what === 'content') || null);
  });
});
