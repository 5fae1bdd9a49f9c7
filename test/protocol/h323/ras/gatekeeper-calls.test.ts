import assert from 'node:assert/strict';
import type { Endpoint } from '../../../../src/base/net.js';
import { transportOf } from '../../../../src/protocol/h323/addresses.js';
import { aliasOf } from '../../../../src/protocol/h323/aliases.js';
import type { RasMessage } from '../../../../src/protocol/h323/h225/schema.js';
import type { GatekeptCall } from '../../../../src/protocol/h323/ras/contract.js';
import { writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import type { RegistrationClient } from '../../../../src/protocol/h323/ras/client/client.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { callOf, clientOn, exchange, gatekeeperAt, gatekeeperOn, gatewaySignalling, RasNet } from './rig.js';

type Host = Parameters<typeof gatekeeperOn>[2];
type Settings = Parameters<typeof gatekeeperOn>[1];

/** Carol and Dave, registered, and what happens to calls. */
async function begin(settings: Settings = {}, host: Host = {}) {
  const net = new RasNet(new ManualClock());
  const rig = gatekeeperOn(net, settings, host);
  const carol = clientOn(net, ['carol', '3001']);
  const dave = clientOn(net, ['dave', '3002']);
  for (const { client } of [carol, dave]) client.start();
  await net.run(500);
  const ended: string[] = [];
  rig.gatekeeper.on.on('disengaged', ({ call, reason }) => ended.push(`${call.dialled.join()} ${reason}`));
  const admit = async (client: RegistrationClient, ask: ReturnType<typeof callOf>): Promise<GatekeptCall | string> => {
    const admitting = client.admit(ask).catch((error: unknown) => String((error as { reason?: string }).reason));
    await net.run(500);
    return admitting;
  };
  const end = async (): Promise<void> => {
    const stopped = Promise.all([carol.client.stop(), dave.client.stop()]);
    await net.run(12_000);
    await stopped;
    rig.gatekeeper.end();
    assert.equal(net.clock.pending, 0);
  };
  return { net, ...rig, carol, dave, ended, admit, end };
}

/** Where an admitted call goes. */
function way(call: GatekeptCall | string) {
  return typeof call === 'string' ? call : { to: call.admission.address, model: call.admission.callModel };
}

describe('the gatekeeper: calls', () => {
  const outside: Endpoint = { address: '203.0.113.5', port: 1720 };
  const cases: [string, Settings, string[], Endpoint | undefined, unknown][] = [
    ['a device by its name', {}, ['DAVE'], undefined, 'dave'],
    ['a device by its number', {}, ['3002'], undefined, 'dave'],
    ['a device at our domain', { domains: ['example.com'] }, ['dave@Example.com'], undefined, 'dave'],
    ['the first name that is known', {}, ['nobody', '3002'], undefined, 'dave'],
    ['a room', {}, ['2005'], undefined, { to: gatewaySignalling, model: 'gatekeeperRouted' }],
    [
      'a device when we route',
      { callModel: 'routed' },
      ['dave'],
      undefined,
      { to: gatewaySignalling, model: 'gatekeeperRouted' },
    ],
    ['nobody that is known', {}, ['nobody'], undefined, 'calledPartyNotRegistered'],
    ['nobody at all', {}, [], undefined, 'incompleteAddress'],
    ['itself', {}, ['carol'], undefined, 'calledPartyNotRegistered'],
    ['an address outside', {}, [], outside, { to: outside, model: 'direct' }],
    ['an address outside where that is not wanted', { outside: false }, [], outside, 'calledPartyNotRegistered'],
    [
      'our own address',
      { outside: false },
      [],
      gatewaySignalling,
      { to: gatewaySignalling, model: 'gatekeeperRouted' },
    ],
  ];
  for (const [what, settings, destination, destinationAddress, wanted] of cases) {
    it(`to ${what}`, async () => {
      const { carol, dave, admit, end } = await begin(settings);
      const call = await admit(carol.client, callOf(destination, { destinationAddress }));
      assert.deepEqual(way(call), wanted === 'dave' ? { to: dave.signalling, model: 'direct' } : wanted);
      await end();
    });
  }

  it('of a device behind NAT come through us, whatever devices do otherwise', async () => {
    const { net, gatekeeper, dave, admit, end } = await begin();
    const inside = { address: '10.0.0.5', port: 1719 };
    const how = { traversal: true, ras: inside, signalling: [{ ...inside, port: 1720 }] };
    const { client } = clientOn(net, ['erin'], how);
    client.start();
    await net.run(500);
    assert.ok(gatekeeper.locate('erin')?.device.traversal);
    const ours = { to: gatewaySignalling, model: 'gatekeeperRouted' };
    assert.deepEqual(way(await admit(client, callOf(['dave']))), ours);
    const byAddress = callOf([], { destinationAddress: dave.signalling });
    assert.deepEqual(way(await admit(client, byAddress)), ours);
    const stopped = client.stop();
    await net.run(500);
    await stopped;
    await end();
  });

  it('are known by both ends, and end with the last of them', async () => {
    const { net, gatekeeper, carol, dave, admit, ended, end } = await begin();
    const ask = callOf(['dave']);
    const out = await admit(carol.client, ask);
    assert.equal(gatekeeper.callOf(ask.callIdentifier)?.called, null);
    const inward = await admit(dave.client, { ...ask, answerCall: true });
    const call = gatekeeper.callOf(ask.callIdentifier);
    assert.deepEqual(
      [call?.caller?.aliases[0], call?.called?.aliases[0], call?.dialled, call?.kbps],
      ['carol', 'dave', ['dave'], 1920],
    );
    assert.ok(typeof out !== 'string' && typeof inward !== 'string');
    assert.equal(inward.admission.address, null);
    out.disengage();
    await net.run(500);
    assert.deepEqual(ended, []);
    inward.disengage();
    await net.run(500);
    assert.deepEqual(ended, ['dave normalDrop']);
    assert.equal(gatekeeper.callOf(ask.callIdentifier), null);
    await end();
  });

  it('end with the registration, or by our word', async () => {
    const { net, gatekeeper, carol, dave, admit, ended, end } = await begin();
    const dropped: string[] = [];
    const first = callOf(['dave'], { dropped: (reason) => dropped.push(reason) });
    await admit(carol.client, first);
    await admit(dave.client, { ...first, answerCall: true });
    gatekeeper.drop(first.callIdentifier);
    await net.run(500);
    assert.deepEqual([dropped, ended], [['forcedDrop', 'forcedDrop'], ['dave forcedDrop']]);
    assert.deepEqual(
      net.named('disengageRequest').map(({ answeredCall }) => answeredCall),
      [false, true],
    );
    await admit(carol.client, callOf(['2001']));
    gatekeeper.unregister(gatekeeper.registrations()[0]?.endpointIdentifier ?? '');
    assert.deepEqual(ended.slice(1), ['2001 unregistered']);
    await net.run(500);
    assert.equal(carol.client.state, 'waiting');
    await end();
  });

  it('get the bandwidth that there is', async () => {
    const bandwidth = { perCallKbps: 1500, totalKbps: 2500 };
    const { net, carol, dave, admit, end } = await begin({ bandwidth });
    const first = await admit(carol.client, callOf(['dave'], { kbps: 4000 }));
    assert.ok(typeof first !== 'string');
    assert.equal(first.admission.kbps, 1500);
    assert.equal(await admit(dave.client, callOf(['carol'], { kbps: 1024 })), 'requestDenied');
    const second = await admit(dave.client, callOf(['carol'], { kbps: 768 }));
    assert.ok(typeof second !== 'string');
    const more = assert.rejects(second.bandwidth(1400), { reason: 'insufficientResources' });
    await net.run(500);
    await more;
    first.disengage();
    await net.run(500);
    const granted = second.bandwidth(1400);
    await net.run(500);
    assert.equal(await granted, 1400);
    // its own share is not counted twice
    const little = second.bandwidth(1500);
    await net.run(500);
    assert.equal(await little, 1500);
    await end();
  });

  it('are only so many', async () => {
    const limits = { registrations: 9, perSource: 9, aliases: 9, calls: 3, callsPerDevice: 2 };
    const { carol, dave, admit, end } = await begin({ limits });
    const results: string[] = [];
    for (const client of [carol.client, carol.client, carol.client, dave.client, dave.client]) {
      const call = await admit(client, callOf(['2001']));
      results.push(typeof call === 'string' ? call : 'yes');
    }
    assert.deepEqual(results, ['yes', 'yes', 'resourceUnavailable', 'yes', 'resourceUnavailable']);
    await end();
  });

  it('are reported, and the reports acknowledged', async () => {
    const { net, carol, admit, end } = await begin({ reports: 10 });
    await admit(carol.client, callOf(['2001']));
    await net.run(35_000);
    assert.equal(net.named('infoRequestResponse').length, 3);
    assert.equal(net.named('infoRequestAck').length, 3);
    await end();
  });

  it('need not be asked for where that is granted before', async () => {
    const { carol, net, admit, end } = await begin({ preGranted: true });
    const call = await admit(carol.client, callOf(['dave']));
    assert.deepEqual(way(call), { to: gatewaySignalling, model: 'gatekeeperRouted' });
    assert.deepEqual(net.named('admissionRequest'), []);
    await end();
  });

  it('are mapped only for who can have that', async () => {
    const { net, gatekeeper, carol, end } = await begin({ domains: ['example.com'] });
    const [{ endpointIdentifier } = assert.fail()] = gatekeeper.registrations();
    const ask = async (canMapAlias: boolean, requestSeqNum: number): Promise<RasMessage | undefined> => {
      const { callReference, conferenceID } = callOf([]);
      const [answer] = await exchange(net, carol.ras, {
        admissionRequest: {
          ...{ requestSeqNum, endpointIdentifier, canMapAlias, callReferenceValue: callReference },
          ...{ callType: { pointToPoint: true }, destinationInfo: [aliasOf('dave@example.com')], srcInfo: [] },
          ...{ bandWidth: 640, activeMC: false, answerCall: false, conferenceID: Buffer.from(conferenceID, 'hex') },
        },
      });
      return answer;
    };
    assert.deepEqual((await ask(true, 51))?.admissionConfirm?.destinationInfo, [aliasOf('dave')]);
    const plain = (await ask(false, 52))?.admissionConfirm;
    assert.ok(plain);
    assert.equal(plain.destinationInfo, undefined);
    await end();
  });

  it('of others are not for strangers to touch', async () => {
    const { net, gatekeeper, carol, admit, end } = await begin();
    const ask = callOf(['dave']);
    await admit(carol.client, ask);
    const [first, second] = gatekeeper.registrations();
    const names = {
      conferenceID: Buffer.from(ask.conferenceID, 'hex'),
      callReferenceValue: ask.callReference,
      callIdentifier: { guid: Buffer.from(ask.callIdentifier, 'hex') },
    };
    const drop = (endpointIdentifier = ''): RasMessage => ({
      disengageRequest: { requestSeqNum: 4, endpointIdentifier, disengageReason: { normalDrop: true }, ...names },
    });
    const stranger = { address: '198.51.100.200', port: 1719 };
    const [none] = await exchange(net, stranger, drop(first?.endpointIdentifier));
    assert.ok(none?.disengageReject?.rejectReason.notRegistered);
    const [other] = await exchange(net, second?.ras ?? stranger, drop(second?.endpointIdentifier));
    assert.ok(other?.disengageReject?.rejectReason.requestToDropOther);
    const endpointIdentifier = second?.endpointIdentifier ?? '';
    const rate: RasMessage = { bandwidthRequest: { requestSeqNum: 6, endpointIdentifier, bandWidth: 1, ...names } };
    const [slower] = await exchange(net, second?.ras ?? stranger, rate);
    assert.ok(slower?.bandwidthReject?.rejectReason.invalidConferenceID);
    const [arq] = await exchange(net, stranger, {
      admissionRequest: {
        requestSeqNum: 5,
        callType: { pointToPoint: true },
        endpointIdentifier: 'x',
        srcInfo: [],
        bandWidth: 1,
        activeMC: false,
        answerCall: false,
        ...names,
      },
    });
    assert.ok(arq?.admissionReject?.rejectReason.callerNotRegistered);
    assert.ok(gatekeeper.callOf(ask.callIdentifier));
    net.attach(second?.ras ?? stranger, () => undefined);
    await end();
  });
});

describe('the gatekeeper: locations', () => {
  const asker: Endpoint = { address: '203.0.113.9', port: 1719 };
  const lrq = (name: string, replyAddress = asker): RasMessage => ({
    locationRequest: { requestSeqNum: 8, destinationInfo: [aliasOf(name)], replyAddress: transportOf(replyAddress) },
  });

  it('are told to neighbours', async () => {
    const { net, dave, end } = await begin({ neighbours: (address) => address === asker.address });
    const [device] = await exchange(net, asker, lrq('3002'));
    assert.deepEqual(device?.locationConfirm?.callSignalAddress, transportOf(dave.signalling));
    assert.deepEqual(device?.locationConfirm?.rasAddress, transportOf(gatekeeperAt));
    const [room] = await exchange(net, asker, lrq('2001'));
    assert.deepEqual(room?.locationConfirm?.callSignalAddress, transportOf(gatewaySignalling));
    const [nobody] = await exchange(net, asker, lrq('9999'));
    assert.ok(nobody?.locationReject?.rejectReason.requestDenied);
    await end();
  });

  it('are not told to others, nor sent to third parties', async () => {
    const { net, end } = await begin();
    const victim = { address: '203.0.113.10', port: 1719 };
    const [denied] = await exchange(net, asker, lrq('3002', victim));
    assert.ok(denied?.locationReject?.rejectReason.requestDenied);
    assert.ok(net.sent.every(({ to }) => to.address !== victim.address));
    await end();
  });
});

describe('the gatekeeper: a host that is asked', () => {
  it('is asked five hundred things at a time, and more are not looked at', async () => {
    const asker = { address: '203.0.113.9', port: 1719 };
    const { net, gatekeeper, metrics, end } = await begin(
      { neighbours: () => true },
      { answersFor: () => new Promise<boolean>(() => undefined) },
    );
    const ask = (number: number): void => {
      const destinationInfo = [aliasOf('2001')];
      const request = { requestSeqNum: number, destinationInfo, replyAddress: transportOf(asker) };
      net.send({ octets: writeRas({ locationRequest: request }), from: asker, to: gatekeeperAt });
    };
    for (let number = 1; number <= 503; number++) ask(number);
    await net.run(500);
    const busy = (): number => metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'busy' });
    assert.deepEqual([gatekeeper.describe()['atOnce'], busy()], [500, 3]);
    // they are given up in the end, and others have their turn
    await net.run(20_000);
    assert.equal(gatekeeper.describe()['atOnce'], 0);
    ask(504);
    await net.run(50);
    assert.deepEqual([gatekeeper.describe()['atOnce'], busy()], [1, 3]);
    await end();
  });

  it('may take its time: the device is told to wait', async () => {
    let resolve: (answers: boolean) => void = () => undefined;
    const { net, carol, admit, end } = await begin(
      {},
      { answersFor: () => new Promise<boolean>((done) => (resolve = done)) },
    );
    const admitting = admit(carol.client, callOf(['2001']));
    await net.run(9000);
    assert.ok(net.named('requestInProgress').length >= 2);
    resolve(true);
    await net.run(500);
    assert.deepEqual(way(await admitting), { to: gatewaySignalling, model: 'gatekeeperRouted' });
    // Asked once, whatever was repeated.
    assert.equal(net.named('admissionConfirm').length, 1);
    await end();
  });

  it('that never answers costs one refusal', async () => {
    const { net, gatekeeper, carol, admit, end } = await begin(
      {},
      { answersFor: () => new Promise<boolean>(() => undefined) },
    );
    const admitting = admit(carol.client, callOf(['2001']));
    await net.run(21_000);
    assert.equal(await admitting, 'resourceUnavailable');
    assert.equal(gatekeeper.describe()['atOnce'], 0);
    await end();
  });

  it('that fails is no reason to fail', async () => {
    const { net, gatekeeper, carol, admit, end } = await begin(
      {},
      { answersFor: () => Promise.reject(new Error('database')) },
    );
    const admitting = admit(carol.client, callOf(['2001']));
    await net.run(16_000);
    assert.equal(await admitting, 'undefined');
    assert.equal(gatekeeper.registrations().length, 2);
    await end();
  });
});
