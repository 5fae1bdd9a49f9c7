import assert from 'node:assert/strict';
import type { H323Leg } from '../../../src/legs/h323/h323-leg.js';
import { capabilitySet } from '../../../src/protocol/h323/control/capabilities.js';
import type {
  Capability,
  CapabilitySet,
  H264Media,
  ModeDescription,
} from '../../../src/protocol/h323/control/contract.js';
import { writeH264 } from '../../../src/protocol/h323/control/h264-values.js';
import { deviceSet, settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';

const sounds: Capability[] = [
  { kind: 'audio', codec: 'g722', frames: 20 },
  { kind: 'audio', codec: 'g711A', frames: 20 },
  { kind: 'audio', codec: 'g711U', frames: 20 },
];
const large: H264Media = { kind: 'video', codec: 'h264', maxBitRate: 1_920_000, profiles: 64, levelIdc: 31 };
const small: H264Media = { ...large, maxBitRate: 384_000, levelIdc: 13 };
/** Two sizes of picture. */
const twoSizes: CapabilitySet = capabilitySet(
  [sounds, [large, small]].map((group) => group.map((capability) => ({ direction: 'receive' as const, capability }))),
);
type ModeElement = ModeDescription[number];
const [pcmu, pcma, g722]: ModeElement[] = (['g711Ulaw64k', 'g711Alaw64k', 'g722-64k'] as const).map((name) => ({
  type: { audioMode: { [name]: true } as { g711Ulaw64k: true } },
}));
const h264 = (media: H264Media): ModeElement => ({ type: { videoMode: { genericVideoMode: writeH264(media) } } });
const plainH264: ModeElement = {
  type: { videoMode: { genericVideoMode: { capabilityIdentifier: { standard: '0.0.8.241.0.0.1' } } } },
};
const h261: ModeElement = {
  type: {
    videoMode: { h261VideoMode: { resolution: { cif: true }, bitRate: 100, stillImageTransmission: false } },
  },
};
const g729: ModeElement = { type: { audioMode: { g729: true } } };

describe('an H.323 device asks for another mode', () => {
  let rig: H323Rig;
  let peer: Peer;
  const enter = async (set: CapabilitySet = deviceSet({ audio: sounds })): Promise<void> => {
    peer = await (await rig.peer({ set })).dial('meeting');
    await peer.send('audio');
    peer.session?.on.on('modeAnswered', ({ why }) => peer.heard.push(why));
  };
  beforeEach(async () => (rig = await startH323Rig()));
  afterEach(() => rig.nothingLeft());

  const ask = async (...modes: (ModeElement | undefined)[][]): Promise<string | undefined> => {
    peer.session?.requestMode(modes.map((mode) => mode.filter((one) => one !== undefined)));
    await settle(rig.clock);
    return peer.heard.pop();
  };
  const leg = (): H323Leg => rig.legs('meeting')[0]!;
  const sound = (): string | undefined => leg().lines.audio?.params?.send[0]?.name;

  it('is sent another codec on the same ports', async () => {
    await enter();
    const ports = leg().lines.audio?.local;
    assert.equal(sound(), 'G722');
    for (const [mode, name] of [
      [pcmu, 'PCMU'],
      [pcma, 'PCMA'],
      [g722, 'G722'],
    ] as const) {
      assert.equal(await ask([mode, plainH264]), 'willTransmitMostPreferredMode');
      assert.equal(sound(), name);
      assert.deepEqual(peer.channels('in'), ['video 2', 'audio 1']);
      assert.equal(leg().lines.audio?.params?.direction, 'sendrecv');
      assert.deepEqual(leg().lines.audio?.local, ports);
    }
    // what is sent already stays as it is
    const before = peer.channel('in', 'audio').number;
    assert.equal(await ask([g722, plainH264]), 'willTransmitMostPreferredMode');
    assert.equal(peer.channel('in', 'audio').number, before);
  });

  it('is sent the first of its modes that can be', async () => {
    await enter();
    assert.equal(await ask([g729], [pcmu, h261], [pcma], [pcmu]), 'willTransmitLessPreferredMode');
    assert.equal(sound(), 'PCMA');
  });

  it('is sent no picture in a mode of sound alone, until it asks for one again', async () => {
    await enter();
    await peer.send('video');
    assert.equal(await ask([pcmu]), 'willTransmitMostPreferredMode');
    assert.deepEqual(peer.channels('in'), ['audio 1']);
    assert.equal(leg().lines.video?.params?.direction, 'recvonly');
    // its capabilities once more are no other mode
    peer.session?.changeCapabilities(deviceSet({ audio: sounds }));
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1']);
    assert.equal(await ask([pcmu, plainH264]), 'willTransmitMostPreferredMode');
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.equal(await ask([h264(large)]), 'willTransmitMostPreferredMode');
    assert.deepEqual(peer.channels('in'), ['video 2']);
    // an empty set and a full one begin anew
    peer.session?.changeCapabilities(null);
    await settle(rig.clock);
    peer.session?.changeCapabilities(deviceSet({ audio: sounds }));
    await settle(rig.clock, 1000);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
  });

  it('is sent smaller pictures of its own capabilities', async () => {
    await enter(twoSizes);
    const most = (): unknown => leg().lines.video?.params?.maxKbps;
    assert.equal(most(), 1920);
    assert.equal(await ask([pcmu, h264(small)]), 'willTransmitMostPreferredMode');
    assert.equal(most(), 384);
    assert.equal(await ask([pcmu, h264(large)]), 'willTransmitMostPreferredMode');
    assert.equal(most(), 1920);
  });

  it('is told why it is not', async () => {
    await enter();
    const before = peer.channels('in');
    assert.equal(await ask([g729]), 'modeUnavailable');
    assert.equal(await ask([pcmu, h261]), 'modeUnavailable');
    assert.equal(await ask([pcmu, pcma]), 'modeUnavailable');
    assert.equal(
      await ask([pcmu, { type: { dataMode: { application: { dsvdControl: true }, bitRate: 1 } } }]),
      'modeUnavailable',
    );
    // pictures of a room are passed on as they are
    assert.equal(await ask([pcmu, h264({ ...large, levelIdc: 10 })]), 'multipointConstraint');
    assert.equal(await ask([pcmu, h264({ ...large, profiles: 8 })]), 'multipointConstraint');
    peer.session?.changeCapabilities(null);
    await settle(rig.clock);
    assert.equal(await ask([pcmu]), 'requestDenied');
    peer.session?.changeCapabilities(deviceSet({ audio: sounds }));
    await settle(rig.clock, 1000);
    assert.deepEqual(peer.channels('in').sort(), before.sort());
  });

  it('gets no second one before it let the channels of the first go', async () => {
    let deaf = false;
    peer = await (
      await rig.peer({
        set: deviceSet({ audio: sounds }),
        withholds: ({ response }) => deaf && response?.closeLogicalChannelAck !== undefined,
      })
    ).dial('meeting');
    peer.session?.on.on('modeAnswered', ({ why }) => peer.heard.push(why));
    deaf = true;
    assert.equal(await ask([pcmu, plainH264]), 'willTransmitMostPreferredMode');
    assert.equal(await ask([pcma, plainH264]), 'requestDenied');
    assert.equal(sound(), 'PCMU');
    await settle(rig.clock, 30_000);
    assert.equal(await ask([pcma, plainH264]), 'willTransmitMostPreferredMode');
  });
});
