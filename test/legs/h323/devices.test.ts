import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import type { Clock } from '../../../src/base/clock.js';
import type { Defence } from '../../../src/legs/admission/defence.js';
import type { CallFacts } from '../../../src/legs/admission/verdict.js';
import { systemChance } from '../../../src/base/ids.js';
import { CallThrough } from '../../../src/legs/through/call-through.js';
import { FarEnds } from '../../../src/legs/through/far-ends.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';
import { alicesPassword, rasDevice } from '../../support/ras-device.js';

describe('devices register with us', () => {
  let rig: H323Rig;
  let peer: Peer;
  const open: Awaited<ReturnType<typeof rasDevice>>[] = [];

  const begin = async (options: Parameters<typeof startH323Rig>[0] = {}): Promise<void> => {
    rig = await startH323Rig({ devices: {}, ...options });
    peer = await rig.peer();
  };
  const register = async (names: string[], more: Parameters<typeof rasDevice>[3] = {}) => {
    const device = await rasDevice(rig, names, { address: '127.0.0.1', port: peer.port }, more);
    open.push(device);
    device.client.start();
    await settle(rig.clock);
    return device;
  };
  const listed = (): string[] =>
    rig.devices.view.list({ limit: 10 }).items.map(({ user, aliases, agent }) => `${user} ${aliases?.join()} ${agent}`);

  afterEach(async () => {
    const closing = open.splice(0).map((one) => one.close());
    await settle(rig.clock, 10_000);
    await Promise.all(closing);
    await rig.nothingLeft();
  });

  it('with the password of a user, whom their calls then come from', async () => {
    const facts: CallFacts[] = [];
    await begin({
      devices: { open: [] },
      decide(call) {
        facts.push(call);
        return { kind: 'room', room: 'demo', role: 'participant' };
      },
    });
    const { client } = await register(['alice', '1001'], alicesPassword);
    assert.equal(client.state, 'registered');
    assert.deepEqual(listed(), ['alice alice,1001 Roomy']);
    const call = { callReference: 7, callIdentifier: '7'.repeat(32), conferenceID: '8'.repeat(32) };
    const admitting = client.admit({
      ...call,
      ...{ answerCall: false, destination: [{ dialledDigits: '2001' }], source: [], kbps: 1920 },
      dropped: () => undefined,
    });
    await settle(rig.clock);
    const { admission } = await admitting;
    assert.deepEqual(admission.address, { address: '127.0.0.1', port: 1720 });
    await peer.dial('2001', { numbers: call });
    assert.equal(facts.at(-1)?.user, 'alice');
    assert.equal(rig.room('demo').size, 1);
    await peer.dial('2001', { setup: { endpointIdentifier: admission.endpointIdentifier ?? '' } });
    assert.equal(facts.at(-1)?.user, 'alice');
    await peer.dial('2001');
    assert.equal(facts.at(-1)?.user, null);
    // what a device was given is worth nothing elsewhere
    const { path, setup } = peer.call ?? assert.fail();
    const endpointIdentifier = admission.endpointIdentifier ?? '';
    const from = (address: string) =>
      rig.devices.callerOf({
        callIdentifier: '9'.repeat(32),
        setup: setup && { ...setup, endpointIdentifier },
        path: path && { ...path, remote: { address, port: 4000 } },
      })?.account ?? null;
    assert.deepEqual([from('127.0.0.1'), from('192.0.2.9')], ['alice', null]);
    assert.ok(facts.every(({ transport }) => transport === 'h323'));
  });

  it('and not without one, unless their network is open', async () => {
    const offences: string[] = [];
    const defence = {
      offence: (address: string, offence: string) => void offences.push(`${address} ${offence}`),
      silences: () => offences.length > 2,
      proved: () => undefined,
    };
    await begin({ devices: { open: [] }, defence: defence as unknown as Defence });
    const device = await register(['carol']);
    assert.deepEqual([device.refused, device.client.state], [['securityDenial'], 'waiting']);
    assert.deepEqual(offences, ['127.0.0.1 wrong_password']);
    await register(['bob'], { password: { ...alicesPassword.password, secret: { password: 'wrong' } } });
    assert.equal(offences.length, 2);
    await register(['alice'], { password: { ...alicesPassword.password, secret: { password: 'wrong' } } });
    assert.equal(offences.length, 3);
    // from now on nothing of it is looked at
    const before = rig.metrics.counted('dualstream_h323_ras_messages_total', {
      direction: 'in',
      message: 'gatekeeperRequest',
    });
    const late = await register(['alice'], alicesPassword);
    assert.equal(late.client.state, 'discovering');
    const after = rig.metrics.counted('dualstream_h323_ras_messages_total', {
      direction: 'in',
      message: 'gatekeeperRequest',
    });
    assert.equal(after, before);
    assert.ok(rig.metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'unheard' }) > 0);
  });

  const wrong = { password: { ...alicesPassword.password, secret: { password: 'wrong' } } };
  const faults: [string, Parameters<typeof rasDevice>[3], number, Partial<Clock>?][] = [
    ['a wrong password is held', wrong, 1],
    ['a user that nobody is is held', { password: { ...alicesPassword.password, user: 'eve' }, aliases: [] }, 1],
    ['a password for another gatekeeper is held', { ...alicesPassword, ...{ gatekeeperIdentifier: 'another' } }, 1],
    ['a clock that is wrong is not held', alicesPassword, 0, { wall: () => Date.UTC(2020, 0, 1) }],
  ];
  for (const [what, how, held, time] of faults) {
    it(`and ${what} against where it comes from`, async () => {
      const offences: string[] = [];
      const defence = { offence: (...one: unknown[]) => void offences.push(one.join(' ')), silences: () => false };
      await begin({ devices: { open: [] }, defence: defence as unknown as Defence });
      const { net, clock } = rig;
      const its: Clock = {
        now: () => clock.now(),
        wall: () => clock.wall(),
        after: (ms, fn) => clock.after(ms, fn),
        every: (ms, fn) => clock.every(ms, fn),
        ...time,
      };
      const at = { address: '127.0.0.1', port: peer.port };
      const device = await rasDevice({ net, clock: its }, ['alice'], at, { discover: false, ...how });
      open.push(device);
      device.client.start();
      await settle(clock);
      assert.equal(device.refused.length, 1);
      assert.deepEqual(offences, Array(held).fill('127.0.0.1 wrong_password true'));
    });
  }

  it('by names that are neither of rooms nor of users', async () => {
    await begin();
    for (const name of ['board', 'alice', '1001']) {
      const device = await register([name]);
      assert.match(device.refused.join(), /^(duplicateAlias|securityDenial)$/, name);
    }
    assert.equal((await register(['1002'])).client.state, 'registered');
  });

  it('and are let call what the dial plan sends on', async () => {
    await begin({ decide: ({ uri }) => (uri === '0123' ? { kind: 'forward', trunk: 'main', to: '123' } : null) });
    const { client } = await register(['1002']);
    const ask = (number: string) =>
      client.admit({
        ...{ callReference: 7, callIdentifier: number.padStart(32, '0'), conferenceID: '8'.repeat(32), kbps: 1920 },
        ...{ answerCall: false, destination: [{ dialledDigits: number }], source: [] },
        dropped: () => undefined,
      });
    const both = Promise.allSettled([ask('0123'), ask('0124')]);
    await settle(rig.clock);
    assert.deepEqual(
      (await both).map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
  });

  it('and are called by rooms, by name or number', async () => {
    await begin({ targets: [] });
    await register(['Room 7', '1002']);
    const { clock, metrics, dialer } = rig;
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    for (const to of ['h323:1002', 'h323:room%207']) {
      dialOut.call(rig.room('demo'), { to });
      await settle(clock);
      await peer.answer();
      await peer.send('audio');
      assert.equal(rig.room('demo').size, 1);
      await peer.hangUp();
      assert.equal(rig.room('demo').size, 0);
    }
  });

  it('and call each other through us', async () => {
    let through: CallThrough | null = null;
    const trunks = { viaTrunk: () => assert.fail('no trunk') };
    await begin({
      onward: () => ({
        through: (through ??= new CallThrough({ ...rig, chance: systemChance, trusts: () => false })),
        farEnds: new FarEnds(trunks, [rig.dialer]),
      }),
    });
    const { client } = await register(['1002']);
    const caller = peer;
    peer = await rig.peer();
    await register(['1003']);
    const admitting = client.admit({
      ...{ callReference: 7, callIdentifier: '7'.repeat(32), conferenceID: '8'.repeat(32), kbps: 1920 },
      ...{ answerCall: false, destination: [{ dialledDigits: '1003' }], source: [] },
      dropped: () => undefined,
    });
    await settle(rig.clock);
    const { admission } = await admitting;
    assert.deepEqual([admission.callModel, admission.address?.port], ['gatekeeperRouted', 1720]);
    await caller.dial('1003', { setup: { endpointIdentifier: admission.endpointIdentifier ?? '' } });
    assert.equal(peer.call?.state, 'alerting');
    await peer.answer();
    assert.equal(caller.call?.state, 'active');
    await peer.hangUp();
    assert.equal(caller.call?.state, 'released');
    // who did not register does not get there
    await caller.dial('1003');
    assert.notEqual(peer.call?.state, 'alerting');
  });

  it('until they are removed, fall silent, or we go', async () => {
    await begin();
    const device = await register(['1002']);
    const [first] = rig.devices.view.list({ limit: 1 }).items;
    assert.equal(await rig.devices.view.remove('unknown'), false);
    assert.equal(await rig.devices.view.remove(first?.id ?? ''), true);
    assert.deepEqual(listed(), []);
    await settle(rig.clock);
    assert.deepEqual(device.lost, ['maintenance']);
    await settle(rig.clock, 20_000);
    assert.deepEqual(listed(), ['1002 1002 Roomy']);
    rig.devices.close();
    await settle(rig.clock);
    assert.deepEqual(device.lost, ['maintenance', 'maintenance']);
  });

  it('and find us by multicast where that is on', async () => {
    await begin({ devices: { discovery: { interfaces: ['127.0.0.1'] } } });
    const here = await register(['1002'], { gatekeeper: 'multicast' });
    assert.equal(here.client.state, 'registered');
    const other = await register(['1003'], { gatekeeper: 'multicast', gatekeeperIdentifier: 'another' });
    assert.equal(other.client.state, 'discovering');
    assert.deepEqual(other.refused, []);
  });
});
