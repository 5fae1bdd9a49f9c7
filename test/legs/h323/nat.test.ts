import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import type { SrtpPolicy } from '../../../src/media/keying.js';
import type { FastStartProposal } from '../../../src/protocol/h323/call/contract.js';
import { acceptProposal } from '../../../src/protocol/h323/call/fast-start.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import {
  mediaTraversalFeature,
  mediaTraversalIn,
  traversalIn,
  traversalInformation,
} from '../../../src/protocol/h323/h460/traversal.js';
import { writeAddress } from '../../../src/protocol/h323/control/channel-values.js';
import type { TransportAddress } from '../../../src/protocol/h323/h245/schema.js';
import type { TraversalParameters } from '../../../src/protocol/h323/h460/media-schema.js';
import { rasDevice } from '../../support/ras-device.js';
import { deviceSet, settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';

const client = mediaTraversalFeature({ multiplex: false, server: false });
const server = mediaTraversalFeature({ multiplex: false, server: true });
const features = (one: typeof client) => ({ replacementFeatureSet: false, supportedFeatures: [one] });

describe('an H.323 device behind NAT', () => {
  let rig: H323Rig;
  beforeEach(async () => (rig = await startH323Rig()));
  afterEach(() => rig.nothingLeft());

  const calling = async (feature: typeof client, keepAlivePayloadType?: number): Promise<Peer> => {
    const acceptance = { genericInformation: [traversalInformation({ keepAlivePayloadType })] };
    return (await rig.peer({ acceptance })).dial('meeting', { features: features(feature) });
  };
  const told = (peer: Peer, kind: 'audio' | 'video') =>
    traversalIn(peer.channel('in', kind).opening.genericInformation);

  it('is answered by a server for media through NAT', async () => {
    const peer = await calling(client);
    assert.deepEqual(mediaTraversalIn(peer.call?.peer.features?.supportedFeatures), { multiplex: false, server: true });
  });

  it('is told where to send signs of life, and how often, with each channel that it receives', async () => {
    const peer = await calling(client);
    const { audio, video } = rig.legs('meeting')[0]!.lines;
    for (const [kind, line] of [
      ['audio', audio],
      ['video', video],
    ] as const) {
      const { keepAliveChannel, keepAliveInterval } = told(peer, kind) ?? {};
      assert.equal(keepAliveChannel?.unicastAddress?.iPAddress?.tsapIdentifier, line?.local.rtpPort);
      assert.deepEqual([...(keepAliveChannel?.unicastAddress?.iPAddress?.network ?? [])], [127, 0, 0, 1]);
      assert.equal(keepAliveInterval, 19);
    }
  });

  it('tells of which payload type they are', async () => {
    await calling(client, 127);
    const { audio } = rig.legs('meeting')[0]!.lines;
    assert.deepEqual(audio?.params?.traversal, { keepAlive: 127, receiveAs: null, sendAs: null });
  });

  it('has its camera control the same way', async () => {
    await rig.nothingLeft();
    rig = await startH323Rig({ fecc: true });
    const acceptance = { genericInformation: [traversalInformation({ keepAlivePayloadType: 127 })] };
    const peer = await rig.peer({ acceptance, set: deviceSet({ fecc: true }) });
    await peer.dial('meeting', { features: features(client) });
    const line = rig.plane.line('/fecc');
    const { keepAliveChannel } = traversalIn(peer.channel('in', 'h224').opening.genericInformation) ?? {};
    assert.equal(keepAliveChannel?.unicastAddress?.iPAddress?.tsapIdentifier, line.local.rtpPort);
    assert.deepEqual(line.params?.traversal, { keepAlive: 127, receiveAs: null, sendAs: null });
  });

  /** A registered device behind a router, which a room calls with fast start. */
  const called = async (dialSrtp: SrtpPolicy): Promise<{ peer: Peer; over(): Promise<void> }> => {
    await rig.nothingLeft();
    rig = await startH323Rig({ devices: {}, start: { fastStart: true, tunnelling: true, earlyH245: false }, dialSrtp });
    const { clock, dialer, metrics } = rig;
    const peer = await rig.peer({ noControl: true });
    const at = { address: '127.0.0.1', port: peer.port };
    const within = { address: '192.168.1.2', port: 1720 };
    const device = await rasDevice(rig, ['hidden'], at, { traversal: true, signalling: [within], ras: within });
    device.client.on.on('incoming', (call) => peer.fetch(call));
    device.client.start();
    await settle(clock);
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    dialOut.call(rig.room('demo'), { to: 'h323:hidden' });
    await settle(clock);
    const over = async (): Promise<void> => {
      const closed = device.close();
      await settle(clock, 10_000);
      await closed;
    };
    return { peer, over };
  };

  it('is told so in fast start of calls of ours as well', async () => {
    const { peer, over } = await called('off');
    const line = rig.plane.line('/audio');
    const isSound = ({ direction, sessionID }: FastStartProposal): boolean =>
      direction === 'transmit' && sessionID === 1;
    const send = peer.call?.proposals.find(isSound);
    assert.ok(send, 'a proposal to send sound');
    const { keepAliveChannel, keepAliveInterval } = traversalIn(send.channel.genericInformation) ?? {};
    assert.equal(keepAliveChannel?.unicastAddress?.iPAddress?.tsapIdentifier, line.local.rtpPort);
    assert.equal(keepAliveInterval, 19);
    const here = writeAddress({ address: '192.168.1.2', port: 3000 });
    const genericInformation = [traversalInformation({ keepAlivePayloadType: 127 })];
    const channel = acceptProposal(send, { mediaChannel: here, mediaControlChannel: here });
    peer.call?.connect({ features: features(client), fastStart: [{ ...channel, genericInformation }] });
    await settle(rig.clock);
    assert.deepEqual(line.params?.traversal, { keepAlive: 127, receiveAs: null, sendAs: null });
    assert.equal(line.params.direction, 'sendonly');
    await over();
  });

  it('is not proposed encrypted fast start', async () => {
    const { peer, over } = await called('optional');
    assert.deepEqual(peer.call?.proposals, []);
    assert.ok((peer.call?.setup?.tokens ?? []).length > 0);
    await over();
  });

  it('may send them before it has acknowledged the channel', async () => {
    const peer = await rig.peer({ accepts: false });
    await peer.dial('meeting', { features: features(client) });
    const line = rig.plane.line('/audio');
    assert.deepEqual([line.params?.direction, line.params?.remote], ['inactive', null]);
    assert.deepEqual(line.params?.traversal, { keepAlive: null, receiveAs: null, sendAs: null });
    await settle(rig.clock);
  });

  it('is none where it is a server itself, or says nothing', async () => {
    for (const peer of [await calling(server), await (await rig.peer()).dial('meeting')]) {
      assert.equal(peer.call?.peer.features, null);
      assert.equal(told(peer, 'audio'), null);
    }
    for (const leg of rig.legs('meeting')) {
      assert.equal(leg.lines.audio?.params?.traversal, undefined);
      assert.equal(leg.lines.audio?.params?.empties, true);
    }
  });
});

describe('an H.323 device behind NAT, where media shares ports', () => {
  const shared = { rtpPort: 2776, rtcpPort: 2777 };
  const elsewhere = writeAddress({ address: '192.168.1.2', port: 3000 });
  const control = writeAddress({ address: '192.168.1.2', port: 3001 });
  let rig: H323Rig;
  beforeEach(async () => (rig = await startH323Rig({ shared: () => shared })));
  afterEach(() => rig.nothingLeft());

  const calling = async (multiplex: boolean, parameters: TraversalParameters = {}): Promise<Peer> => {
    const acceptance = { genericInformation: [traversalInformation(parameters)] };
    const feature = mediaTraversalFeature({ multiplex, server: false });
    return (await rig.peer({ acceptance })).dial('meeting', { features: features(feature) });
  };
  const portOf = (address: TransportAddress | undefined) => address?.unicastAddress?.iPAddress?.tsapIdentifier;

  it('sends to them where it can, with the same identifier for both directions of a line', async () => {
    const peer = await calling(true);
    await peer.send('audio');
    const opened = traversalIn(peer.channel('in', 'audio').opening.genericInformation) ?? {};
    const acknowledged = traversalIn(peer.channel('out', 'audio').acceptance?.genericInformation) ?? {};
    for (const told of [opened, acknowledged]) {
      assert.equal(portOf(told.multiplexedMediaChannel), 2776);
      assert.equal(portOf(told.multiplexedMediaControlChannel), 2777);
    }
    const { audio, video } = rig.legs('meeting')[0]!.lines;
    assert.equal(opened.multiplexID, audio?.params?.traversal?.receiveAs);
    assert.equal(acknowledged.multiplexID, opened.multiplexID);
    assert.equal(portOf(opened.keepAliveChannel), 2776);
    assert.equal(peer.channel('in', 'audio').opening.forward?.mediaControlChannel?.port, 2777);
    const { mediaChannel, mediaControlChannel } = peer.channel('out', 'audio').acceptance ?? {};
    assert.deepEqual([mediaChannel?.port, mediaControlChannel?.port], [2776, 2777]);
    assert.notEqual(video?.params?.traversal?.receiveAs, opened.multiplexID);
    assert.deepEqual(mediaTraversalIn(peer.call?.peer.features?.supportedFeatures), { multiplex: true, server: true });
  });

  it('shares them for its camera control as well', async () => {
    await rig.nothingLeft();
    rig = await startH323Rig({ shared: () => shared, fecc: true });
    const feature = mediaTraversalFeature({ multiplex: true, server: false });
    const multiplexed = { multiplexedMediaChannel: elsewhere, multiplexedMediaControlChannel: control };
    const acceptance = { genericInformation: [traversalInformation({ ...multiplexed, multiplexID: 77 })] };
    const peer = await rig.peer({ acceptance, set: deviceSet({ fecc: true }) });
    await peer.dial('meeting', { features: features(feature) });
    const told = traversalIn(peer.channel('in', 'h224').opening.genericInformation) ?? {};
    const { params } = rig.plane.line('/fecc');
    assert.deepEqual([portOf(told.multiplexedMediaChannel), params?.traversal?.sendAs], [2776, 77]);
    assert.equal(params?.traversal?.receiveAs, told.multiplexID);
    assert.deepEqual(params?.remote, { address: '192.168.1.2', rtpPort: 3000, rtcpPort: 3001 });
  });

  it('is not asked to where it cannot', async () => {
    const peer = await calling(false);
    await peer.send('audio');
    const { multiplexID, keepAliveChannel } = traversalIn(peer.channel('in', 'audio').opening.genericInformation) ?? {};
    assert.equal(multiplexID, undefined);
    assert.equal(portOf(keepAliveChannel), rig.legs('meeting')[0]?.lines.audio?.local.rtpPort);
    assert.equal(peer.channel('out', 'audio').acceptance?.genericInformation, undefined);
  });

  it('gets what it wants before each packet, where it shares ports itself', async () => {
    const multiplexed = { multiplexedMediaChannel: elsewhere, multiplexedMediaControlChannel: control };
    await calling(false, { ...multiplexed, multiplexID: 4_000_000_000, keepAlivePayloadType: 127 });
    const { params } = rig.legs('meeting')[0]?.lines.audio ?? {};
    assert.deepEqual(params?.traversal, { keepAlive: 127, receiveAs: null, sendAs: 4_000_000_000 });
    assert.deepEqual(params.remote, { address: '192.168.1.2', rtpPort: 3000, rtcpPort: 3001 });
  });
});

describe('a gateway that does not help through NAT', () => {
  let rig: H323Rig;
  beforeEach(async () => (rig = await startH323Rig({ traversal: false })));
  afterEach(() => rig.nothingLeft());

  it('says nothing of it', async () => {
    const peer = await (await rig.peer()).dial('meeting', { features: features(client) });
    assert.equal(peer.call?.peer.features, null);
    assert.equal(peer.channel('in', 'audio').opening.genericInformation, undefined);
  });
});
