import assert from 'node:assert/strict';
import { gatewayAbilities } from '../../../src/media/abilities.js';
import { capabilitySet } from '../../../src/protocol/h323/control/capabilities.js';
import type { Capability, CapabilitySet, OlderVideoMedia } from '../../../src/protocol/h323/control/contract.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';

const kbps = { video: 4000, content: 2000 };
const old = (codec: OlderVideoMedia['codec']): OlderVideoMedia => ({
  ...{ kind: 'video', codec, maxBitRate: 384_000, intervals: { qcif: 1, cif: 2 }, options: false },
});

/** A device that has no other pictures than these. */
function oldSet(codec: OlderVideoMedia['codec']): CapabilitySet {
  const slides: Capability = { kind: 'content', roles: { presentation: true, live: false }, video: [old('h263')] };
  const groups: Capability[][] = [
    [{ kind: 'audio', codec: 'g711A', frames: 20 }],
    [old(codec)],
    [slides],
    [{ kind: 'h239' }],
  ];
  return capabilitySet(
    groups.map((group) => group.map((capability) => ({ direction: 'receive', capability }))),
    { packetizations: [] },
  );
}

describe('an H.323 device without H.264', () => {
  let rig: H323Rig;
  afterEach(() => rig.nothingLeft());

  const enter = async (transcodes: boolean, codec: OlderVideoMedia['codec']): Promise<Peer> => {
    rig = await startH323Rig({ abilities: gatewayAbilities(kbps, transcodes) });
    const peer = await (await rig.peer({ set: oldSet(codec) })).dial('meeting');
    await peer.send('audio');
    await peer.send('video', old(codec));
    await settle(rig.clock);
    return peer;
  };
  const formats = (end: string): [string[], string[]] => {
    const { params } = rig.plane.line(end);
    const print = (list: readonly { name: string; pt: number }[] = []): string[] =>
      list.map(({ name, pt }) => `${name}/${pt}`);
    return [print(params?.send), print(params?.receive)];
  };
  /** What our set has of pictures. */
  const offered = (peer: Peer): string[] =>
    (peer.capabilities?.entries ?? []).flatMap(({ capability }) =>
      capability.kind === 'video' ? [capability.codec] : [],
    );

  for (const [codec, format] of [
    ['h263', 'H263/34'],
    ['h261', 'H261/31'],
  ] as const) {
    it(`has its picture both ways by ${codec} where pictures are encoded anew`, async () => {
      const peer = await enter(true, codec);
      assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
      assert.deepEqual(peer.channels('out'), ['audio 1', 'video 2']);
      assert.deepEqual(peer.channel('in', 'video').opening.forward?.media, old(codec));
      assert.equal(peer.channel('in', 'video').opening.forward?.payloadType, null);
      assert.deepEqual(formats('/video'), [[format], [format]]);
      assert.equal(rig.plane.line('/video').params?.maxKbps, 384);
      assert.deepEqual(offered(peer), ['h264', 'h263', 'h261']);
    });

    it(`is offered nothing of ${codec}, sent nothing and taken nothing where they are not`, async () => {
      const peer = await enter(false, codec);
      assert.deepEqual(peer.channels('in'), ['audio 1']);
      assert.deepEqual(peer.channels('out'), ['audio 1']);
      assert.deepEqual(offered(peer), ['h264']);
      assert.ok(
        rig.legs('meeting')[0]?.lineProblems.some(({ line, reason }) => line === 'video' && reason.includes(codec)),
      );
    });
  }

  it('is shown slides by H.263, on a channel of their own', async () => {
    const peer = await enter(true, 'h263');
    rig.room('meeting').join(new FakeLeg({ name: 'Other', content: 'sendrecv' }));
    await settle(rig.clock);
    const other = rig
      .room('meeting')
      .describe()
      .participants.find(({ name }) => name === 'Other');
    rig.room('meeting').requestFloor(other!.id);
    await settle(rig.clock);
    const media = peer.channel('in', 'content').opening.forward?.media;
    assert.deepEqual(media?.kind === 'content' && media.video, [old('h263')]);
    assert.deepEqual(formats('/content')[0], ['H263/34']);
  });
});
