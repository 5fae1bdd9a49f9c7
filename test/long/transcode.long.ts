import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { startTestGateway, type TestGateway } from '../journeys/support/gateway.js';
import { skipWithout } from '../journeys/support/needs.js';
import { note } from '../journeys/support/note.js';
import { until } from '../journeys/support/until.js';

/** Content for a device of packetization mode 0 over a while: its price, its end when nobody needs it, and its return. */
describe('content encoded anew, again and again', function () {
  this.timeout(240_000);
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

  async function enter(name: string, vendor: 'aver' | 'poly-udp'): Promise<Endpoint> {
    const uri = gateway.uri('anew');
    const one = await startEndpoint({ uri, name, bind: '127.0.0.1', audio: 'silence', fps: 5, vendor });
    endpoints.push(one);
    return one;
  }
  const room = () => gateway.gateway.core.rooms.find('anew')!.describe();
  const content = () => room().transcodes.find(({ what }) => what === 'content');

  it('is shown at each share, costs what it costs, and ends ten seconds after each', async () => {
    const berta = await enter('BERTA', 'poly-udp');
    const old = await enter('OLD', 'aver');
    for (let round = 0; round < 4; round++) {
      assert.equal(await berta.share(), 'granted');
      const from = performance.now();
      await old.waitFor((one) => one.content.from === 'BERTA' && one.content.kind === 'slides', 15_000, 'the slides');
      note(`round ${round}: first picture after ${Math.round(performance.now() - from)} ms`);
      const load = await until('the price', 15_000, () => content()?.load ?? null);
      note(`of a processor core: ${(load * 100).toFixed(1)} %`);
      assert.equal(await berta.release(), 'released');
      const released = performance.now();
      await until('its end', 15_000, () => !content() || null);
      const ms = performance.now() - released;
      assert.ok(ms > 9000, `${ms} ms`);
    }
  });
});
