import assert from 'node:assert/strict';
import { readRas, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { callOf, clientOn, exchange, gatekeeperAt, gatekeeperOn, password, RasNet } from './rig.js';

type Settings = Parameters<typeof gatekeeperOn>[1];

async function begin(settings: Settings, names: string[], proof: ReturnType<typeof password> | object = {}) {
  const net = new RasNet(new ManualClock());
  const rig = gatekeeperOn(net, settings);
  const refused: string[] = [];
  const unproved: string[] = [];
  rig.gatekeeper.on.on('unproved', ({ user, why }) => unproved.push(`${user} ${why}`));
  const device = clientOn(net, names, proof);
  device.client.on.on('refused', ({ reason }) => refused.push(reason));
  device.client.start();
  await net.run(1000);
  const end = async (): Promise<void> => {
    const stopped = device.client.stop();
    await net.run(8000);
    await stopped;
    rig.gatekeeper.end();
    assert.equal(net.clock.pending, 0);
  };
  return { net, ...rig, ...device, refused, unproved, end };
}

describe('the gatekeeper: passwords', () => {
  for (const form of ['hmac-sha1-96', 'md5'] as const) {
    it(`in the form ${form} let a device in, make it its account's, and let it call`, async () => {
      const { net, gatekeeper, client, end } = await begin(
        { forms: ['hmac-sha1-96', 'md5'], authentication: 'required' },
        ['alice', '1001'],
        password('alice', 'secret1', form),
      );
      assert.equal(client.state, 'registered');
      assert.equal(gatekeeper.registrations()[0]?.account, 'alice');
      const admitting = client.admit(callOf(['2001']));
      await net.run(500);
      assert.ok((await admitting).admission.address);
      await net.run(300_000);
      assert.equal(client.state, 'registered');
      await end();
    });
  }

  const cases: [string, Settings, string[], object, string, string | undefined][] = [
    ['a wrong password', {}, ['alice'], password('alice', 'secret2'), 'securityDenial', 'alice wrong'],
    ['an unknown user', {}, ['eve'], password('eve', 'secret1'), 'securityDenial', 'eve unknown_user'],
    ["another's name", {}, ['alice', 'bob'], password('alice', 'secret1'), 'securityDenial', undefined],
    ['no password where all need one', { authentication: 'required' }, ['carol'], {}, 'securityDenial', 'carol absent'],
    [
      "nobody's name where all need one",
      { authentication: 'required' },
      ['alice', 'carol'],
      password('alice', 'secret1'),
      'securityDenial',
      undefined,
    ],
    [
      'the older form where it is not allowed',
      {},
      ['alice'],
      password('alice', 'secret1', 'md5'),
      'securityDenial',
      'alice absent',
    ],
    [
      'a clock that is wrong',
      { clockSkew: -1 },
      ['alice'],
      password('alice', 'secret1'),
      'securityError',
      'alice time',
    ],
  ];
  for (const [what, settings, names, proof, reason, fault] of cases) {
    it(`refuse ${what}`, async () => {
      const { gatekeeper, refused, unproved, end } = await begin(settings, names, proof);
      assert.deepEqual(refused, [reason]);
      assert.deepEqual(unproved, fault === undefined ? [] : [fault]);
      assert.equal(gatekeeper.registrations().length, 0);
      await end();
    });
  }

  it('are not looked at where they are off', async () => {
    const { gatekeeper, end } = await begin({ authentication: 'off' }, ['alice']);
    assert.deepEqual(
      [gatekeeper.registrations()[0]?.aliases, gatekeeper.registrations()[0]?.account],
      [['alice'], null],
    );
    await end();
  });

  it('cannot be replayed, from elsewhere or later', async () => {
    const { net, gatekeeper, client, ras, unproved, end } = await begin({}, ['alice'], password('alice', 'secret1'));
    const registration = net.sent.find(({ message }) => message.registrationRequest)?.octets ?? assert.fail();
    const elsewhere = { address: '198.51.100.9', port: 1719 };
    const [answer] = await exchange(net, elsewhere, registration);
    assert.ok(answer?.registrationReject?.rejectReason.securityDenial);
    await net.run(20_000);
    net.send({ octets: registration, from: ras, to: gatekeeperAt });
    await net.run(500);
    assert.deepEqual(unproved, ['alice replay', 'alice replay']);
    assert.equal(gatekeeper.registrations()[0]?.ras.address, ras.address);
    assert.equal(client.state, 'registered');
    await end();
  });

  it('are needed for everything that a device with one does', async () => {
    const { net, gatekeeper, ras, client, end } = await begin({}, ['alice'], password('alice', 'secret1'));
    const endpointIdentifier = gatekeeper.registrations()[0]?.endpointIdentifier;
    const bare = writeRas({ unregistrationRequest: { requestSeqNum: 7, callSignalAddress: [], endpointIdentifier } });
    net.send({ octets: bare, from: ras, to: gatekeeperAt });
    await net.run(500);
    assert.ok(net.named('unregistrationReject')[0]?.rejectReason.securityDenial);
    assert.equal(gatekeeper.registrations().length, 1);
    assert.equal(client.state, 'registered');
    await end();
  });

  it('are asked for often, but a source that fails too often is not listened to', async () => {
    const { net, gatekeeper, unproved, end } = await begin({}, ['alice'], password('alice', 'wrong'));
    const first = net.sent.find(({ message }) => message.registrationRequest) ?? assert.fail();
    for (let i = 0; i < 40; i++) {
      const octets = Buffer.from(first.octets);
      octets.writeUInt16BE(i + 1, 2);
      assert.ok(readRas(octets).ok);
      net.send({ octets, from: first.from, to: gatekeeperAt });
      await net.run(50);
    }
    assert.ok(unproved.includes('alice too_often'), unproved.slice(-2).join());
    assert.equal(gatekeeper.registrations().length, 0);
    await end();
  });

  it('that somebody repeats are held against nobody', async () => {
    const { net, gatekeeper, ras, client, unproved, end } = await begin({}, ['alice'], password('alice', 'secret1'));
    const registration = net.sent.find(({ message }) => message.registrationRequest)?.octets ?? assert.fail();
    // judged by the address, as the device itself is
    for (let i = 0; i < 30; i++) await exchange(net, { ...ras, port: 6000 + i }, registration, 50);
    assert.deepEqual([...new Set(unproved)], ['alice replay']);
    assert.equal(unproved.length, 30);
    const admitting = client.admit(callOf(['2001']));
    await net.run(500);
    assert.ok((await admitting).admission.address);
    assert.equal(gatekeeper.registrations()[0]?.account, 'alice');
    await end();
  });

  it('are taken from wherever the device is, and answered there', async () => {
    const { net, client, ras, end } = await begin({}, ['alice'], password('alice', 'secret1'));
    const elsewhere = { address: '198.51.100.77', port: 1719 };
    net.copies = (packet) => {
      if (packet.from.address !== ras.address) return 1;
      net.send({ ...packet, from: elsewhere });
      return 0;
    };
    client.resources(true);
    await net.run(500);
    const told = net.sent.filter(({ message }) => message.resourcesAvailableConfirm).map(({ to }) => to);
    assert.deepEqual(told, [elsewhere]);
    net.copies = () => 1;
    await end();
  });

  it('are told of again after a restart of ours, to a device that has one', async () => {
    const { net, gatekeeper, client, end } = await begin({}, ['alice'], password('alice', 'secret1'));
    const lost: string[] = [];
    client.on.on('lost', ({ reason }) => lost.push(reason));
    // Crashes: nobody is told.
    net.copies = () => 0;
    gatekeeper.end();
    net.copies = () => 1;
    const next = gatekeeperOn(net);
    await net.run(60_000);
    // The refusal was proved by the password, else the client had not believed it.
    assert.deepEqual(lost, ['fullRegistrationRequired']);
    const told = net.named('registrationReject')[0];
    assert.equal(told?.cryptoTokens?.length, 1);
    assert.equal(client.state, 'registered');
    assert.deepEqual(next.gatekeeper.registrations()[0]?.account, 'alice');
    await end();
    next.gatekeeper.end();
    assert.equal(net.clock.pending, 0);
  });

  it('are in no description', async () => {
    const { gatekeeper, client, end } = await begin({}, ['alice'], password('alice', 'secret1'));
    assert.ok(!JSON.stringify([gatekeeper.describe(), client.describe()]).includes('secret1'));
    await end();
  });
});
