import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import { acceptProposal, parametersOf } from '../../../src/protocol/h323/call/fast-start.js';
import { readAddress, writeAddress, writeOpening } from '../../../src/protocol/h323/control/channel-values.js';
import type { AudioCodec, ChannelMedia } from '../../../src/protocol/h323/control/contract.js';
import type { OpenLogicalChannel } from '../../../src/protocol/h323/h245/schema.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { deviceSet, settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';

const media = { address: '127.0.0.9', port: 6000 };
const control = { address: '127.0.0.9', port: 6001 };

const channel = (kind: ChannelMedia, sessionId: number, at: typeof media | null) => ({
  ...{ media: kind, sessionId, mediaChannel: at, mediaControlChannel: control, encryption: null },
  payloadType: kind.kind === 'video' ? 109 : null,
  packetization: kind.kind === 'video' ? { format: { oid: '0.0.8.241.0.0.0.0' }, payloadType: 109 } : null,
});
const sound = (codec: AudioCodec): ChannelMedia => ({ kind: 'audio', codec, frames: 20 });
const sends = (number: number, kind: ChannelMedia, sessionId = 1): OpenLogicalChannel =>
  writeOpening(number, { forward: channel(kind, sessionId, null), reverse: null });
const receives = (number: number, kind: ChannelMedia, sessionId = 1, at: typeof media | null = media) =>
  writeOpening(number, { forward: null, reverse: channel(kind, sessionId, at) });
const picture: ChannelMedia = { kind: 'video', codec: 'h264', maxBitRate: 768_000, profiles: 64, levelIdc: 22 };
const audioBothWays = [sends(1, sound('g711U')), receives(2, sound('g711U'))];

describe('fast start of a caller', () => {
  let rig: H323Rig;
  beforeEach(async () => (rig = await startH323Rig()));
  afterEach(() => rig.nothingLeft());

  const lines = () => rig.legs('meeting')[0]!.lines;
  const taken = ({ accepted }: Peer): string[] =>
    (accepted ?? []).map(({ direction, channel: { forwardLogicalChannelNumber: number } }) => `${direction} ${number}`);

  it('opens what is in common, with the addresses of both, before H.245', async () => {
    const peer = await rig.peer({ noControl: true });
    await peer.dial('meeting', {
      fastStart: [
        ...[sends(1, sound('g729')), receives(2, sound('g729'))],
        ...[sends(3, sound('g711U')), receives(4, sound('g711U'))],
        ...[sends(5, picture, 2), receives(6, picture, 2)],
      ],
    });
    assert.deepEqual(taken(peer), ['transmit 3', 'receive 101', 'transmit 5', 'receive 102']);
    const { audio, video } = lines();
    assert.deepEqual(audio?.params?.remote, { address: '127.0.0.9', rtpPort: 6000, rtcpPort: 6001 });
    assert.deepEqual([audio.params.send[0]?.name, audio.params.receive[0]?.name], ['PCMU', 'PCMU']);
    assert.deepEqual(
      video?.params?.send.map((format) => [format.pt, 'mode' in format && format.mode]),
      [[109, 0]],
    );
    assert.equal(video.params.maxKbps, 768);
    const told = peer.accepted?.map((one) => parametersOf(one.channel, one.direction));
    assert.deepEqual(readAddress(told?.[0]?.mediaChannel), { address: '127.0.0.1', port: audio.local.rtpPort });
    assert.deepEqual(readAddress(told?.[1]?.mediaControlChannel), { address: '127.0.0.1', port: audio.local.rtcpPort });
    assert.deepEqual(readAddress(told?.[2]?.mediaChannel), { address: '127.0.0.1', port: video.local.rtpPort });
    // where the caller receives it has said itself
    assert.equal(told?.[1]?.mediaChannel, undefined);
  });

  it('is sent single NAL units where it says nothing of packets', async () => {
    const peer = await rig.peer({ noControl: true });
    const silent = { ...channel(picture, 2, media), packetization: null };
    await peer.dial('meeting', { fastStart: [writeOpening(9, { forward: null, reverse: silent })] });
    const [format] = lines().video?.params?.send ?? [];
    assert.equal(format?.name === 'H264' && format.mode, 0);
  });

  it('is added to by H.245: pictures, keys and H.239', async () => {
    const peer = await (await rig.peer()).dial('meeting', { fastStart: audioBothWays });
    assert.deepEqual(taken(peer), ['transmit 1', 'receive 101']);
    assert.deepEqual(peer.channels('in'), ['video 2']);
    const [leg] = rig.legs('meeting');
    assert.deepEqual(
      leg!.parts.session.channels.map(({ direction, number }) => `${direction} ${number}`),
      ['out 101', 'out 102', 'in 1'],
    );
    assert.equal(leg!.can.content, 'separate');
    peer.session?.press('5', 100);
    const keys: string[] = [];
    leg!.on.on('digits', ({ digit }) => keys.push(digit));
    await settle(rig.clock);
    assert.deepEqual(keys, ['5']);
    // another set does not end what no set has named
    peer.session?.changeCapabilities(deviceSet({ h239: false }));
    await settle(rig.clock);
    assert.deepEqual(
      leg!.parts.session.channels.map(({ direction, number }) => `${direction} ${number}`),
      ['out 101', 'out 102', 'in 1'],
    );
  });

  it('is a channel of H.245 afterwards: it can be held and closed', async () => {
    const peer = await (await rig.peer()).dial('meeting', { fastStart: audioBothWays });
    peer.session?.changeCapabilities(null);
    await settle(rig.clock);
    assert.equal(lines().audio?.params?.direction, 'recvonly');
    peer.session?.changeCapabilities(deviceSet());
    await settle(rig.clock, 1000);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.equal(lines().audio?.params?.direction, 'sendrecv');
  });

  for (const tunnelling of [true, false]) {
    it(`is enough for a device without H.245, tunnelling ${tunnelling}`, async () => {
      const peer = await rig.peer({ noControl: true });
      await peer.dial('meeting', { fastStart: audioBothWays, tunnelling });
      // timers of H.245 and of its connection run out
      await settle(rig.clock, 120_000);
      assert.equal(peer.released, null);
      assert.equal(lines().audio?.params?.direction, 'sendrecv');
      await peer.hangUp();
      assert.equal(rig.room('meeting').size, 0);
    });
  }

  for (const [what, fastStart] of [
    ['no codec in common', [sends(1, sound('g729')), receives(2, sound('g729'))]],
    ['nothing but data', [sends(1, { kind: 'h224', maxBitRate: 4800 }, 3)]],
    ['nowhere to send to', [receives(1, sound('g711A'), 1, null)]],
  ] as const) {
    it(`is refused for ${what}, and H.245 does all`, async () => {
      const peer = await (await rig.peer()).dial('meeting', { fastStart });
      assert.deepEqual(peer.accepted, []);
      await peer.send('audio');
      assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
      assert.equal(lines().audio?.params?.direction, 'sendrecv');
    });
  }

  it('takes each line once, and each number of the caller', async () => {
    const peer = await rig.peer({ noControl: true });
    const all = (channels: (typeof sends)[]) => channels.map((how) => [how(1, sound('g711A')), how(1, picture, 2)]);
    // H323Plus gives all that it proposes to receive number 1
    await peer.dial('meeting', { fastStart: all([sends, receives, receives]).flat() });
    assert.deepEqual(taken(peer), ['transmit 1', 'receive 101', 'receive 102']);
    assert.deepEqual([lines().audio?.params?.direction, lines().video?.params?.direction], ['sendrecv', 'sendonly']);
  });

  it('is refused where no port is free, and the call ends without media', async () => {
    rig.plane.limit = 0;
    const peer = await rig.peer({ noControl: true });
    await peer.dial('meeting', { fastStart: audioBothWays });
    assert.deepEqual(peer.accepted, []);
    await settle(rig.clock, 30_000);
    assert.ok(peer.released);
  });

  it('of one who hangs up meanwhile leaves no port open', async () => {
    let open = (): void => undefined;
    rig.plane.gate = new Promise((resolve) => (open = resolve));
    const peer = await (await rig.peer({ noControl: true })).dial('meeting', { fastStart: audioBothWays });
    assert.equal(peer.call?.state, 'proceeding');
    await peer.hangUp();
    open();
    await settle(rig.clock);
    assert.deepEqual([...rig.plane.lines.keys()], []);
    assert.equal(rig.room('meeting').size, 0);
  });
});

describe('fast start of a call of ours', () => {
  let rig: H323Rig;
  let peer: Peer;
  afterEach(() => rig.nothingLeft());

  const call = async (options: { noControl?: boolean } = {}, earlyH245 = false): Promise<void> => {
    rig = await startH323Rig({ start: { fastStart: true, tunnelling: true, earlyH245 }, dialSrtp: 'off' });
    peer = await rig.peer(options);
    const { clock, metrics, dialer } = rig;
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    dialOut.call(rig.room('demo'), { to: `h323:board@127.0.0.1:${peer.port}` });
    await settle(clock);
  };

  it('that is refused is a slow start by the same ports', async () => {
    await call();
    const ports = [...rig.plane.lines.values()].map(({ local }) => local.rtpPort);
    await peer.answer();
    await peer.send('audio');
    await peer.send('video');
    const { audio, video } = rig.legs('demo')[0]!.lines;
    assert.deepEqual([audio?.local.rtpPort, video?.local.rtpPort], ports);
    assert.deepEqual([audio?.params?.direction, video?.params?.direction], ['sendrecv', 'sendrecv']);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
  });

  it('can be taken while it rings, by numbers of the callee', async () => {
    await call({ noControl: true });
    const one = peer.call?.proposals.find(({ direction, sessionID }) => direction === 'receive' && sessionID === 1);
    // what ooh323c does: its own number for what it sends
    peer.call?.progress({ fastStart: [{ ...one!.channel, forwardLogicalChannelNumber: 1001 }] });
    await settle(rig.clock);
    assert.deepEqual(
      [...rig.plane.lines.values()].map(({ params }) => params?.direction),
      ['recvonly', undefined],
    );
    // nobody has to speak while it rings
    await settle(rig.clock, 40_000);
    await peer.answer();
    const [leg] = rig.legs('demo');
    assert.deepEqual(
      leg!.parts.session.channels.map(({ number }) => number),
      [1001],
    );
    assert.equal(leg!.lines.audio?.params?.direction, 'recvonly');
  });

  it('is waited for when H.245 is ready before it is answered', async () => {
    await call({}, true);
    assert.equal(peer.session?.role, 'slave');
    assert.deepEqual(peer.session.channels, []);
    const one = peer.call?.proposals.find(({ direction, sessionID }) => direction === 'transmit' && sessionID === 1);
    const here = writeAddress(media);
    peer.call?.connect({ fastStart: [acceptProposal(one!, { mediaChannel: here, mediaControlChannel: here })] });
    await settle(rig.clock);
    assert.deepEqual(
      rig.legs('demo')[0]!.parts.session.channels.map(({ number, sessionId }) => [number, sessionId]),
      [
        [1, 1],
        [101, 2],
      ],
    );
  });

  it('that nobody answers gives its ports back', async () => {
    await call();
    assert.equal(rig.plane.lines.size, 2);
    peer.call?.release({ cause: 17 });
    await settle(rig.clock);
    assert.equal(rig.plane.lines.size, 0);
    assert.equal((await rig.metrics.text()).includes('h323_legs_ended_total'), false);
  });
});
