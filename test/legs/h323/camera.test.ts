import assert from 'node:assert/strict';
import { encode } from '../../../src/protocol/asn1/codec.js';
import { MultimediaSystemControlMessage } from '../../../src/protocol/h323/h245/schema.js';
import { writeOpening } from '../../../src/protocol/h323/control/channel-values.js';
import type { ChannelMedia, ChannelParameters } from '../../../src/protocol/h323/control/contract.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { deviceSet, settle, startH323Rig, type H323Rig, type Peer, type PeerOptions } from '../../support/h323-rig.js';

const h224: ChannelMedia = { kind: 'h224', maxBitRate: 6400 };
const at = { address: '127.0.0.9', port: 5010 };
/** A channel of H.224 as a device opens it. */
const camera = (payloadType: number): ChannelParameters => ({
  ...{ media: h224, sessionId: 3, mediaChannel: null, mediaControlChannel: { ...at, port: at.port + 1 } },
  ...{ payloadType, packetization: null, encryption: null },
});

describe('far-end camera control of H.323 devices', () => {
  let rig: H323Rig;
  beforeEach(async () => (rig = await startH323Rig({ fecc: true })));
  afterEach(() => rig.nothingLeft());

  const device = async (options: PeerOptions = { set: deviceSet({ fecc: true }) }): Promise<Peer> => {
    const peer = await (await rig.peer(options)).dial('demo');
    await peer.send('audio');
    await peer.send('video');
    return peer;
  };
  const params = () => rig.plane.line('/fecc').params;
  const feeds = (): string[] => rig.plane.chains().filter((chain) => chain.includes('/fecc'));

  it('goes by a channel of session 3 for each direction, on one port pair', async () => {
    const peer = await device();
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2', 'h224 3']);
    assert.equal(params()?.direction, 'sendonly');
    peer.session?.open({ forward: camera(115), reverse: null });
    await settle(rig.clock);
    const { direction, data, remote } = params() ?? {};
    assert.deepEqual({ direction, data }, { direction: 'sendrecv', data: { receive: 115, send: 100 } });
    assert.deepEqual(remote, { address: '127.0.0.9', rtpPort: 5000, rtcpPort: 5001 });
    const { local } = rig.plane.line('/fecc');
    assert.equal(peer.channel('out', 'h224').acceptance?.mediaChannel?.port, local.rtpPort);
    await peer.hangUp();
  });

  it('moves the camera that is seen, whatever protocol brought it, and is moved', async () => {
    const peer = await device();
    const other = new FakeLeg({ fecc: true });
    rig.room('demo').join(other);
    await settle(rig.clock);
    const own = rig.legs('demo')[0]?.fecc?.id ?? '';
    assert.deepEqual(feeds(), [`${other.id}/fecc -> ${own}`, `${own} -> ${other.id}/fecc`].sort());
    peer.channel('in', 'h224').requestClose();
    await settle(rig.clock);
    assert.deepEqual(feeds(), []);
    assert.equal(rig.legs('demo')[0]?.fecc, null);
    other.hangUp();
    await peer.hangUp();
  });

  it('takes one channel for both directions too', async () => {
    const peer = await device({ set: deviceSet() });
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2'], 'not sent to who does not say that it takes it');
    peer.session?.open({ forward: camera(115), reverse: { ...camera(116), mediaChannel: at } });
    await settle(rig.clock);
    const { direction, data, remote } = params() ?? {};
    assert.deepEqual({ direction, data }, { direction: 'sendrecv', data: { receive: 115, send: 116 } });
    assert.deepEqual(remote, { address: '127.0.0.9', rtpPort: 5010, rtcpPort: 5011 });
    await peer.hangUp();
  });

  it('pauses with everything else, and gives its ports back with its channels', async () => {
    const peer = await device();
    peer.session?.changeCapabilities(null);
    await settle(rig.clock);
    assert.equal(rig.legs('demo')[0]?.fecc, null);
    peer.session?.changeCapabilities(deviceSet({ fecc: true }));
    await settle(rig.clock);
    assert.equal(params()?.direction, 'sendonly');
    await peer.hangUp();
  });

  it('is nothing where it is off, or no port is free', async () => {
    const without = await startH323Rig();
    const peer = await (await without.peer({ set: deviceSet({ fecc: true }) })).dial('demo');
    assert.ok(!peer.channels('in').includes('h224 3'));
    assert.ok(!peer.session?.remote?.entries.some(({ capability }) => capability.kind === 'h224'));
    peer.session?.open({ forward: camera(115), reverse: null });
    await settle(without.clock);
    assert.ok(!peer.channels('out').includes('h224 3'));
    await peer.hangUp();
    await without.nothingLeft();
    rig.plane.limit = 2;
    const poor = await device();
    assert.deepEqual(poor.channels('in'), ['audio 1', 'video 2']);
    await poor.hangUp();
  });

  it('is written as H.323 Annex Q and its devices have it', () => {
    const openLogicalChannel = writeOpening(103, { forward: camera(100), reverse: null });
    const { dataType } = openLogicalChannel.forwardLogicalChannelParameters;
    const { genericDataCapability } = dataType.data?.application ?? {};
    assert.equal(genericDataCapability?.capabilityIdentifier.standard, '0.0.8.224.1.0');
    assert.ok(encode(MultimediaSystemControlMessage, { request: { openLogicalChannel } }).length > 0);
  });
});
