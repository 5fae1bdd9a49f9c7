import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { secured } from '../../../src/media/h245-capabilities.js';
import { KeyOffer } from '../../../src/protocol/h323/h235/key-exchange.js';
import { addressOf, CalledPeer } from '../../support/dial-rig.js';
import { deviceSet, type Peer, type PeerOptions } from '../../support/h323-rig.js';
import { g711A, g7221, proposals } from '../../support/sound-proposals.js';
import { audioLine, heardAs, soundChains, soundPasses, soundsOffered, withG7221 } from '../../support/through-sound.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { waitUntil } from '../../support/wait.js';

const aes128 = '2.16.840.1.101.3.4.1.2';
const [better, lesser] = [g7221(32_000), g7221(24_000)];

describe('G.722.1 in calls through the gateway', () => {
  let rig: ThroughRig;
  beforeEach(async () => (rig = await startThroughRig()));
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const sounds = (): number => soundChains(rig);
  const released = (device: Peer): Promise<void> => waitUntil(() => device.released !== null, 2000);
  const offeredTo = (device: Peer): number[] =>
    (device.session?.remote?.entries ?? []).flatMap(({ capability }) =>
      capability.kind === 'audio' && capability.codec === 'g7221' ? [capability.bitRate ?? 0] : [],
    );
  const passes = (octets: number): Promise<void> => soundPasses(rig, octets);

  for (const [media, rate, octets] of [
    [better, 32_000, 80],
    [lesser, 24_000, 60],
  ] as const) {
    it(`is passed on from SIP to H.323 at ${rate} bit/s`, async () => {
      const device = await rig.device({ set: deviceSet({ audio: [media, g711A] }) });
      const near = await rig.call(`7${device.port}`);
      near.send('INVITE', withG7221({ 121: 32_000, 122: 24_000 }));
      await near.peer.expect('SIP/2.0 180');
      await device.answer();
      await device.send('audio', media);
      await near.final('INVITE');
      near.ack();
      const number = rate === 32_000 ? 121 : 122;
      assert.equal(audioLine(near.sdp), `${number}`);
      assert.match(near.sdp, new RegExp(`^a=rtpmap:${number} G7221/16000\r\na=fmtp:${number} bitrate=${rate}\r$`, 'm'));
      assert.deepEqual(heardAs(device), media);
      await passes(octets);
      await near.bye();
      await released(device);
    });

    it(`is passed on from H.323 to SIP at ${rate} bit/s`, async () => {
      const device = await rig.device({ set: deviceSet({ audio: [media, g711A] }) });
      await device.dial('9+4930', { fastStart: proposals(g711A, media) });
      const call = await CalledPeer.by(rig.far);
      const number = Number(/^a=rtpmap:(\d+) G7221\/16000\r$/m.exec(call.invite.text)?.[1]);
      assert.equal(audioLine(call.invite.text).split(' ')[0], `${number}`);
      assert.match(call.invite.text, new RegExp(`^a=fmtp:${number} bitrate=${rate}\r$`, 'm'));
      assert.equal(call.invite.text.match(/G7221/g)?.length, 1, 'only what the caller has');
      await call.take(withG7221({ [number]: rate }, `${number}`));
      await waitUntil(() => device.call?.state === 'active', 2000);
      assert.deepEqual(device.accepted?.map(({ direction }) => direction).sort(), ['receive', 'transmit']);
      await passes(octets);
      await call.bye();
      await released(device);
    });
  }

  it('is passed on from H.323 to H.323', async () => {
    const set = deviceSet({ audio: [lesser, better, g711A] });
    const [device, other] = [await rig.device({ set }), await rig.device({ set })];
    await device.dial(`7${other.port}`, { fastStart: proposals(g711A, better) });
    await waitUntil(() => device.call?.state === 'alerting', 2000);
    await other.answer();
    await other.send('audio', better);
    await waitUntil(() => device.call?.state === 'active', 2000);
    assert.deepEqual(offeredTo(other), [32_000]);
    assert.deepEqual(heardAs(other), better);
    await passes(80);
    await device.hangUp();
    await released(other);
  });

  it('is passed on from H.323 to H.323 where both begin slowly', async () => {
    const set = deviceSet({ audio: [g711A, better, lesser] });
    const [device, other] = [await rig.device({ set }), await rig.device({ set })];
    await device.dial(`7${other.port}`);
    await other.answer();
    await waitUntil(() => device.call?.state === 'active', 2000);
    await waitUntil(() => heardAs(device) !== undefined && heardAs(other) !== undefined, 2000);
    for (const one of [device, other]) {
      assert.deepEqual(heardAs(one), better);
      assert.deepEqual(soundsOffered(one), ['g7221'], 'it can send nothing else');
      assert.deepEqual(offeredTo(one), [32_000]);
      await one.send('audio', g711A);
      assert.deepEqual(one.channels('out'), []);
      await one.send('audio', better);
    }
    await passes(80);
    rig.clock.skip(2_000);
    await device.hangUp();
    await released(other);
    assert.deepEqual(offeredTo(other), [32_000], 'it stays so');
  });

  it('is passed on at the rate that both have, where both begin slowly', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [better, lesser, g711A] }) });
    const other = await rig.device({ set: deviceSet({ audio: [g711A, lesser] }) });
    await device.dial(`7${other.port}`);
    await other.answer();
    await waitUntil(() => heardAs(device) !== undefined && heardAs(other) !== undefined, 2000);
    for (const one of [device, other]) await one.send('audio', lesser);
    await passes(60);
    await other.hangUp();
    await released(device);
  });

  it('is not passed on between devices that begin slowly where one has keys for its media', async () => {
    const device = await rig.device({ set: secured(deviceSet({ audio: [better, g711A] }), [aes128]) });
    const other = await rig.device({ set: deviceSet({ audio: [better, g711A] }) });
    await device.dial(`7${other.port}`, { tokens: new KeyOffer(systemChance).tokens });
    await other.answer();
    await waitUntil(() => heardAs(device) !== undefined && heardAs(other) !== undefined, 2000);
    for (const one of [device, other]) assert.deepEqual(soundsOffered(one), ['g711A']);
    await device.hangUp();
    await released(other);
  });

  it('gives way to what can be mixed where a device that begins slowly has it and sends none', async () => {
    const set = deviceSet({ audio: [better, g711A] });
    const [device, other] = [await rig.device({ set }), await rig.device({ set })];
    await device.dial(`7${other.port}`);
    await other.answer();
    await waitUntil(() => heardAs(device) !== undefined && heardAs(other) !== undefined, 2000);
    const paused: Peer[] = [];
    for (const one of [device, other])
      one.session?.on.on('remoteCapabilities', (set) => void (set === null && paused.push(one)));
    await device.send('audio', better);
    await waitUntil(() => device.channels('out').length === 1, 2000);
    rig.clock.skip(2_000);
    await waitUntil(() => device.channels('out').length === 0, 2000);
    for (const one of [device, other]) {
      await waitUntil(() => heardAs(one)?.codec === 'g711A' && offeredTo(one).length === 0, 2000);
      assert.deepEqual(soundsOffered(one), ['g722', 'g711A', 'g711U']);
      await one.send('audio', g711A);
    }
    await waitUntil(() => sounds() === 2, 2000);
    assert.ok(paused.length === 1 && paused[0] === other, 'who sends is not paused');
    await device.hangUp();
    await released(other);
  });

  it('is passed on from SIP to SIP', async () => {
    const near = await rig.call('9+4930');
    near.send('INVITE', withG7221({ 121: 24_000 }));
    const call = await CalledPeer.by(rig.far);
    const number = audioLine(call.invite.text).split(' ')[0] ?? '';
    await call.take(withG7221({ [number]: 24_000 }));
    await near.final('INVITE');
    near.ack();
    assert.equal(audioLine(near.sdp), '121');
    await passes(60);
    await near.bye();
    await call.ends();
  });

  const fromSip = async (device: Peer): Promise<Awaited<ReturnType<ThroughRig['call']>>> => {
    const near = await rig.call(`7${device.port}`);
    near.send('INVITE', withG7221({ 121: 32_000 }));
    await near.peer.expect('SIP/2.0 180');
    await device.answer();
    return near;
  };

  for (const [what, audio, sent] of [
    ['has it not', [g711A], g711A],
    ['has it at another rate', [lesser, g711A], g711A],
    ['sends something else', [better, g711A], g711A],
  ] as const) {
    it(`is not agreed on with a device that ${what}`, async () => {
      const device = await rig.device({ set: deviceSet({ audio: [...audio] }) });
      const near = await fromSip(device);
      await device.send('audio', sent);
      await near.final('INVITE');
      near.ack();
      assert.equal(audioLine(near.sdp), '0');
      await waitUntil(() => heardAs(device)?.codec === 'g711A', 2000);
      await near.bye();
      await released(device);
    });
  }

  it('is ended where a device sends it before anything of ours that never said it takes it', async () => {
    // until the roles are determined we open nothing
    const withholds: PeerOptions['withholds'] = ({ response }) => response?.masterSlaveDeterminationAck !== undefined;
    const device = await rig.device({ set: deviceSet({ audio: [g711A] }), withholds });
    const near = await fromSip(device);
    await device.send('audio', better);
    await waitUntil(() => device.channels('out').length === 1, 2000);
    rig.clock.skip(2_000);
    await near.final('INVITE');
    near.ack();
    assert.equal(audioLine(near.sdp), '0');
    await waitUntil(() => device.channels('out').length === 0, 2000);
    await device.send('audio', g711A);
    await waitUntil(() => device.channels('out').length === 1, 2000);
    await near.bye();
    await released(device);
  });

  it('is taken back from a device that does not send in time, and refused when it does later', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [better, g711A] }) });
    const near = await fromSip(device);
    await waitUntil(() => heardAs(device)?.codec === 'g7221', 2000);
    rig.clock.skip(2_000);
    await near.final('INVITE');
    near.ack();
    assert.equal(audioLine(near.sdp), '0');
    await waitUntil(() => heardAs(device)?.codec === 'g711A' && offeredTo(device).length === 0, 2000);
    await waitUntil(() => {
      const sending = [...rig.plane.lines.values()].filter(({ id, params }) => {
        return id.endsWith('/audio') && params?.send[0]?.name === 'PCMA' && params.direction === 'sendonly';
      });
      return sending.length === 1;
    }, 2000);
    await device.send('audio', better);
    await waitUntil(() => device.channels('out').length === 0, 2000);
    await device.send('audio', g711A);
    await waitUntil(() => device.channels('out').length === 1, 2000);
    await near.bye();
    await released(device);
  });

  it('is not agreed on where the far end would rather send what can be mixed', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [better, g711A] }) });
    await device.dial('9+4930', { fastStart: proposals(better, g711A) });
    const call = await CalledPeer.by(rig.far);
    await call.take(withG7221({ 113: 32_000 }, '0 113'));
    await waitUntil(() => device.call?.state === 'active', 2000);
    const [taken] = device.accepted ?? [];
    assert.equal(taken?.channel.forwardLogicalChannelNumber, 3, 'G.711');
    assert.deepEqual(offeredTo(device), []);
    await call.bye();
    await released(device);
  });

  it('is offered last for a caller who is not known to have it, and to no device', async () => {
    const device = await rig.device({ set: deviceSet({ audio: [better, g711A] }) });
    await device.dial('9+4930');
    const call = await CalledPeer.by(rig.far);
    assert.match(audioLine(call.invite.text), /^9 8 0 96 113 112 101/);
    await call.take();
    await waitUntil(() => device.call?.state === 'active', 2000);
    assert.deepEqual(offeredTo(device), []);
    await call.bye();
    await released(device);
  });

  it('is no codec of rooms', async () => {
    const near = await rig.call('demo');
    near.send('INVITE', withG7221({ 121: 32_000 }));
    await near.final('INVITE');
    near.ack();
    assert.equal(audioLine(near.sdp), '0');
    const device = await rig.device({ set: deviceSet({ audio: [better, g711A] }) });
    await device.dial('demo', { fastStart: proposals(better, g711A) });
    await waitUntil(() => device.call?.state === 'active', 2000);
    assert.equal(device.accepted?.[0]?.channel.forwardLogicalChannelNumber, 3, 'G.711');
    await waitUntil(() => device.session?.remote !== null, 2000);
    assert.deepEqual(offeredTo(device), []);
    rig.dialOut.call(rig.room('demo'), { to: addressOf(rig.far) });
    const call = await CalledPeer.by(rig.far);
    assert.doesNotMatch(call.invite.text, /G7221/);
    await call.refuse('486 Busy Here');
    await near.bye();
    await device.hangUp();
  });
});
