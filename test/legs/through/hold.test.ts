import assert from 'node:assert/strict';
import { CalledPeer } from '../../support/dial-rig.js';
import { deviceSet, type Peer } from '../../support/h323-rig.js';
import { describePeer, linesOf } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import type { Seen } from '../../support/sip-peer.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { waitUntil } from '../../support/wait.js';

const set = deviceSet();

describe('hold of calls through the gateway', () => {
  let rig: ThroughRig;
  let device: Peer;
  beforeEach(async () => {
    rig = await startThroughRig();
    device = await rig.device({ set });
  });
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const flows =
    (how: string): ((seen: Seen) => string) =>
    (seen) => {
      assert.equal(linesOf(seen.message.body.toString()), how);
      return seen.text;
    };
  const pictures = (count: number): Promise<void> =>
    waitUntil(() => rig.plane.chains().filter((chain) => chain.includes('/video')).length === count, 2000);
  const sends = (...what: string[]): Promise<void> =>
    waitUntil(
      () => device.channels('out').sort().join() === what.join(),
      2000,
      () => device.channels('out').join(),
    );
  const hears = (...what: string[]): Promise<void> =>
    waitUntil(
      () => device.channels('in').sort().join() === what.join(),
      2000,
      () => device.channels('in').join(),
    );
  const both = ['audio 1', 'video 2'];
  const called = async (): Promise<RawCall> => {
    const near = await rig.call(`7${device.port}`);
    near.send('INVITE', describePeer());
    await near.peer.expect('SIP/2.0 180');
    await device.answer();
    await near.final('INVITE');
    near.ack();
    await device.send('audio');
    await device.send('video');
    await pictures(2);
    return near;
  };
  const over = async (near: RawCall): Promise<void> => {
    await near.bye();
    await waitUntil(() => device.released !== null, 2000);
  };
  /** The SIP end takes a re-INVITE of the gateway. */
  const agrees = async (near: RawCall, version: number, how: string, theirs: string): Promise<void> => {
    const invite = await near.request('INVITE');
    flows(`audio ${how}, video ${how}`)(invite);
    near.peer.answer(
      invite,
      '200 OK',
      [`Contact: ${near.contact}`],
      describePeer({ version, audio: theirs, video: theirs }),
    );
    await near.request('ACK');
  };
  const offers = async (near: RawCall, version: number, how: string): Promise<void> => {
    near.send('INVITE', describePeer({ version, audio: how, video: how }));
    assert.match((await near.final('INVITE')).start, / 200 /);
    near.ack();
  };

  it('by a device is a hold of the SIP end, and over when the device takes media again', async () => {
    const near = await called();
    device.session?.changeCapabilities(null);
    await agrees(near, 2, 'sendonly', 'recvonly');
    await hears();
    device.session?.changeCapabilities(set);
    await agrees(near, 3, 'sendrecv', 'sendrecv');
    await hears(...both);
    await pictures(2);
    await over(near);
  });

  it('by a device that sends nothing either leaves the SIP end inactive', async () => {
    const near = await called();
    for (const kind of ['audio', 'video'] as const) device.channel('out', kind).close();
    await sends();
    device.session?.changeCapabilities(null);
    await agrees(near, 2, 'inactive', 'inactive');
    device.session?.changeCapabilities(set);
    await agrees(near, 3, 'sendrecv', 'sendrecv');
    await hears(...both);
    await over(near);
  });

  for (const how of ['sendonly', 'inactive']) {
    it(`by the SIP end (${how}) is an empty capability set for the device, which sends again after it`, async () => {
      const near = await called();
      await offers(near, 2, how);
      await waitUntil(() => device.session?.paused === true, 2000);
      await sends();
      // what it is played is its own to close
      await hears(...both);
      await offers(near, 3, 'sendrecv');
      await waitUntil(() => device.session?.paused === false, 2000);
      assert.equal(
        device.capabilities?.entries.some(({ capability }) => capability.kind === 'audio'),
        true,
      );
      await device.send('audio');
      await device.send('video');
      await sends(...both);
      await pictures(2);
      await over(near);
    });
  }

  it('by both is over for each when the other one takes media again', async () => {
    const near = await called();
    device.session?.changeCapabilities(null);
    await agrees(near, 2, 'sendonly', 'recvonly');
    // the SIP end holds as well: it answers to the end of the device's hold with its own
    device.session?.changeCapabilities(set);
    await agrees(near, 3, 'sendrecv', 'sendonly');
    await waitUntil(() => device.session?.paused === true, 2000);
    await offers(near, 4, 'sendrecv');
    await waitUntil(() => device.session?.paused === false, 2000);
    await over(near);
  });

  it('that the SIP end refuses changes nothing else', async () => {
    const near = await called();
    device.session?.changeCapabilities(null);
    near.peer.answer(await near.request('INVITE'), '488 Not Acceptable Here');
    await near.request('ACK');
    device.session?.changeCapabilities(set);
    await agrees(near, 2, 'sendrecv', 'sendrecv');
    await hears(...both);
    await pictures(2);
    await over(near);
  });

  it('by an H.323 caller is one of the SIP end that was called, and by one device of the other', async () => {
    const other = await rig.device({ set });
    await device.dial(`7${other.port}`);
    await waitUntil(() => device.call?.state === 'alerting', 2000);
    await other.answer();
    for (const one of [device, other]) for (const kind of ['audio', 'video'] as const) await one.send(kind);
    await pictures(2);
    device.session?.changeCapabilities(null);
    await waitUntil(() => other.session?.paused === true, 2000);
    device.session?.changeCapabilities(set);
    await waitUntil(() => other.session?.paused === false, 2000);
    await device.hangUp();
    await waitUntil(() => other.released !== null, 2000);
  });

  it('by a SIP caller is one of the SIP end that was called', async () => {
    const near = await rig.call('9+4930');
    near.send('INVITE', describePeer());
    const call = await CalledPeer.by(rig.far);
    await call.take(describePeer());
    await near.final('INVITE');
    near.ack();
    await offers(near, 2, 'sendonly');
    const invite = await call.request('INVITE');
    assert.match(linesOf(invite.message.body.toString()), /^audio sendonly, video sendonly/);
    rig.far.answer(
      invite,
      '200 OK',
      [call.contact],
      describePeer({ version: 2, audio: 'recvonly', video: 'recvonly' }),
    );
    await call.request('ACK');
    await near.bye();
    await call.ends();
  });
});
