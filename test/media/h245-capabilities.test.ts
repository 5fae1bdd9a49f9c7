import assert from 'node:assert/strict';
import { gatewayAbilities, preferring } from '../../src/media/abilities.js';
import { ourCapabilities, readCapabilities, readChannel, type RemoteMedia } from '../../src/media/h245-capabilities.js';
import { bestSent, sentAudio } from '../../src/media/h245-formats.js';
import { chooseMode } from '../../src/media/h245-modes.js';
import { negotiate, type LineAnswer } from '../../src/media/negotiate.js';
import type { Format, LineName } from '../../src/media/vocabulary.js';
import { decode, encode } from '../../src/protocol/asn1/codec.js';
import { capabilitySet, RemoteSets, writeSet } from '../../src/protocol/h323/control/capabilities.js';
import { readOpening } from '../../src/protocol/h323/control/channel-values.js';
import type { Capability, CapabilitySet, H264Media } from '../../src/protocol/h323/control/contract.js';
import {
  MultimediaSystemControlMessage,
  TerminalCapabilitySet,
  type AudioMode,
  type ModeDescription,
} from '../../src/protocol/h323/h245/schema.js';
import { h245Vectors, pdus } from '../protocol/h323/goldens.js';

const abilities = gatewayAbilities({ video: 4000, content: 2000 });

/** The capability sets that other stacks sent, by the number of their entries. */
function captured(entries: number): CapabilitySet[] {
  return pdus
    .filter(({ name }) => name === `terminalCapabilitySet:caps=${entries}`)
    .map(({ hex }) => setIn(Buffer.from(hex, 'hex')));
}

function setIn(octets: Buffer): CapabilitySet {
  const read = decode(MultimediaSystemControlMessage, octets);
  assert.ok(read.ok);
  const message = read.value.request?.terminalCapabilitySet;
  assert.ok(message);
  const taken = new RemoteSets().take(message);
  assert.ok(taken.kind === 'set');
  return taken.set;
}

function lines(remote: RemoteMedia): Partial<Record<LineName, string>> {
  const { lines: agreed } = negotiate(abilities, remote.offer);
  const print = (line: LineAnswer | undefined): string => (line?.send ?? []).map(printed).join(' ');
  return Object.fromEntries(
    (['audio', 'video', 'content'] as const).flatMap((name) => (agreed[name] ? [[name, print(agreed[name])]] : [])),
  );
}

function printed(format: Format): string {
  if (format.name !== 'H264') return `${format.name}/${format.pt}`;
  const { pt, mode, levelIdc, maxMbps, maxFs, maxBr } = format;
  return `H264/${pt} mode ${mode} level ${levelIdc} ${maxMbps} ${maxFs} ${maxBr}`;
}

const big: H264Media = {
  kind: 'video',
  codec: 'h264',
  maxBitRate: 4_000_000,
  profiles: 64 | 8,
  levelIdc: 31,
  maxMbps: 245_000,
  maxFs: 8192,
};

function setOf(...groups: Capability[][]): CapabilitySet {
  const directed = groups.map((group) => group.map((capability) => ({ direction: 'receive' as const, capability })));
  return capabilitySet(directed, { packetizations: [{ format: { oid: '0.0.8.241.0.0.0.1' }, payloadType: 97 }] });
}

describe('capability sets of other stacks', () => {
  it('of a room system with H.239 give sound, picture and slides within its limits', () => {
    const sets = captured(15);
    assert.ok(sets.length >= 4);
    const seen = new Set<string>();
    for (const set of sets) {
      const remote = readCapabilities(set);
      assert.equal(remote.h239, true);
      const { audio, video, content } = lines(remote);
      assert.deepEqual([audio, content], ['G722/9', 'H264/98 mode 0 level 40 246000 8704 540']);
      seen.add(video ?? '');
      assert.deepEqual(remote.offer.audio?.events, [{ pt: 101, clock: 8000 }]);
    }
    assert.deepEqual(
      [...seen].sort(),
      // CIF, and 720p: level 2.2 with 492 x 500 macroblocks a second and 32 x 256 a picture
      ['H264/96 mode 0 level 13 11880 396 384', 'H264/96 mode 0 level 22 246000 8192 2048'],
    );
  });

  it('of a device without a camera give sound, and slides where they may be without a main picture', () => {
    for (const set of captured(11)) {
      assert.deepEqual(Object.keys(lines(readCapabilities(set))), ['audio', 'content']);
    }
  });

  it('without H.239 give one picture', () => {
    for (const set of captured(13)) {
      const remote = readCapabilities(set);
      assert.equal(remote.h239, false);
      assert.deepEqual(Object.keys(lines(remote)).sort(), ['audio', 'video']);
    }
  });

  it('of ours are made once for all calls that want the same', () => {
    const ours = ourCapabilities(abilities, { fecc: true });
    assert.equal(ourCapabilities(preferring(abilities, []), { fecc: true }), ours);
    const others = [
      ourCapabilities(abilities, { fecc: false }),
      ourCapabilities(abilities, { fecc: true, algorithms: ['0.1.2'] }),
      ourCapabilities(preferring(abilities, ['PCMU']), { fecc: true }),
    ];
    assert.ok(others.every((one) => one !== ours));
    assert.equal(new Set(others.map((one) => JSON.stringify(one.entries))).size, 3);
  });

  it('of the vectors are read', () => {
    const vector = h245Vectors.find(({ name }) => name.startsWith('tcs'));
    assert.ok(vector);
    const remote = readCapabilities(setIn(Buffer.from(vector.hex, 'hex')));
    assert.equal(remote.h239, true);
    assert.notEqual(lines(remote).content, undefined);
  });
});

describe('capabilities in the common vocabulary', () => {
  it('what is sent is described as the peer has it, in the one profile that is sent', () => {
    const slides: Capability = { kind: 'content', roles: { presentation: true, live: true }, video: [big] };
    const remote = readCapabilities(setOf([{ kind: 'audio', codec: 'g711U', frames: 60 }], [big], [slides]));
    const { lines: agreed } = negotiate(abilities, remote.offer);
    const sent = (name: LineName): unknown => remote.sent(agreed[name]?.send.at(-1) as Format);
    assert.deepEqual(sent('audio'), { media: { kind: 'audio', codec: 'g711U', frames: 20 }, packetization: null });
    const format = { oid: '0.0.8.241.0.0.0.1' };
    assert.deepEqual(sent('video'), { media: { ...big, profiles: 64 }, packetization: { format, payloadType: 96 } });
    assert.deepEqual(sent('content'), {
      media: { kind: 'content', roles: { presentation: true, live: false }, video: [{ ...big, profiles: 64 }] },
      packetization: { format, payloadType: 98 },
    });
  });

  it('both packetization modes are there where the peer takes FU-A, one where it does not', () => {
    const withBoth = readCapabilities(setOf([big])).offer.video?.formats.map((one) => 'mode' in one && one.mode);
    assert.deepEqual(withBoth, [0, 1, 0, 1]);
    // what is sent is in the mode that takes every packet
    const { send } = negotiate(abilities, readCapabilities(setOf([big])).offer).lines.video as LineAnswer;
    const best = bestSent(send);
    assert.equal(best?.name === 'H264' && best.mode, 1);
    const plain = readCapabilities({ ...setOf([big]), packetizations: [] });
    assert.deepEqual(
      plain.offer.video?.formats.map((one) => 'mode' in one && one.mode),
      [0, 0],
    );
  });

  it('slides that cannot be beside the main picture are none, nor is a second camera', () => {
    const slides: Capability = { kind: 'content', roles: { presentation: true, live: false }, video: [big] };
    assert.equal(readCapabilities(setOf([big, slides])).offer.content, undefined);
    assert.notEqual(readCapabilities(setOf([big], [slides])).offer.content, undefined);
    const live: Capability = { ...slides, roles: { presentation: false, live: true } };
    assert.equal(readCapabilities(setOf([big], [live])).offer.content, undefined);
  });

  it('of hundreds of entries and modes as many are looked at as devices have', () => {
    const many = setOf(Array<Capability>(256).fill(big));
    assert.equal(readCapabilities(many).offer.video?.formats.length, 64);
    const inner = setOf([
      { kind: 'content', roles: { presentation: true, live: false }, video: Array<H264Media>(40).fill(big) },
    ]);
    const written = decode(TerminalCapabilitySet, encode(TerminalCapabilitySet, writeSet(inner, 1)));
    assert.ok(written.ok);
    const taken = new RemoteSets().take(written.value);
    assert.ok(taken.kind === 'set');
    const [entry] = taken.set.entries;
    assert.equal(entry?.capability.kind === 'content' && entry.capability.video.length, 16);
    const remote = readCapabilities(captured(15)[0] as CapabilitySet);
    const mode = (audioMode: AudioMode): ModeDescription => [{ type: { audioMode } }];
    const modes = (unknown: number) => [
      ...Array<ModeDescription>(unknown).fill(mode({ g729: true })),
      mode({ g711Alaw64k: true }),
    ];
    const choice = chooseMode(modes(31), abilities, remote);
    assert.deepEqual(typeof choice === 'string' ? choice : choice.audio?.name, 'PCMA');
    assert.equal(chooseMode(modes(32), abilities, remote), 'modeUnavailable');
  });

  it('codecs that rooms do not have are named in the refusal', () => {
    const old: Capability = {
      kind: 'video',
      codec: 'h261',
      maxBitRate: 384_000,
      intervals: { cif: 1 },
      options: false,
    };
    const remote = readCapabilities(setOf([{ kind: 'audio', codec: 'g711A', frames: 20 }], [old]));
    assert.match(negotiate(abilities, remote.offer).refused.video?.text ?? '', /h261/);
  });

  it('G.722.1 is one codec at each of its rates, as another stack sent them', () => {
    const channels = pdus.flatMap(({ name, hex }) => {
      if (name !== 'openLogicalChannel:audioData.genericAudioCapability') return [];
      const read = decode(MultimediaSystemControlMessage, Buffer.from(hex, 'hex'));
      assert.ok(read.ok);
      const reading = readOpening(read.value.request!.openLogicalChannel!);
      assert.ok(reading.ok && reading.opening.forward);
      return [reading.opening.forward];
    });
    const found = channels.map(({ media, payloadType }) => {
      const format = readChannel('audio', media, payloadType, null).audio?.formats[0];
      return format && { media, format };
    });
    const [first] = found.filter((one) => one !== undefined);
    assert.ok(first && channels.length >= 2);
    const passing = preferring(abilities, ['G7221-32']);
    const remote = readCapabilities(setOf([first.media, { kind: 'audio', codec: 'g711A', frames: 20 }]));
    const [sent] = negotiate(passing, remote.offer).lines.audio?.send ?? [];
    assert.deepEqual(
      [sent?.name, sent?.clock, sent && remote.sent(sent)?.media],
      ['G7221-32', 16_000, { kind: 'audio', codec: 'g7221', frames: 1, bitRate: 32_000 }],
    );
    assert.deepEqual(first.format.pt, 96);
    assert.equal(lines(remote).audio, 'PCMA/8', 'rooms have it not');
    const other = readCapabilities(setOf([{ kind: 'audio', codec: 'g7221', frames: 1, bitRate: 16_000 }]));
    assert.deepEqual(other.offer.audio?.formats, []);
  });

  it('sound goes out in packets of 20 ms, or of less where the peer takes less', () => {
    const sent = (codec: 'g711A' | 'g722' | 'g7221', frames: number): number =>
      sentAudio({ kind: 'audio', codec, frames }).frames;
    assert.deepEqual([sent('g711A', 240), sent('g722', 10), sent('g7221', 4)], [20, 10, 1]);
  });

  it('a channel of the peer is taken by its number and packetization', () => {
    const packetization = { format: { oid: '0.0.8.241.0.0.0.1' } };
    const offer = readChannel('video', { ...big, profiles: 64 }, 109, packetization);
    const [format] = negotiate(abilities, offer).lines.video?.receive ?? [];
    assert.deepEqual([format?.pt, format?.name === 'H264' && format.mode], [109, 1]);
    const silent = negotiate(abilities, readChannel('video', { ...big, profiles: 64 }, 109, null)).lines.video?.receive;
    assert.deepEqual(
      silent?.map((one) => 'mode' in one && one.mode),
      [0, 1],
    );
    // H.264 has no number of its own
    assert.throws(() => negotiate(abilities, readChannel('video', big, null, null)));
    const events = negotiate(
      abilities,
      readChannel('audio', { kind: 'audio', codec: 'g711A', frames: 20 }, null, null),
    );
    assert.equal(events.lines.audio?.receive[0]?.pt, 8);
  });
});

describe('our capability set', () => {
  const set = ourCapabilities(abilities, { fecc: true });

  it('is written and read again as it is', () => {
    const octets = encode(TerminalCapabilitySet, writeSet(set, 1));
    const read = decode(TerminalCapabilitySet, octets);
    assert.ok(read.ok);
    const taken = new RemoteSets().take(read.value);
    assert.ok(taken.kind === 'set');
    assert.deepEqual(taken.set, set);
  });

  it('names one profile, since nobody could be forwarded a richer one, and the limits of each line', () => {
    const kinds = set.entries.map(({ capability }) => capability.kind);
    assert.deepEqual(
      [...new Set(kinds)].sort(),
      ['audio', 'content', 'events', 'h224', 'h239', 'userInput', 'video'].sort(),
    );
    const video = set.entries.find(({ capability }) => capability.kind === 'video')?.capability as H264Media;
    assert.deepEqual([video.profiles, video.levelIdc, video.maxBitRate], [64, 40, 4_000_000]);
    const content = set.entries.find(({ capability }) => capability.kind === 'content')?.capability;
    assert.ok(content?.kind === 'content');
    assert.equal((content.video[0] as H264Media).maxBitRate, 2_000_000);
    assert.deepEqual(content.roles, { presentation: true, live: false });
  });

  it('agrees with itself on everything', () => {
    assert.deepEqual(lines(readCapabilities(set)), {
      audio: 'G722/9',
      video: 'H264/96 mode 0 level 40 245760 8192 4000 H264/96 mode 1 level 40 245760 8192 4000',
      content: 'H264/98 mode 0 level 40 245760 8192 2000 H264/98 mode 1 level 40 245760 8192 2000',
    });
  });
});
