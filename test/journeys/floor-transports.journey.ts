import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { listenForCalls } from '../../scripts/endpoint/listen.js';
import type { EndpointOptions } from '../../scripts/endpoint/options.js';
import { systemClock } from '../../src/base/clock.js';
import { selfSignedTest, type TestCertificate } from '../support/certificates.js';
import { noOutgoing } from '../../src/outgoing.js';
import { floorProto, type FloorTransport } from '../../src/protocol/sdp/floor-rules.js';
import { describePeer } from '../support/offers.js';
import { RawCall } from '../support/raw-call.js';
import { SipPeer } from '../support/sip-peer.js';
import { saidIn, webFloorClient } from '../support/web-floor.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';

const here = '127.0.0.1';
const patience = 10_000;

describe('the floor between encrypted transports', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let certificate: TestCertificate;
  let anna: Endpoint;
  let berta: Endpoint;

  const join = (name: string, more: Partial<EndpointOptions>): Promise<Endpoint> =>
    startEndpoint({ uri: gateway.uri('demo'), name, bind: here, audio: 'silence', fps: 5, ...more });
  const holderIs = async (name: string | null): Promise<void> => {
    for (const one of [anna, berta]) await one.waitFor(({ holder }) => holder === name, patience, `${name} to present`);
  };
  const sees = (one: Endpoint, from: string): Promise<unknown> =>
    one.waitFor(({ content }) => content.from === from && content.decoded > 0, patience, `the slides of ${from}`);

  before(async function () {
    skipWithout(this, ['ffmpeg']);
    certificate = await selfSignedTest({ common: 'gateway', names: [here] });
    gateway = await startTestGateway({
      change: (settings) => ({
        ...settings,
        web: { ...settings.web, https: { address: here, port: 0, ...certificate } },
      }),
    });
    [anna, berta] = await Promise.all([
      join('ANNA', { bfcp: 'tls', vendor: 'poly' }),
      join('BERTA', { bfcp: 'dtls', vendor: 'cisco' }),
    ]);
  });

  after(async () => {
    await Promise.all([anna, berta].map((one) => one?.hangup()));
    await gateway?.close();
  });

  it('endpoints over TLS and over DTLS take it from one another', async () => {
    for (const [one, proto] of [
      [anna, 'TCP/TLS/BFCP'],
      [berta, 'UDP/TLS/BFCP'],
    ] as const) {
      for (const sdp of [one.descriptions.local, one.descriptions.remote]) {
        const line = sdp.split(/(?=^m=)/m).find((section) => section.includes('BFCP')) ?? '';
        assert.match(line, new RegExp(`^m=application [1-9]\\d* ${proto} \\*`));
        assert.match(line, /^a=fingerprint:sha-256 /m);
      }
    }
    assert.equal(await anna.share(), 'granted');
    await sees(berta, 'ANNA');
    assert.equal(await berta.share(), 'granted');
    await anna.waitFor(({ floor }) => floor === 'revoked', patience, 'to be told');
    await sees(anna, 'BERTA');
    assert.equal(await anna.share(), 'granted');
    await berta.waitFor(({ floor }) => floor === 'revoked', patience, 'to be told');
    await holderIs('ANNA');
  });

  it('a change of the session by the device keeps TLS and what is granted', async () => {
    const before = anna.events.length;
    await anna.hold(true);
    await anna.hold(false);
    assert.equal(anna.state.floor, 'granted');
    const lost = anna.events.slice(before).filter(({ event }) => event === 'floor-lost' || event === 'floor-ready');
    assert.deepEqual(lost, []);
  });

  it('a client of a secure WebSocket, described by SDP, takes it from both and gives it back', async () => {
    const peer = await SipPeer.udp({ address: here, port: gateway.port('udp') });
    const call = new RawCall(peer, gateway.uri('demo'), 'CARLA');
    await call.invite(describePeer({ content: 'sendrecv', floor: 'WSS', setup: 'active' }));
    assert.match(saidIn(call.sdp, 'websocket-uri'), /^wss:\/\/127\.0\.0\.1:\d+\/bfcp\?token=/);
    const { session, socket } = await webFloorClient(call.sdp, systemClock, certificate.ca);
    assert.equal(await session.request(), 'granted');
    await anna.waitFor(({ floor }) => floor === 'revoked', patience, 'to be told');
    await holderIs('CARLA');
    assert.equal(await session.release(), 'released');
    await holderIs(null);
    session.close();
    socket.terminate();
    await call.bye();
    peer.close();
  });
});

describe('the floor of endpoints that a room calls', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  const offers: FloorTransport[] = [];

  before(async () => {
    const outgoing = { ...noOutgoing, rules: { targets: [`*@${here}`], numbers: [] } };
    gateway = await startTestGateway({
      change: (settings) => ({ ...settings, outgoing, media: { ...settings.media, floorOffers: offers } }),
    });
  });
  after(() => gateway?.close());

  for (const over of ['UDP', 'TCP', 'DTLS', 'TLS', 'TCP-DTLS'] as const) {
    it(`is asked for, granted and given back over ${floorProto(over)}`, async () => {
      offers.splice(0, offers.length, over);
      const answering = await listenForCalls({ name: 'FAR', audio: 'silence', fps: 5 });
      const { rooms, dialOut } = gateway.gateway.core;
      dialOut.call(rooms.open('demo'), { to: answering.uri(), name: 'FAR' });
      const far = await answering.call();
      const { remote } = far.descriptions;
      assert.match(remote, new RegExp(`^m=application [1-9]\\d* ${floorProto(over)} \\*`, 'm'));
      assert.equal(await far.share(), 'granted');
      await far.waitFor(({ holder }) => holder === 'FAR', patience, 'to be told who presents');
      assert.equal(await far.release(), 'released');
      await far.waitFor(({ holder }) => holder === null, patience, 'the floor to be free');
      await answering.close();
    });
  }
});
