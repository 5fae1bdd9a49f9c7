import assert from 'node:assert/strict';
import { causes } from '../../../src/protocol/h323/q931-names.js';
import { CalledPeer } from '../../support/dial-rig.js';
import type { Peer } from '../../support/h323-rig.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { waitUntil } from '../../support/wait.js';

const everything = describePeer({ content: 'sendrecv', floor: 'UDP' });

describe('calls through the gateway that come to nothing', () => {
  let rig: ThroughRig;
  let device: Peer;
  beforeEach(async () => {
    rig = await startThroughRig();
    device = await rig.device();
  });
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const released = (): Promise<void> => waitUntil(() => device.released !== null, 2000);
  const calling = async (uri = `7${device.port}`): Promise<RawCall> => {
    const near = await rig.call(uri, 'Anna');
    near.send('INVITE', everything);
    return near;
  };

  // RFC 3398 §8.2.6.1
  for (const [status, cause] of [
    ['404 Not Found', 1],
    ['486 Busy Here', 17],
    ['480 Temporarily Unavailable', 18],
    ['603 Decline', 21],
    ['403 Forbidden', 21],
    ['407 Proxy Authentication Required', 21],
    ['410 Gone', 22],
    ['482 Loop Detected', 25],
    ['484 Address Incomplete', 28],
    ['405 Method Not Allowed', 63],
    ['503 Service Unavailable', 41],
    ['406 Not Acceptable', 79],
  ] as const) {
    it(`tell an H.323 caller the cause ${cause} for ${status}`, async () => {
      await device.dial('9+4930');
      const call = await CalledPeer.by(rig.far);
      await call.refuse(status, ['Proxy-Authenticate: Digest realm="t", nonce="n"']);
      await released();
      assert.equal(device.released?.by, 'peer');
      assert.equal(device.released?.cause, cause);
    });
  }

  // RFC 3398 §7.2.4.1
  for (const [cause, status] of [
    [causes.unallocatedNumber, 404],
    [causes.userBusy, 486],
    [causes.noUserResponding, 408],
    [causes.noAnswer, 480],
    [causes.callRejected, 403],
    [causes.numberChanged, 410],
    [causes.invalidNumberFormat, 484],
    [causes.noCircuitAvailable, 503],
    [causes.bearerCapabilityNotImplemented, 488],
    [causes.recoveryOnTimerExpiry, 504],
    [causes.interworking, 500],
  ] as const) {
    it(`tell a SIP caller ${status} for the cause ${cause}`, async () => {
      const near = await calling();
      await near.peer.expect('SIP/2.0 180');
      device.call?.release({ cause });
      assert.match((await near.final('INVITE')).start, new RegExp(`^SIP/2.0 ${status} `));
    });
  }

  it('are given up by the SIP caller while the device rings', async () => {
    const near = await calling();
    await near.peer.expect('SIP/2.0 180');
    near.cancel();
    assert.match((await near.final('INVITE')).start, / 487 /);
    await released();
    assert.equal(device.released?.cause, causes.normalCallClearing);
  });

  it('are given up by the H.323 caller while the far end rings', async () => {
    await device.dial('9+4930');
    const call = await CalledPeer.by(rig.far);
    call.progress('180 Ringing');
    await waitUntil(() => device.call?.state === 'alerting', 2000);
    await device.hangUp();
    const cancel = await call.request('CANCEL');
    assert.match(cancel.text, /Reason: Q\.850;cause=16/);
    rig.far.answer(cancel, '200 OK');
    await call.refuse('487 Request Terminated');
  });

  it('hang up on a far end that answers an H.323 caller who is gone', async () => {
    await device.dial('9+4930');
    const call = await CalledPeer.by(rig.far);
    call.progress('180 Ringing');
    await waitUntil(() => device.call?.state === 'alerting', 2000);
    await device.hangUp();
    rig.far.answer(await call.request('CANCEL'), '200 OK');
    await call.take();
    await call.ends();
  });

  it('are nobody’s whom the gateway does not know', async () => {
    rig.trust.on = false;
    assert.match((await (await calling()).final('INVITE')).start, / 403 /);
    assert.equal(device.call, null);
    await device.dial('9+4930');
    await released();
    assert.equal(device.released?.cause, causes.callRejected);
    assert.equal(rig.far.seen.length, 0);
  });

  it('stop where they went in a circle', async () => {
    const dial = async (setup: object): Promise<number | undefined> => {
      await device.dial('9+4930', { setup });
      await released();
      return device.released?.cause;
    };
    assert.equal(await dial({ hopCount: 1 }), 25);
    // a device sends our own call back
    const near = await calling();
    await near.peer.expect('SIP/2.0 180');
    const { callIdentifier, conferenceID } = device.call!;
    const other = await rig.device();
    await other.dial('9+4930', { numbers: { callReference: 77, callIdentifier, conferenceID } });
    await waitUntil(() => other.released !== null, 2000);
    assert.equal(other.released?.cause, 25);
    near.cancel();
    await near.final('INVITE');
    assert.equal(rig.far.seen.length, 0);
  });

  it('are not made twice at once by one caller', async () => {
    await device.dial('9+4930');
    const call = await CalledPeer.by(rig.far);
    call.progress('180 Ringing');
    const first = device.call;
    await device.dial('9+4930');
    await released();
    assert.equal(device.released?.cause, 25);
    first?.release();
    rig.far.answer(await call.request('CANCEL'), '200 OK');
    await call.refuse('487 Request Terminated');
  });

  it('are not as safe as sips: wants where they go on by H.323', async () => {
    const near = await rig.call('x');
    const sips = Object.assign(near, { uri: `sips:7${device.port}@127.0.0.1` });
    sips.send('INVITE', everything);
    const answer = await sips.final('INVITE');
    assert.match(answer.start, / 480 /);
    assert.match(answer.text, /^Warning: 380 \S+ "SIPS Not Allowed"/m);
    assert.equal(device.call, null);
  });

  it('go to nobody who is registered or can be read', async () => {
    await device.dial('8nobody');
    await released();
    assert.equal(device.released?.cause, causes.noUserResponding);
    const near = await calling('7port');
    assert.match((await near.final('INVITE')).start, / 404 /);
  });
});
