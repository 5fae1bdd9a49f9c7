import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { webBfcpGateway } from '../../../src/legs/bfcp-party/web-gateway.js';
import type { FloorTransport } from '../../../src/protocol/sdp/floor-rules.js';
import { selfSignedTest, type TestCertificate } from '../../support/certificates.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';
import { saidIn, webFloorClient, type WebFloorClient } from '../../support/web-floor.js';
import { apiUnderTest } from '../../services/api/support.js';

const here = '127.0.0.1';

describe('calls whose floor control comes over WebSockets (RFC 8857)', () => {
  const door = webBfcpGateway({ clock: systemClock, chance: systemChance, log: silentLog, metrics: createMetrics() });
  let certificate: TestCertificate;
  let api: Awaited<ReturnType<typeof apiUnderTest>>;
  let rig: SipRig;
  let secure = true;
  const calls: RawCall[] = [];
  const clients: WebFloorClient[] = [];

  const place = (transport: FloorTransport): { port: number; url: string } | null => {
    const wss = transport === 'WSS';
    const port = (wss ? api.api.https : api.api.http)?.port ?? 0;
    return wss && !secure ? null : { port, url: `${wss ? 'wss' : 'ws'}://${here}:${port}/bfcp` };
  };
  before(async () => {
    certificate = await selfSignedTest({ common: 'gateway', names: [here] });
    const onBfcp = door.accept.bind(door);
    api = await apiUnderTest({ https: { address: here, port: 0, ...certificate }, onBfcp });
    rig = await startSipRig({ web: { door, place } });
  });
  afterEach(async () => {
    secure = true;
    for (const { session, socket } of clients.splice(0)) {
      session.close();
      socket.terminate();
    }
    for (const call of calls.splice(0)) await call.bye();
    await rig.nothingLeft();
    assert.equal(door.size, 0, 'tokens of calls that are over');
  });
  after(async () => {
    await rig.close();
    await api.close();
    door.close();
  });

  const offer = (floor: 'WS' | 'WSS', version = 1, more = {}): string =>
    describePeer({ content: 'sendrecv', floor, setup: 'active', version, ...more });
  const invite = async (name: string, sdp: string): Promise<RawCall> => {
    const call = await rig.call('demo', name);
    calls.push(call);
    await call.invite(sdp);
    return call;
  };
  const connect = async ({ sdp }: RawCall): Promise<WebFloorClient> => {
    const client = await webFloorClient(sdp, systemClock, sdp.includes('/WSS/') ? certificate.ca : undefined);
    clients.push(client);
    return client;
  };
  const holder = (): string | undefined => rig.room('demo').describe().floor.holder?.name;

  it('two take the floor from one another, by secure WebSocket and by a plain one', async () => {
    const [anna, berta] = [await invite('Anna', offer('WSS')), await invite('Berta', offer('WS'))];
    const port = api.api.https?.port ?? 0;
    assert.match(anna.sdp, new RegExp(`m=application ${port} TCP/WSS/BFCP \\*`));
    assert.match(saidIn(anna.sdp, 'websocket-uri'), new RegExp(`^wss://127.0.0.1:${port}/bfcp\\?token=[0-9a-f]{32}$`));
    assert.deepEqual(
      ['floorctrl', 'setup', 'connection', 'bfcpver'].map((name) => saidIn(anna.sdp, name)),
      ['s-only', 'passive', 'new', '1'],
    );
    assert.notEqual(saidIn(anna.sdp, 'userid'), saidIn(berta.sdp, 'userid'));
    const [one, two] = [await connect(anna), await connect(berta)];
    assert.equal(await one.session.request(), 'granted');
    assert.equal(holder(), 'Anna');
    const revoked = new Promise<void>((resolve) => {
      one.session.on.on('status', ({ state }) => state === 'revoked' && resolve());
    });
    assert.equal(await two.session.request(), 'granted');
    await revoked;
    assert.equal(holder(), 'Berta');
    assert.equal(await two.session.release(), 'released');
    assert.equal(holder(), undefined);
  });

  it('who comes back with the same token has kept the floor', async () => {
    const call = await invite('Anna', offer('WSS'));
    const first = await connect(call);
    assert.equal(await first.session.request(), 'granted');
    first.socket.terminate();
    const { party } = rig.legs.at(-1)?.parts.media ?? {};
    await waitUntil(() => party?.standing.channel === 'lost', 5000);
    assert.equal(holder(), 'Anna');
    const again = await connect(call);
    assert.deepEqual([party?.standing.channel, holder()], ['up', 'Anna']);
    assert.equal(await again.session.request(), 'granted');
    assert.equal(await again.session.release(), 'released');
  });

  it('a second connection with the token replaces the first; one without any is closed', async () => {
    const call = await invite('Anna', offer('WS'));
    const first = await connect(call);
    await connect(call);
    await waitUntil(() => first.ended !== null, 5000);
    const uri = saidIn(call.sdp, 'websocket-uri').replace(/=.*/, '=0');
    const stranger = new WebSocket(uri, 'bfcp');
    await once(stranger, 'close');
  });

  it('refreshes and new offers with connection:existing change nothing', async () => {
    const call = await invite('Anna', offer('WSS'));
    const client = await connect(call);
    assert.equal(await client.session.request(), 'granted');
    const uri = saidIn(call.sdp, 'websocket-uri');
    await call.invite(offer('WSS', 2, { connection: 'existing', audio: 'sendonly' }));
    assert.deepEqual([saidIn(call.sdp, 'websocket-uri'), saidIn(call.sdp, 'connection')], [uri, 'existing']);
    assert.deepEqual([holder(), client.ended], ['Anna', null]);
  });

  it('the line on port 0 ends it, frees the floor and makes the token worthless; later there is a new one', async () => {
    const call = await invite('Anna', offer('WSS'));
    const client = await connect(call);
    const uri = saidIn(call.sdp, 'websocket-uri');
    assert.equal(await client.session.request(), 'granted');
    await call.invite(offer('WSS', 2).replace('m=application 9 ', 'm=application 0 '));
    await waitUntil(() => client.ended !== null, 5000);
    assert.deepEqual([holder(), door.size], [undefined, 0]);
    await call.invite(offer('WSS', 3));
    assert.notEqual(saidIn(call.sdp, 'websocket-uri'), uri);
    assert.equal(await (await connect(call)).session.request(), 'granted');
  });

  it('a server of floor control that connects has us as its participant, which says Hello', async () => {
    const call = await invite('MCU', offer('WS', 1, { serves: { confId: 9, userId: 8, floorId: 7 } }));
    const socket = new WebSocket(saidIn(call.sdp, 'websocket-uri'), 'bfcp');
    const [data] = (await once(socket, 'message')) as [Buffer];
    // RFC 8855 §5.1: version 1, Hello, conference 9, user 8
    assert.deepEqual([data[0], data[1], data.readUInt32BE(4), data.readUInt16BE(10)], [0x20, 11, 9, 8]);
    assert.equal(saidIn(call.sdp, 'floorctrl'), 'c-only');
    socket.terminate();
  });

  it('without TLS there is no secure one, and the call goes on without floor control', async () => {
    secure = false;
    const call = await invite('Anna', offer('WSS'));
    assert.match(call.sdp, /m=application 0 TCP\/WSS\/BFCP \*/);
    assert.equal(rig.legs.at(-1)?.parts.media.party, null);
    assert.doesNotMatch(call.sdp, /websocket-uri/);
  });
});
