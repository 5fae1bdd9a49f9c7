import assert from 'node:assert/strict';
import { gatewayAbilities } from '../../src/media/abilities.js';
import { ourCapabilities, readCapabilities, readChannel } from '../../src/media/h245-capabilities.js';
import { chooseProposal, ourProposals, type ProposedMedia } from '../../src/media/h245-fast-start.js';
import { negotiate, type Abilities } from '../../src/media/negotiate.js';
import { targetFor } from '../../src/media/transcode-target.js';
import type { Format, OtherVideoFormat } from '../../src/media/vocabulary.js';
import { decode, encode } from '../../src/protocol/asn1/codec.js';
import { capabilitySet, RemoteSets, writeSet } from '../../src/protocol/h323/control/capabilities.js';
import type {
  Capability,
  CapabilitySet,
  ChannelMedia,
  H264Media,
  OlderVideoMedia,
  Packetization,
  PictureIntervals,
} from '../../src/protocol/h323/control/contract.js';
import { TerminalCapabilitySet } from '../../src/protocol/h323/h245/schema.js';

const kbps = { video: 4000, content: 2000 };
const anew = gatewayAbilities(kbps, true);
const plain = gatewayAbilities(kbps, false);
const sound: ChannelMedia = { kind: 'audio', codec: 'g711A', frames: 20 };
const old = (codec: 'h261' | 'h263', intervals: PictureIntervals, maxBitRate = 384_000): OlderVideoMedia => ({
  ...{ kind: 'video', codec, maxBitRate, intervals, options: false },
});
const h264: H264Media = { kind: 'video', codec: 'h264', maxBitRate: 1_920_000, profiles: 64, levelIdc: 31 };

/** As it comes over the wire. */
function told(...groups: Capability[][]): CapabilitySet {
  const set = capabilitySet(
    groups.map((group) => group.map((capability) => ({ direction: 'receive', capability }))),
    { packetizations: [] },
  );
  return read(set);
}

function read(set: CapabilitySet): CapabilitySet {
  const octets = decode(TerminalCapabilitySet, encode(TerminalCapabilitySet, writeSet(set, 1)));
  assert.ok(octets.ok);
  const taken = new RemoteSets().take(octets.value);
  assert.ok(taken.kind === 'set');
  return taken.set;
}

const sent = (abilities: Abilities, set: CapabilitySet, line: 'video' | 'content' = 'video'): OtherVideoFormat | null =>
  (negotiate(abilities, readCapabilities(set).offer).lines[line]?.send[0] as OtherVideoFormat | undefined) ?? null;

/** The picture that is made for a device with these sizes. */
function picture(codec: 'h261' | 'h263', intervals: PictureIntervals, maxBitRate?: number): string {
  const format = sent(anew, told([sound], [old(codec, intervals, maxBitRate)]));
  assert.ok(format);
  const { width, height, fps, kbps: rate } = targetFor(format, null, 512);
  return `${format.name}/${format.pt} ${width}x${height} ${fps}/s ${rate}`;
}

describe('H.263 and H.261 of H.245', () => {
  it('of a device that has nothing else become pictures of a size it takes, where they are encoded anew', () => {
    assert.equal(picture('h263', { sqcif: 1, qcif: 1, cif: 1 }), 'H263/34 352x288 15/s 384');
    assert.equal(picture('h261', { qcif: 1, cif: 2 }, 768_000), 'H261/31 352x288 15/s 512');
    assert.equal(picture('h263', { qcif: 2 }, 64_000), 'H263/34 176x144 15/s 64');
    // CIF comes too seldom
    assert.equal(picture('h261', { qcif: 1, cif: 4 }), 'H261/31 176x144 15/s 384');
    assert.equal(picture('h263', { qcif: 3, cif: 6 }), 'H263/34 176x144 10/s 384');
    // what larger pictures take says nothing of smaller ones
    assert.equal(picture('h263', { cif: 1, cif4: 32, cif16: 32 }), 'H263/34 352x288 15/s 384');
    assert.equal(picture('h263', { sqcif: 1 }), 'H263/34 176x144 15/s 384');
    assert.equal(picture('h263', { cif: 31 }), 'H263/34 176x144 3/s 384');
  });

  it('are described by a channel of ours as the device has them, without a number or packets of another kind', () => {
    const media = old('h263', { qcif: 1, cif: 2 });
    const remote = readCapabilities(told([sound], [media]));
    const format = negotiate(anew, remote.offer).lines.video?.send[0] as Format;
    assert.deepEqual(remote.sent(format), { media, packetization: null });
  });

  it('stay aside where the device has H.264, and come to nothing where nothing is encoded anew', () => {
    const both = told([sound], [old('h263', { cif: 1 }), h264]);
    assert.equal(sent(anew, both)?.name, 'H264');
    const only = told([sound], [old('h263', { cif: 1 })]);
    assert.equal(sent(plain, only), null);
    const refused = negotiate(plain, readCapabilities(only).offer).refused.video?.text;
    assert.match(refused ?? '', /h263 is supported without encoding anew/);
  });

  it('slides of H.263 are sent as such, beside a main picture of the same', () => {
    const video = old('h263', { cif: 1 });
    const slides: Capability = { kind: 'content', roles: { presentation: true, live: false }, video: [video] };
    const remote = readCapabilities(told([sound], [video], [slides], [{ kind: 'h239' }]));
    const { lines } = negotiate(anew, remote.offer);
    assert.equal(lines.content?.send[0]?.name, 'H263');
    assert.deepEqual(remote.sent(lines.content?.send[0] as Format), { media: slides, packetization: null });
  });

  it('a channel of the device is taken by RFC 2190, and by RFC 2429 where it says so or has a number of its own', () => {
    const taken = (
      media: ChannelMedia,
      payloadType: number | null,
      packetization: Packetization | null,
      abilities = anew,
    ): string | undefined => {
      const offer = { ...readChannel('audio', sound, null, null) };
      const video = readChannel('video', media, payloadType, packetization).video;
      const [format] = negotiate(abilities, { ...offer, ...(video ? { video } : {}) }).lines.video?.receive ?? [];
      return format && `${format.name}/${format.pt}`;
    };
    const [h263, h261] = [old('h263', { cif: 1 }), old('h261', { cif: 1 })];
    assert.equal(taken(h263, null, null), 'H263/34');
    assert.equal(taken(h263, 34, { format: { rfc: 2190 }, payloadType: 34 }), 'H263/34');
    assert.equal(taken(h263, 100, { format: { rfc: 2190 }, payloadType: 100 }), 'H263/100');
    assert.equal(taken(h263, 100, { format: { rfc: 2429 }, payloadType: 100 }), 'H263-1998/100');
    assert.equal(taken(h263, 109, null), 'H263-1998/109');
    assert.equal(taken(h261, null, null), 'H261/31');
    assert.equal(taken(h261, 99, null), 'H261/99');
    assert.equal(taken(h263, null, null, plain), undefined);
    assert.equal(taken(h261, null, null, plain), undefined);
  });
});

describe('our own H.263 and H.261', () => {
  const videos = (set: CapabilitySet): string[] =>
    set.entries.flatMap(({ capability }) => {
      if (capability.kind === 'video') return [capability.codec];
      return capability.kind === 'content' ? [`slides ${capability.video.map(({ codec }) => codec).join()}`] : [];
    });

  it('stand behind H.264 in our set, where pictures are encoded anew only', () => {
    const ours = ourCapabilities(anew, { fecc: false });
    assert.deepEqual(videos(ours), ['h264', 'h263', 'h261', 'slides h264', 'slides h263']);
    assert.deepEqual(read(ours), ours);
    assert.deepEqual(videos(ourCapabilities(plain, { fecc: false })), ['h264', 'slides h264']);
    // one alternative of each kind at a time
    const [descriptor] = ours.descriptors;
    assert.equal(descriptor?.simultaneous.filter((group) => group.length === 3).length, 2);
  });

  it('are proposed last in fast start, and taken last whatever the order of the caller', () => {
    const codecs = (abilities: Abilities): string[] =>
      ourProposals(abilities).video.map(({ media }) => (media.kind === 'video' ? media.codec : ''));
    assert.deepEqual(codecs(anew), ['h264', 'h264', 'h263', 'h261']);
    assert.deepEqual(codecs(plain), ['h264', 'h264']);
    const described = (
      media: ChannelMedia,
      payloadType: number | null,
    ): { proposal: string; described: ProposedMedia } => ({
      proposal: media.kind === 'video' ? media.codec : '',
      described: { media, payloadType, packetization: null },
    });
    const proposals = [described(old('h263', { cif: 1 }), null), described(h264, 96)];
    for (const who of ['we send', 'peer sends'] as const) {
      const choose = (abilities: Abilities, from = proposals): string | undefined =>
        chooseProposal(abilities, 'video', who, from)?.proposal;
      assert.deepEqual([choose(anew), choose(plain)], ['h264', 'h264']);
      assert.deepEqual(
        [choose(anew, proposals.slice(0, 1)), choose(plain, proposals.slice(0, 1))],
        ['h263', undefined],
      );
    }
  });
});
