import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import type { EndpointOptions } from '../../scripts/endpoint/options.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const patience = 10_000;

describe('content through changes of the session', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  const endpoints: Endpoint[] = [];

  const join = async (room: string, name: string, options: Partial<EndpointOptions> = {}): Promise<Endpoint> => {
    const quiet = { audio: 'silence', fps: 5, bind: '127.0.0.1', ...options };
    const endpoint = await startEndpoint({ uri: gateway.uri(room, 'udp'), name, ...quiet });
    endpoints.push(endpoint);
    return endpoint;
  };
  const sees = (viewer: Endpoint, name: string): Promise<unknown> =>
    viewer.waitFor(({ content }) => content.from === name && content.kind === 'slides', patience, `content of ${name}`);
  /** New pictures come, decoded. */
  const moves = async (viewer: Endpoint, name: string): Promise<void> => {
    const before = viewer.state.content.counter ?? 0;
    const more = ({ content }: Endpoint['state']): boolean =>
      content.from === name && (content.counter ?? 0) > before + 5;
    await viewer.waitFor(more, patience, `new pictures of ${name}`);
  };
  const changes = ({ events }: Endpoint): number => events.filter(({ event }) => event === 'renegotiated').length;
  const holderOf = (room: string): string | undefined =>
    gateway.gateway.core.rooms.find(room)?.describe().floor.holder?.name;

  before(async function () {
    skipWithout(this, ['ffmpeg']);
    gateway = await startTestGateway();
  });
  afterEach(() => Promise.all(endpoints.splice(0).map((one) => one.hangup())));
  after(() => gateway?.close());

  for (const bfcp of ['udp', 'tcp'] as const) {
    it(`a viewer and a presenter hold and resume, floor control over ${bfcp.toUpperCase()}`, async () => {
      const room = `hold-${bfcp}`;
      const anna = await join(room, 'ANNA', { vendor: 'cisco', bfcp });
      const berta = await join(room, 'BERTA', { vendor: 'tandberg', bfcp });
      assert.equal(await anna.share(), 'granted');
      await sees(berta, 'ANNA');

      await berta.hold(true);
      await berta.hold(false);
      await moves(berta, 'ANNA');

      await anna.hold(true);
      assert.equal(holderOf(room), 'ANNA', 'the floor stays');
      await anna.hold(false);
      await moves(berta, 'ANNA');
      // floor control is the same as before: it is taken over at once
      assert.equal(await berta.share(), 'granted');
      await until('ANNA to be told', patience, () => anna.state.floor === 'revoked' || null);
      await sees(anna, 'BERTA');
    });
  }

  it('a Poly has its content line before anybody shares, and needs no other change for it', async () => {
    const poly = await join('early', 'POLY', { vendor: 'poly' });
    await poly.nextEvent((one) => one.event === 'renegotiated' && one.content !== null, patience, 0);
    const anna = await join('early', 'ANNA', { vendor: 'cisco' });
    assert.equal(await anna.share(), 'granted');
    await sees(poly, 'ANNA');
    assert.equal(await poly.share(), 'granted');
    await sees(anna, 'POLY');
    assert.equal(changes(poly), 1);
  });
});
