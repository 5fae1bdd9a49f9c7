import assert from 'node:assert/strict';
import { CalledPeer } from '../../support/dial-rig.js';
import type { AudioMedia, MultimediaSystemControlMessage } from '../../../src/protocol/h323/control/contract.js';
import { deviceSet, type Peer, type PeerOptions } from '../../support/h323-rig.js';
import { describePeer, linesOf } from '../../support/offers.js';
import { g7221 } from '../../support/sound-proposals.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { waitUntil } from '../../support/wait.js';

const everything = describePeer({ content: 'sendrecv', floor: 'UDP' });

describe('calls through the gateway', () => {
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

  const pictures = (): number => rig.plane.chains().filter((chain) => chain.includes('/video')).length;

  it('from H.323 to a trunk ring, are answered, carry media and end with either side', async () => {
    await device.dial('9+4930', { source: [{ dialledDigits: '4711' }], callingNumber: '4711' });
    const call = await CalledPeer.by(rig.far);
    assert.match(call.invite.start, /^INVITE sip:\+4930@/);
    assert.match(call.header('from'), /^"Room System" <sip:4711@/);
    assert.equal(device.call?.state, 'proceeding');
    call.progress('180 Ringing');
    await waitUntil(() => device.call?.state === 'alerting', 2000);
    await call.take();
    await waitUntil(() => device.call?.state === 'active', 2000);
    await device.send('audio');
    await device.send('video');
    await waitUntil(() => pictures() === 2, 2000);
    await call.bye();
    await waitUntil(() => device.released !== null, 2000);
    assert.equal(device.released?.cause, 16);
  });

  it('from SIP to H.323 ring, are answered, carry media and end with either side', async () => {
    const near = await rig.call(`7${device.port}`, 'Anna');
    near.send('INVITE', everything);
    await near.peer.expect('SIP/2.0 180');
    assert.deepEqual(device.call?.called.aliases, [{ 'h323-ID': 'board' }]);
    assert.equal(device.call?.peer.display, 'Anna');
    assert.equal(device.call?.setup?.hopCount, 31);
    await device.answer();
    assert.match((await near.final('INVITE')).start, / 200 /);
    near.ack();
    assert.equal(linesOf(near.sdp), 'audio sendrecv, video sendrecv, application, video sendrecv');
    await device.send('audio');
    await device.send('video');
    await waitUntil(() => pictures() === 2, 2000);
    await device.hangUp();
    const bye = await near.request('BYE');
    near.peer.answer(bye, '200 OK');
    assert.match(bye.text, /Reason: Q\.850;cause=16/);
  });

  it('from H.323 to H.323 ring, are answered, carry media and end with either side', async () => {
    const other = await rig.device();
    await device.dial(`7${other.port}`, { setup: { hopCount: 9 } });
    await waitUntil(() => device.call?.state === 'alerting', 2000);
    assert.equal(other.call?.peer.display, 'Room System');
    assert.equal(other.call?.setup?.hopCount, 8);
    await other.answer();
    await waitUntil(() => device.call?.state === 'active', 2000);
    assert.equal(device.call?.peer.display, 'Called');
    await device.send('video');
    await other.send('video');
    await waitUntil(() => pictures() === 2, 2000);
    await device.hangUp();
    await waitUntil(() => other.released !== null, 2000);
    assert.equal(other.released?.cause, 16);
  });
});

describe('sound of calls through the gateway', () => {
  let rig: ThroughRig;
  beforeEach(async () => (rig = await startThroughRig()));
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const sounds = (): number => rig.plane.chains().filter((chain) => chain.includes('/audio')).length;
  const g722: AudioMedia = { kind: 'audio', codec: 'g722', frames: 20 };
  const g711A: AudioMedia = { kind: 'audio', codec: 'g711A', frames: 20 };
  const g711U: AudioMedia = { kind: 'audio', codec: 'g711U', frames: 20 };

  it('is passed on from SIP to H.323 in the codec of the caller, whatever the device likes best', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [g711A, g711U] }) });
    const near = await rig.call(`7${device.port}`);
    near.send('INVITE', describePeer());
    await near.peer.expect('SIP/2.0 180');
    await device.answer();
    await near.final('INVITE');
    near.ack();
    await device.send('audio', g711U);
    await waitUntil(() => sounds() === 2, 2000);
    assert.equal(rig.bridge.conferences.size, 0, 'nobody mixes');
    await near.bye();
    await waitUntil(() => device.released !== null, 2000);
  });

  it('is passed on from H.323 to SIP in the codec of who answered', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [g711A, g711U] }) });
    await device.dial('9+4930');
    const call = await CalledPeer.by(rig.far);
    assert.match(call.invite.text, /^m=audio \d+ RTP\/AVP 9 8 0 /m, 'what H.323 has goes before Opus');
    await call.take();
    await waitUntil(() => device.call?.state === 'active', 2000);
    await device.send('audio', g711U);
    await waitUntil(() => sounds() === 2, 2000);
    await call.bye();
    await waitUntil(() => device.released !== null, 2000);
  });

  it('is passed on from H.323 to SIP in the codec of who answered, whatever a device that begins slowly likes best', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [g711A, g711U] }) });
    await device.dial('9+4930');
    const call = await CalledPeer.by(rig.far);
    await call.take();
    await waitUntil(() => device.call?.state === 'active' && device.capabilities !== null, 2000);
    assert.deepEqual(offered(device), ['g711U'], 'it can send nothing else');
    await device.send('audio', g711A);
    assert.deepEqual(device.channels('out'), []);
    await device.send('audio', g711U);
    await waitUntil(() => sounds() === 2, 2000);
    await call.bye();
    await waitUntil(() => device.released !== null, 2000);
  });

  it('is mixed where a device that begins slowly has no codec of who answered, and is told what else there is', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [g711A] }) });
    await device.dial('9+4930');
    const call = await CalledPeer.by(rig.far);
    await call.take();
    await waitUntil(() => device.call?.state === 'active', 2000);
    await waitUntil(() => device.channels('in').includes('audio 1'), 2000);
    await device.send('audio', g711A);
    await waitUntil(() => [...rig.bridge.conferences.values()].some(({ members }) => members.size === 2), 2000);
    assert.equal(sounds(), 0);
    await call.bye();
    await waitUntil(() => device.released !== null, 2000);
  });

  const late: PeerOptions = { withholds: ({ request }) => request?.terminalCapabilitySet !== undefined };
  /** Two devices that begin slowly, the one connected with the other. */
  const connected = async (near: PeerOptions, far: PeerOptions): Promise<[Peer, Peer]> => {
    const [device, other] = [await rig.device(near), await rig.device(far)];
    await device.dial(`7${other.port}`);
    await waitUntil(() => device.call?.state === 'alerting', 2000);
    await other.answer();
    await waitUntil(() => device.call?.state === 'active', 2000);
    return [device, other];
  };
  const offered = (one: Peer): string[] =>
    (one.capabilities?.entries ?? []).flatMap(({ capability }) =>
      capability.kind === 'audio' ? [capability.codec] : [],
    );
  const ends = async ([device, other]: Peer[]): Promise<void> => {
    await device!.hangUp();
    await waitUntil(() => other!.released !== null, 2000);
  };
  const mixed = (): boolean => [...rig.bridge.conferences.values()].some(({ members }) => members.size === 2);

  it('is passed on between H.323 devices that begin slowly in what both have, whatever each likes best', async () => {
    const both = await connected(
      { set: deviceSet({ audio: [g711A, g711U] }) },
      { set: deviceSet({ audio: [g722, g711U] }) },
    );
    for (const one of both) {
      await waitUntil(() => one.channels('in').includes('audio 1'), 2000);
      assert.deepEqual(offered(one), ['g711U']);
      await one.send('audio', g711U);
    }
    await waitUntil(() => sounds() === 2, 2000);
    assert.equal(rig.bridge.opened, 0, 'nobody mixes');
    await ends(both);
  });

  it('is mixed between H.323 devices that begin slowly and have no codec in common', async () => {
    const both = await connected({ set: deviceSet({ audio: [g711A] }) }, { set: deviceSet({ audio: [g711U] }) });
    for (const [index, codec] of [g711A, g711U].entries()) {
      await waitUntil(() => both[index]!.channels('in').includes('audio 1'), 2000);
      await both[index]!.send('audio', codec);
    }
    await waitUntil(mixed, 2000);
    await ends(both);
  });

  it('is passed on between H.323 devices of which one says what it takes only when it was told', async () => {
    const unsaid: MultimediaSystemControlMessage[] = [];
    const withholds: PeerOptions['withholds'] = (pdu) =>
      pdu.request?.terminalCapabilitySet !== undefined && unsaid.push(pdu) === 1;
    const [device, other] = await connected(
      { set: deviceSet({ audio: [g7221(32_000), g722, g711A] }) },
      { set: deviceSet({ audio: [g7221(32_000), g711U, g711A] }), withholds },
    );
    rig.clock.skip(400);
    await waitUntil(() => offered(other).join(' ') === 'g722 g711A', 1000);
    assert.deepEqual(offered(device), []);
    other.session?.send(unsaid[0]!);
    for (const one of [device, other]) {
      await waitUntil(() => offered(one).join(' ') === 'g711A', 2000);
      await one.send('audio', g711A);
    }
    await waitUntil(() => sounds() === 2, 2000);
    await ends([device, other]);
  });

  it('is mixed where one of them does not say what it takes', async () => {
    const both = await connected({ set: deviceSet({ audio: [g711A] }) }, late);
    rig.clock.skip(400);
    await waitUntil(() => offered(both[1]).join(' ') === 'g711A', 2000);
    assert.deepEqual(offered(both[0]), []);
    rig.clock.skip(2_000);
    for (const one of both) await waitUntil(() => offered(one).join(' ') === 'g722 g711A g711U', 2000);
    await ends(both);
  });

  it('is mixed where neither says what it takes before it was told', async () => {
    rig.clock.stand();
    const both = await connected(late, late);
    for (const one of both) assert.deepEqual(offered(one), []);
    rig.clock.skip(400);
    rig.clock.go();
    for (const one of both) await waitUntil(() => offered(one).join(' ') === 'g722 g711A g711U', 2000);
    await ends(both);
  });

  it('stays held between H.323 devices that begin slowly, of which one holds at once', async () => {
    const set = deviceSet({ audio: [g711A] });
    const both = await connected({ set }, { set });
    const [device, other] = both;
    await waitUntil(() => offered(other).join(' ') === 'g711A', 2000);
    device.session?.changeCapabilities(null);
    await waitUntil(() => other.capabilities === null, 2000);
    rig.clock.skip(2_000);
    device.session?.changeCapabilities(set);
    await waitUntil(() => offered(other).length > 0, 2000);
    assert.deepEqual(offered(other), ['g711A']);
    for (const one of both) await one.send('audio', g711A);
    await waitUntil(() => sounds() === 2, 2000);
    await ends(both);
  });

  it('is passed on so where no keys are offered either, and H.245 could begin before the answer', async () => {
    await rig.nothingLeft();
    await rig.close();
    rig = await startThroughRig(undefined, 'off');
    const both = await connected({ set: deviceSet({ audio: [g711A, g711U] }) }, { set: deviceSet({ audio: [g711U] }) });
    for (const one of both) await waitUntil(() => offered(one).join(' ') === 'g711U', 2000);
    await ends(both);
  });

  for (const [what, start] of [
    ['begin with fast start', { fastStart: true, tunnelling: true, earlyH245: false }],
    ['have H.245 in the Setup', { fastStart: false, tunnelling: true, earlyH245: true }],
  ] as const) {
    it(`is not waited for where our calls ${what}`, async () => {
      await rig.nothingLeft();
      await rig.close();
      rig = await startThroughRig(start, 'off');
      const both = await connected({}, {});
      await waitUntil(() => offered(both[1]).length > 0, 1000);
      assert.deepEqual(offered(both[1]), ['g722', 'g711A', 'g711U'], 'it is not told of what the caller has alone');
      await ends(both);
    });
  }

  it('is waited for no longer than the call lasts', async () => {
    rig.clock.stand();
    const both = await connected({}, late);
    await ends(both);
    await waitUntil(() => rig.h323.load === 0, 2000);
    for (const one of both) assert.deepEqual(offered(one), []);
    await waitUntil(
      () => rig.clock.pending === 0,
      1000,
      () => `${rig.clock.pending} timers`,
    );
    rig.clock.go();
  });

  it('is in other codecs where one of them does not send what both have', async () => {
    const both = await connected(
      { set: deviceSet({ audio: [g722, g711A] }) },
      { set: deviceSet({ audio: [g722, g711A] }) },
    );
    for (const one of both) await waitUntil(() => offered(one).join(' ') === 'g722', 2000);
    await both[0].send('audio', g722);
    rig.clock.skip(2_000);
    for (const one of both) await waitUntil(() => offered(one).join(' ') === 'g722 g711A g711U', 2000);
    await both[1].send('audio', g711A);
    await waitUntil(mixed, 2000);
    await ends(both);
  });

  it('is mixed where the two have no codec in common', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [g711A] }) });
    const near = await rig.call(`7${device.port}`);
    near.send('INVITE', describePeer());
    await near.peer.expect('SIP/2.0 180');
    await device.answer();
    await near.final('INVITE');
    near.ack();
    await device.send('audio');
    await waitUntil(() => [...rig.bridge.conferences.values()].some(({ members }) => members.size === 2), 2000);
    assert.equal(sounds(), 0);
    await near.bye();
    await waitUntil(() => device.released !== null, 2000);
  });
});
