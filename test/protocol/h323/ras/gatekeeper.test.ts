import assert from 'node:assert/strict';
import type { Endpoint } from '../../../../src/base/net.js';
import { transportOf } from '../../../../src/protocol/h323/addresses.js';
import { aliasOf } from '../../../../src/protocol/h323/aliases.js';
import type { RasMessage, RegistrationRequest } from '../../../../src/protocol/h323/h225/schema.js';
import { supporting } from '../../../../src/protocol/h323/ras/features.js';
import { nameOf, protocolIdentifier, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { clientOn, exchange, gatekeeperAt, gatekeeperOn, password, RasNet } from './rig.js';

const vendor = { t35CountryCode: 9, t35Extension: 0, manufacturerCode: 61 };
let number = 100;

/** RRQ of a plain device. */
function rrq(at: Endpoint, names: readonly string[], more: Partial<RegistrationRequest> = {}): RasMessage {
  return {
    registrationRequest: {
      requestSeqNum: ++number,
      protocolIdentifier,
      discoveryComplete: false,
      callSignalAddress: [transportOf({ ...at, port: 1720 })],
      rasAddress: [transportOf(at)],
      terminalType: { terminal: {}, mc: false, undefinedNode: false },
      terminalAlias: names.map(aliasOf),
      endpointVendor: { vendor, productId: Buffer.from('Room\0\0'), versionId: Buffer.from('1.0\0') },
      keepAlive: false,
      ...more,
    },
  };
}

const at = (last: number): Endpoint => ({ address: `198.51.100.${last}`, port: 1719 });

function begin(...how: [settings?: Parameters<typeof gatekeeperOn>[1], host?: Parameters<typeof gatekeeperOn>[2]]) {
  const net = new RasNet(new ManualClock());
  const rig = gatekeeperOn(net, ...how);
  const gone: string[] = [];
  rig.gatekeeper.on.on('unregistered', ({ device, reason }) => gone.push(`${device.aliases[0]} ${reason}`));
  const register = async (
    place: Endpoint,
    names: readonly string[],
    more: Partial<RegistrationRequest> = {},
    ms = 1000,
  ) => (await exchange(net, place, rrq(place, names, more), ms)).at(-1);
  return { net, ...rig, gone, register };
}

function finish(net: RasNet, gatekeeper: { end(): void }): void {
  gatekeeper.end();
  net.clock.advance(1000);
  assert.equal(net.clock.pending, 0);
}

describe('the gatekeeper: registrations', () => {
  it('takes a device, lists it, and forgets it when it is silent', async () => {
    const { net, gatekeeper, register, gone } = begin();
    const answer = await register(at(1), ['carol', '3003']);
    const confirm = answer?.registrationConfirm ?? assert.fail();
    assert.deepEqual(confirm.terminalAlias, [aliasOf('carol'), aliasOf('3003')]);
    assert.equal(confirm.timeToLive, 60);
    const [device] = gatekeeper.registrations();
    assert.deepEqual(device?.aliases, ['carol', '3003']);
    assert.deepEqual([device.kind, device.product, device.account], ['terminal', 'Room 1.0', null]);
    assert.equal(gatekeeper.locate('CAROL')?.address?.port, 1720);
    assert.equal(gatekeeper.locate('dave'), null);
    await net.run(76_000);
    assert.deepEqual(gone, ['carol expired']);
    assert.ok(net.named('unregistrationRequest')[0]?.reason?.ttlExpired);
    assert.equal(gatekeeper.locate('carol'), null);
    finish(net, gatekeeper);
  });

  it('keeps it by its signs of life', async () => {
    const { net, gatekeeper, register } = begin();
    const identifier = (await register(at(1), ['carol']))?.registrationConfirm?.endpointIdentifier;
    for (let i = 0; i < 4; i++) {
      await net.run(50_000);
      const answer = await register(at(1), [], {
        keepAlive: true,
        endpointIdentifier: identifier,
        gatekeeperIdentifier: 'dualstream',
      });
      assert.equal(answer?.registrationConfirm?.endpointIdentifier, identifier);
    }
    assert.equal(gatekeeper.registrations().length, 1);
    finish(net, gatekeeper);
  });

  it('wants a full registration of whom it does not know', async () => {
    const { net, gatekeeper, register } = begin();
    const answer = await register(at(1), [], { keepAlive: true, endpointIdentifier: 'somebody' });
    assert.ok(answer?.registrationReject?.rejectReason.fullRegistrationRequired);
    const other = await register(at(1), ['carol'], { gatekeeperIdentifier: 'another' });
    assert.ok(other?.registrationReject?.rejectReason.discoveryRequired);
    finish(net, gatekeeper);
  });

  const wrong: [string, Partial<RegistrationRequest>, string][] = [
    ['another protocol', { protocolIdentifier: '1.2.3' }, 'invalidRevision'],
    ['no call signalling', { callSignalAddress: [] }, 'invalidCallSignalAddress'],
    ['netbios only', { callSignalAddress: [{ netBios: Buffer.alloc(16) }] }, 'invalidCallSignalAddress'],
    ['a gatekeeper', { terminalType: { gatekeeper: {}, mc: false, undefinedNode: false } }, 'invalidTerminalType'],
    [
      'features that we have not',
      { featureSet: { replacementFeatureSet: false, neededFeatures: [{ id: { standard: 99 } }] } },
      'neededFeatureNotSupported',
    ],
    ['too many names', { terminalAlias: Array.from({ length: 40 }, (_, i) => aliasOf(`name${i}`)) }, 'invalidAlias'],
    ["a room's number", { terminalAlias: [aliasOf('2005')] }, 'duplicateAlias'],
    ["a user's name without password", { terminalAlias: [aliasOf('alice')] }, 'securityDenial'],
  ];
  for (const [what, more, reason] of wrong) {
    it(`refuses ${what}: ${reason}`, async () => {
      const { net, gatekeeper, register, metrics } = begin();
      const answer = await register(at(1), ['carol'], more);
      assert.equal(Object.keys(answer?.registrationReject?.rejectReason ?? {}).join(), reason);
      assert.equal(metrics.counted('dualstream_h323_ras_refused_total', { request: 'registrationRequest', reason }), 1);
      assert.equal(gatekeeper.registrations().length, 0);
      finish(net, gatekeeper);
    });
  }

  it('leaves a name to who has it, as long as that one is there', async () => {
    const { net, gatekeeper, register, gone } = begin();
    const { client } = clientOn(net, ['carol']);
    client.start();
    await net.run(500);
    // It is there: it answers IRQ.
    const refused = await register(at(2), ['carol', 'dave']);
    assert.deepEqual(refused?.registrationReject?.rejectReason.duplicateAlias, [aliasOf('carol')]);
    assert.equal(net.named('requestInProgress').length, 1);
    // It is not there any more.
    await register(at(3), ['erin']);
    const answer = await register(at(4), ['erin'], {}, 8000);
    assert.deepEqual(answer?.registrationConfirm?.terminalAlias, [aliasOf('erin')]);
    assert.deepEqual(gone, ['erin silent']);
    const stopped = client.stop();
    await net.run(1000);
    await stopped;
    finish(net, gatekeeper);
  });

  it('knows a device again that was restarted', async () => {
    const { net, gatekeeper, register, gone } = begin();
    const first = (await register(at(1), ['carol']))?.registrationConfirm?.endpointIdentifier;
    const second = (await register(at(1), ['carol', '3003']))?.registrationConfirm?.endpointIdentifier;
    assert.equal(second, first);
    assert.deepEqual(
      gatekeeper.registrations().map(({ aliases }) => aliases),
      [['carol', '3003']],
    );
    assert.deepEqual(gone, []);
    finish(net, gatekeeper);
  });

  it('adds names, and takes some or all away', async () => {
    const { net, gatekeeper, register } = begin();
    const endpointIdentifier = (await register(at(1), ['carol']))?.registrationConfirm?.endpointIdentifier;
    await register(at(1), ['3003'], { additiveRegistration: true, endpointIdentifier });
    assert.deepEqual(gatekeeper.registrations()[0]?.aliases, ['carol', '3003']);
    const urq = (names: string[]): RasMessage => ({
      unregistrationRequest: {
        requestSeqNum: ++number,
        callSignalAddress: [],
        endpointIdentifier,
        endpointAlias: names.map(aliasOf),
      },
    });
    await exchange(net, at(1), urq(['carol']));
    assert.deepEqual(gatekeeper.registrations()[0]?.aliases, ['3003']);
    assert.equal(gatekeeper.locate('carol'), null);
    await exchange(net, at(1), urq(['3003']));
    assert.equal(gatekeeper.registrations().length, 0);
    const [again] = await exchange(net, at(1), urq([]));
    assert.ok(again?.unregistrationReject?.rejectReason.notCurrentlyRegistered);
    finish(net, gatekeeper);
  });

  it('is not talked out of a registration by another host', async () => {
    const { net, gatekeeper, register } = begin();
    const endpointIdentifier = (await register(at(1), ['carol']))?.registrationConfirm?.endpointIdentifier;
    const [answer] = await exchange(net, at(9), {
      unregistrationRequest: { requestSeqNum: 5, callSignalAddress: [], endpointIdentifier },
    });
    assert.ok(answer?.unregistrationReject);
    // Nor by one that claims the same address for calls.
    await register(at(9), ['mallory'], { callSignalAddress: [transportOf({ ...at(1), port: 1720 })] });
    assert.equal(gatekeeper.locate('carol')?.device.ras.address, at(1).address);
    finish(net, gatekeeper);
  });

  it('takes only so many, of one source and in all', async () => {
    const limits = { registrations: 4, perSource: 2, aliases: 8, calls: 5, callsPerDevice: 2 };
    const { net, gatekeeper, register } = begin({ limits });
    const results: string[] = [];
    for (const [host, port] of [
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [3, 1],
      [4, 1],
    ] as const) {
      const place = { address: `198.51.100.${host}`, port };
      const more = { callSignalAddress: [transportOf({ ...place, port: 1720 + port })] };
      const answer = await register(place, [`n${host}-${port}`], more);
      results.push(
        answer?.registrationConfirm ? 'yes' : Object.keys(answer?.registrationReject?.rejectReason ?? {}).join(),
      );
    }
    assert.deepEqual(results, ['yes', 'yes', 'resourceUnavailable', 'yes', 'yes', 'resourceUnavailable']);
    finish(net, gatekeeper);
  });

  it('says the same again when its answer was lost, and does nothing twice', async () => {
    const { net, gatekeeper } = begin();
    const events: string[] = [];
    gatekeeper.on.on('registered', () => events.push('registered'));
    const message = rrq(at(1), ['carol']);
    const [first] = await exchange(net, at(1), message);
    const [second] = await exchange(net, at(1), message);
    assert.deepEqual(second, first);
    assert.deepEqual(events, ['registered']);
    finish(net, gatekeeper);
  });

  it('forgets what it said to a device that leaves: it may come back as it came first', async () => {
    const { net, gatekeeper } = begin();
    const message = rrq(at(1), ['carol']);
    const [first] = await exchange(net, at(1), message);
    const endpointIdentifier = first?.registrationConfirm?.endpointIdentifier;
    const unregistrationRequest = { requestSeqNum: ++number, callSignalAddress: [], endpointIdentifier };
    await exchange(net, at(1), { unregistrationRequest });
    assert.equal(gatekeeper.registrations().length, 0);
    const [again] = await exchange(net, at(1), message);
    assert.ok(again?.registrationConfirm);
    assert.equal(gatekeeper.registrations().length, 1);
    finish(net, gatekeeper);
  });

  it('answers where the device wants it, the second time too, but on its own host only', async () => {
    const { net, gatekeeper } = begin();
    const from = { ...at(1), port: 40_000 };
    const answered = async (asked: RasMessage, name: keyof RasMessage, source = from): Promise<Endpoint[]> => {
      const before = net.sent.length;
      for (let twice = 0; twice < 2; twice++) await exchange(net, source, asked, 100);
      return net.sent.slice(before).flatMap(({ message, to }) => (message[name] ? [to] : []));
    };
    assert.deepEqual(await answered(rrq(at(1), ['carol']), 'registrationConfirm'), [at(1), at(1)]);
    const rai = (): RasMessage => ({
      resourcesAvailableIndicate: {
        ...{ requestSeqNum: ++number, protocolIdentifier, protocols: [], almostOutOfResources: false },
        endpointIdentifier: gatekeeper.registrations()[0]?.endpointIdentifier ?? '',
      },
    });
    assert.deepEqual(await answered(rai(), 'resourcesAvailableConfirm'), [at(1), at(1)]);
    const third = rrq(at(2), ['dave'], { callSignalAddress: [transportOf({ ...from, port: 1721 })] });
    assert.deepEqual(await answered(third, 'registrationConfirm'), [from, from]);
    finish(net, gatekeeper);
  });

  it('hears in a group only what is for all, and says no to nobody there', async () => {
    const { net, gatekeeper, metrics } = begin();
    const sent = (): string[] => net.sent.map(({ message }) => nameOf(message));
    const way = { local: gatekeeperAt, send: net.sender(gatekeeperAt) };
    const hear = async (message: RasMessage): Promise<void> => {
      gatekeeper.receive(writeRas(message), at(1), way, 'group');
      await net.run(100);
    };
    const grq = (gatekeeperIdentifier?: string): RasMessage => ({
      gatekeeperRequest: {
        ...{ requestSeqNum: ++number, protocolIdentifier, rasAddress: transportOf(at(1)), gatekeeperIdentifier },
        endpointType: { terminal: {}, mc: false, undefinedNode: false },
      },
    });
    await hear(rrq(at(1), ['carol']));
    assert.deepEqual([sent(), gatekeeper.registrations().length], [[], 0]);
    assert.equal(metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'stray' }), 1);
    await hear(grq('another'));
    assert.deepEqual(sent(), []);
    await hear(grq());
    assert.deepEqual(sent(), ['gatekeeperConfirm']);
    finish(net, gatekeeper);
  });

  // prettier-ignore
  const asked = [[undefined, 60], [1, 30], [29, 30], [31, 31], [3599, 3599], [3601, 3600], [0xffffffff, 3600]] as const;
  for (const [timeToLive, granted] of asked) {
    it(`of ${timeToLive} seconds that are asked for gives ${granted}`, async () => {
      const { net, gatekeeper, register } = begin();
      const first = (await register(at(1), ['carol'], { timeToLive }))?.registrationConfirm;
      assert.equal(first?.timeToLive, granted);
      const { endpointIdentifier } = first ?? assert.fail();
      const sign = { keepAlive: true, endpointIdentifier, gatekeeperIdentifier: 'dualstream', timeToLive };
      assert.equal((await register(at(1), [], sign))?.registrationConfirm?.timeToLive, granted);
      const inside = { address: '10.0.0.5', port: 1719 };
      const hidden = { rasAddress: [transportOf(inside)], featureSet: supporting(18), timeToLive };
      assert.equal((await register(at(2), ['dave'], hidden))?.registrationConfirm?.timeToLive, 20);
      finish(net, gatekeeper);
    });
  }

  it('sends what is for a device behind NAT where it came from, and rings it by SCI', async () => {
    const { net, gatekeeper, register } = begin();
    const inside = { address: '10.0.0.5', port: 1719 };
    const outside = { address: '203.0.113.7', port: 40_001 };
    const answer = await register(outside, ['carol'], {
      rasAddress: [transportOf(inside)],
      callSignalAddress: [transportOf({ ...inside, port: 1720 })],
      featureSet: supporting(18),
    });
    const confirm = answer?.registrationConfirm ?? assert.fail();
    assert.equal(confirm.timeToLive, 20);
    assert.deepEqual(confirm.featureSet?.supportedFeatures, [{ id: { standard: 18 } }]);
    const [device = assert.fail()] = gatekeeper.registrations();
    assert.ok(device.traversal);
    assert.equal(gatekeeper.locate('carol')?.address, null);
    const { endpointIdentifier } = confirm;
    const [acknowledged] = await exchange(
      net,
      { ...outside, port: 40_003 },
      {
        disengageRequest: {
          ...{ requestSeqNum: ++number, endpointIdentifier, conferenceID: Buffer.alloc(16), callReferenceValue: 1 },
          disengageReason: { normalDrop: true },
        },
      },
    );
    assert.ok(acknowledged?.disengageConfirm);
    net.attach(outside, (octets, from, send) => {
      const asked = net.sent.findLast((one) => one.octets.equals(octets))?.message.serviceControlIndication;
      if (asked) send(writeRas({ serviceControlResponse: { requestSeqNum: asked.requestSeqNum } }), from);
    });
    const ringing = gatekeeper.ring(device, {
      address: { address: '192.0.2.1', port: 1720 },
      callIdentifier: '12'.repeat(16),
    });
    await net.run(200);
    await ringing;
    net.detach(outside);
    const deaf = assert.rejects(gatekeeper.ring(device, { address: gatekeeperAt, callIdentifier: '13'.repeat(16) }), {
      name: 'RasSilent',
    });
    await net.run(10_000);
    await deaf;
    // The same without H.460.18: the address outside stands for the private one.
    await register({ ...outside, port: 40_002 }, ['dave'], {
      rasAddress: [transportOf(inside)],
      callSignalAddress: [transportOf({ ...inside, port: 1720 })],
    });
    assert.deepEqual(gatekeeper.locate('dave')?.address, { address: '203.0.113.7', port: 1720 });
    finish(net, gatekeeper);
  });

  it('passes over gateways that can take no more, but not when they are called themselves', async () => {
    const { net, gatekeeper } = begin({ prefixes: 'all' });
    const gateways = ['north', 'south'].map((name) => clientOn(net, [name], { kind: 'gateway', prefixes: ['9'] }));
    const [north, south] = gateways.map(({ client }) => client);
    assert.ok(north && south);
    for (const one of [north, south]) {
      one.start();
      await net.run(500);
    }
    const found = async (...full: [client: typeof north, full: boolean]) => {
      full[0].resources(full[1]);
      await net.run(500);
      return gatekeeper.locate('9001')?.device.aliases[0] ?? null;
    };
    assert.equal(await found(north, false), 'north');
    assert.equal(await found(north, true), 'south');
    assert.equal(await found(south, true), null);
    assert.equal(gatekeeper.locate('north')?.device.aliases[0], 'north');
    assert.equal(await found(north, false), 'north');
    const stopped = Promise.all([north.stop(), south.stop()]);
    await net.run(500);
    await stopped;
    finish(net, gatekeeper);
  });

  it('believes prefixes of gateways that proved a password', async () => {
    const { net, gatekeeper, register } = begin();
    const supportedPrefixes = [{ prefix: aliasOf('9') }];
    const terminalType = { gateway: { protocol: [{ voice: { supportedPrefixes } }] }, mc: false, undefinedNode: false };
    await register(at(1), ['gw'], { terminalType });
    assert.equal(gatekeeper.locate('9001'), null);
    const { client } = clientOn(net, ['bob'], {
      kind: 'gateway',
      prefixes: ['9', '99'],
      ...password('bob', 'secret2'),
    });
    client.start();
    await net.run(500);
    const found = gatekeeper.locate('9001');
    assert.deepEqual([found?.device.aliases, found?.dialled, found?.byPrefix], [['bob'], '9001', true]);
    const stopped = client.stop();
    await net.run(500);
    await stopped;
    finish(net, gatekeeper);
  });
});
