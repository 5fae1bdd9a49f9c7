import assert from 'node:assert/strict';
import { systemChance } from '../src/base/ids.js';
import { silentLog } from '../src/base/log.js';
import { createMetrics } from '../src/base/metrics.js';
import type { Endpoint, Net } from '../src/base/net.js';
import { systemNet } from '../src/base/system-net.js';
import { makeH323, type H323Listener, type H323Side } from '../src/h323.js';
import { RoomDoor } from '../src/legs/admission/room-door.js';
import { gatewayAbilities } from '../src/media/abilities.js';
import { endpointOf } from '../src/protocol/h323/addresses.js';
import type { AcceptedProposal, DialOptions, SignalledCall } from '../src/protocol/h323/call/contract.js';
import { createSignallingEndpoint } from '../src/protocol/h323/call/endpoint.js';
import { parametersOf } from '../src/protocol/h323/call/fast-start.js';
import { readAddress } from '../src/protocol/h323/control/channel-values.js';
import { mediaTraversalFeature, traversalIn } from '../src/protocol/h323/h460/traversal.js';
import { PinGuesses } from '../src/rooms/pin-guesses.js';
import { startH323Rig, type H323Rig } from './support/h323-rig.js';
import { audioProposals, us } from './protocol/h323/call/rig.js';
import { waitUntil } from './support/wait.js';

describe('listeners of H.323', () => {
  let rig: H323Rig;
  let side: H323Side;
  /** Where the caller was told to connect for H.245. */
  let told: Endpoint[];

  beforeEach(async () => {
    rig = await startH323Rig({ net: systemNet, at: { address: '127.0.0.1', port: 0 } });
    told = [];
  });
  afterEach(async () => {
    await side.close();
    await rig.close();
  });

  const start = async (
    listen: H323Listener[],
    bind = '0.0.0.0',
    multiplexPort: number | null = null,
  ): Promise<void> => {
    const { rooms, plane, clock, metrics } = rig;
    const ways = { fastStart: false, tunnelling: true, earlyH245: false };
    const nat = { traversal: true, multiplexPort };
    side = makeH323(
      { listen, h245Ports: null, bare: 'demo', kbps: 1920, start: ways, targets: ['*'], nat },
      {
        ...{ rooms, plane, clock, metrics, log: silentLog, chance: systemChance, guard: null },
        abilities: gatewayAbilities(),
        roomDoor: new RoomDoor(rooms, new PinGuesses(clock)),
        decide: () => ({ kind: 'room', room: 'demo', role: 'participant' }),
        media: { bind, advertise: (peer, via) => via ?? peer },
        outgoing: { domains: [], addresses: ['127.0.0.1'], ringMs: 1000 },
        passwords: { of: () => Promise.resolve(null) },
        lookup: (host) => Promise.resolve(host),
      },
    );
    await side.listen();
  };

  /** Connects for H.245 nowhere but on this machine. */
  const net: Net = {
    udp: (at: Endpoint) => systemNet.udp(at),
    listen: (at, kind, on, how) => systemNet.listen(at, kind, on, how),
    connect(to, kind, how) {
      told.push(to);
      const near = to.address.startsWith('127.') || to.address === '::1';
      return near ? systemNet.connect(to, kind, how) : Promise.reject(new Error('not from here'));
    },
  };

  /** Calls, fast and without tunnelling; the addresses that came for H.245 and for media. */
  async function call(to: Endpoint, how: Partial<DialOptions> = {}) {
    const endpoint = createSignallingEndpoint({
      ...{ net, clock: rig.clock, chance: systemChance, metrics: createMetrics(), us },
      h245Ports: { min: 0, max: 0 },
    });
    const outcome: { accepted: readonly AcceptedProposal[] } = { accepted: [] };
    const fastStart = audioProposals(4000);
    const made = endpoint.dial(to, { source: [], destination: [], tunnelling: false, fastStart, ...how });
    made.on.on('fastStart', (accepted) => (outcome.accepted = accepted));
    await waitUntil(
      () => made.state === 'active' && told.length > 1,
      2000,
      () => made.describe(),
    );
    const [, h245] = told.splice(0);
    const media = outcome.accepted.map((one) => {
      const { mediaChannel, mediaControlChannel } = parametersOf(one.channel, one.direction) ?? {};
      return readAddress(mediaChannel ?? mediaControlChannel)?.address ?? '';
    });
    await endpoint.close();
    const through = outcome.accepted.map(({ channel }) => traversalIn(channel.genericInformation));
    return { h245: h245?.address, media, through, call: made };
  }

  it('tell their callers an address of their own, for H.245 and for media', async () => {
    await start([
      { address: '127.0.0.1', port: 0, advertise: '203.0.113.9' },
      { address: '127.0.0.2', port: 0 },
      { address: '::1', port: 0, advertise: '2001:db8::9' },
      { address: '::1', port: 0 },
      { address: '0.0.0.0', port: 0, advertise: '203.0.113.7' },
    ]);
    const heard: (string | undefined)[][] = [];
    for (const local of side.listening) {
      const { h245, media } = await call({
        ...local,
        ...(local.address === '0.0.0.0' ? { address: '127.0.0.3' } : {}),
      });
      heard.push([h245, ...media]);
    }
    assert.deepEqual(heard, [
      ['203.0.113.9', '203.0.113.9', '203.0.113.9'],
      ['127.0.0.2', '127.0.0.2', '127.0.0.2'],
      ['2001:db8::9', '2001:db8::9', '2001:db8::9'],
      ['::1', '::1', '::1'],
      ['203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ]);
    await waitUntil(() => side.gateway.size === 0, 2000);
    assert.equal(rig.plane.lines.size, 0);
  });

  it('tell callers behind NAT the same, with the ports that their media shares', async () => {
    await start([{ address: '127.0.0.1', port: 0, advertise: '203.0.113.9' }], '0.0.0.0', 2776);
    const supportedFeatures = [mediaTraversalFeature({ multiplex: true, server: false })];
    const features = { replacementFeatureSet: false, supportedFeatures };
    const { through } = await call(side.listening[0]!, { features });
    const [taken, opened] = through;
    for (const [address, port] of [
      [taken?.multiplexedMediaChannel, 2776],
      [opened?.multiplexedMediaControlChannel, 2777],
      [opened?.keepAliveChannel, 2776],
    ] as const)
      assert.deepEqual(readAddress(address), { address: '203.0.113.9', port });
    assert.equal(taken?.multiplexID, opened?.multiplexID);
    assert.ok((taken?.multiplexID ?? 0) > 0);
  });

  it('are told when they cannot be had, and the others take calls', async () => {
    const { port } = rig.local;
    await start([
      { address: '127.0.0.1', port },
      { address: '127.0.0.1', port: 0, name: 'second' },
    ]);
    assert.equal(side.listening.length, 1);
    assert.match(side.problem ?? '', new RegExp(`^TCP port ${port} is held by .*h323\\.listen\\.0\\.port`));
    assert.deepEqual((await call(side.listening[0]!)).media, ['127.0.0.1', '127.0.0.1']);
  });

  it('are where calls of ours come from too, with the address that everything is bound to', async () => {
    await start([{ address: '127.0.0.2', port: 0 }], '127.0.0.2');
    const peer = createSignallingEndpoint({
      ...{ net: systemNet, clock: rig.clock, chance: systemChance, metrics: createMetrics(), us },
      h245Ports: { min: 0, max: 0 },
    });
    const { local } = await peer.listen({ address: '127.0.0.1', port: 0 });
    const calls: SignalledCall[] = [];
    peer.on.on('call', (call) => calls.push(call));
    const dialling = side.dialer.dial({
      ...{ to: `h323:127.0.0.1:${local.port}`, room: rig.room('demo') },
      ...{ ringing: () => undefined, seat: () => assert.fail('seated') },
    });
    const done = assert.rejects(dialling.done);
    await waitUntil(() => calls.length > 0, 2000);
    const [one] = calls;
    assert.equal(one?.path?.remote.address, '127.0.0.2');
    assert.deepEqual(endpointOf(one.setup?.sourceCallSignalAddress), side.listening[0]);
    one.release();
    await done;
    await peer.close();
  });

  it('are places of ours that rooms do not call, by what others are told too', async () => {
    await start([{ address: '127.0.0.1', port: 0, advertise: '203.0.113.9' }]);
    const { port } = side.listening[0]!;
    for (const host of ['127.0.0.1', '203.0.113.9']) {
      const request = { to: `h323:demo@${host}:${port}`, room: rig.room('demo') };
      assert.throws(
        () => side.dialer.dial({ ...request, ringing: () => undefined, seat: () => assert.fail('seated') }),
        /is an address of this gateway/,
      );
    }
  });
});
