import assert from 'node:assert/strict';
import {
  mediaTraversalFeature,
  mediaTraversalIn,
  traversalIn,
  traversalInformation,
} from '../../../src/protocol/h323/h460/traversal.js';
import { settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';

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
    assert.deepEqual(audio?.params?.traversal, { keepAlive: 127 });
  });

  it('may send them before it has acknowledged the channel', async () => {
    const peer = await rig.peer({ accepts: false });
    await peer.dial('meeting', { features: features(client) });
    const line = rig.plane.line('/audio');
    assert.deepEqual([line.params?.direction, line.params?.remote], ['inactive', null]);
    assert.deepEqual(line.params?.traversal, { keepAlive: null });
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
