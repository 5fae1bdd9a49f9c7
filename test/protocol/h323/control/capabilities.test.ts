import assert from 'node:assert/strict';
import {
  capabilitySet,
  combinations,
  receives,
  RemoteSets,
  writeSet,
} from '../../../../src/protocol/h323/control/capabilities.js';
import type { Capability, CapabilitySet, H264Media } from '../../../../src/protocol/h323/control/contract.js';
import { readH264, writeH264 } from '../../../../src/protocol/h323/control/h264-values.js';
import { decode, encode } from '../../../../src/protocol/asn1/codec.js';
import { TerminalCapabilitySet } from '../../../../src/protocol/h323/h245/schema.js';
import { valueOf } from '../../../support/control-links.js';
import { audio, content, fullSet, video } from '../../../support/control-rig.js';
import { h245Vectors, pdus } from '../goldens.js';

function messageOf(hex: string): TerminalCapabilitySet {
  const message = valueOf(Buffer.from(hex, 'hex')).request?.terminalCapabilitySet;
  assert.ok(message);
  return message;
}

function setOf(message: TerminalCapabilitySet, sets = new RemoteSets()): CapabilitySet {
  const reading = sets.take(message);
  assert.equal(reading.kind, 'set');
  return (reading as { set: CapabilitySet }).set;
}

const recorded = pdus.filter(({ name }) => name.startsWith('terminalCapabilitySet') && !name.includes('Ack'));
/** The set of a video device with content. */
const device = (): CapabilitySet => {
  const found = recorded.find(({ name }) => name === 'terminalCapabilitySet:caps=15');
  assert.ok(found);
  return setOf(messageOf(found.hex));
};

describe('capability sets', () => {
  it('of a recorded device are what it said', () => {
    const set = device();
    const capability = (number: number): Capability | undefined =>
      set.entries.find((entry) => entry.number === number)?.capability;
    assert.deepEqual(capability(1), { kind: 'audio', codec: 'g711A', frames: 20 });
    assert.deepEqual(capability(3), { kind: 'audio', codec: 'g722', frames: 90 });
    assert.deepEqual(capability(5), { kind: 'audio', codec: 'g7221', frames: 1, bitRate: 32_000 });
    assert.deepEqual(capability(6), {
      kind: 'video',
      codec: 'h261',
      maxBitRate: 621_700,
      intervals: { cif: 1 },
      options: false,
    });
    assert.deepEqual(capability(8), {
      kind: 'video',
      codec: 'h264',
      maxBitRate: 2_048_000,
      profiles: 64,
      levelIdc: 22,
      maxMbps: 246_000,
      maxFs: 8_192,
      maxFps: 3_000,
    });
    const slides = capability(10);
    assert.ok(slides?.kind === 'content');
    assert.deepEqual(slides.roles, { presentation: true, live: false });
    assert.equal(slides.video[0]?.codec, 'h264');
    assert.deepEqual(capability(11), { kind: 'h239' });
    assert.deepEqual(capability(14), { kind: 'userInput', form: 'dtmf' });
    assert.deepEqual(capability(15), { kind: 'events', payloadType: 101, events: '0-16' });
    assert.deepEqual(set.packetizations, [{ format: { oid: '0.0.8.241.0.0.0.0' }, payloadType: 96 }]);
    assert.equal(set.maxAudioDelayJitter, 250);
  });

  it('of all recorded devices are read, written and read again without loss', () => {
    let checked = 0;
    for (const { hex } of recorded) {
      const message = messageOf(hex);
      if (!message.capabilityTable) continue;
      const set = setOf(message);
      const again = decode(TerminalCapabilitySet, encode(TerminalCapabilitySet, writeSet(set, message.sequenceNumber)));
      assert.ok(again.ok);
      assert.deepEqual(setOf(again.value), set);
      checked++;
    }
    assert.ok(checked >= 10, `${checked}`);
  });

  it('of the vector are read', () => {
    const { hex } = h245Vectors.find(({ name }) => name === 'tcs-h264-h239') ?? { hex: '' };
    const set = setOf(messageOf(hex));
    const kinds = set.entries.map(({ capability }) => capability.kind);
    assert.deepEqual(kinds, ['audio', 'video', 'content', 'h239']);
    assert.deepEqual(set.entries[1]?.capability, {
      kind: 'video',
      codec: 'h264',
      maxBitRate: 1_920_000,
      profiles: 64,
      levelIdc: 30,
      maxMbps: 245_000,
      maxFs: 8_192,
    });
  });

  it('say what can be at the same time', () => {
    const set = device();
    // Main video and content are in sets of their own; two codecs of main video are alternatives.
    const together = combinations(set);
    assert.ok(together([1, 8, 10, 11, 14]));
    assert.ok(!together([8, 9]));
    assert.ok(!together([1, 3]));
    assert.ok(!together([99]));
    // One entry in two sets is there twice; a greedy choice would miss that.
    const twice = combinations({ ...set, descriptors: [{ number: 1, simultaneous: [[1, 2], [1]] }] });
    assert.ok(twice([1, 2]));
    assert.ok(twice([1, 1]));
    assert.ok(!twice([2, 2]));
    assert.ok(!twice([1, 1, 2]));
    assert.ok(combinations({ ...set, descriptors: [] })([8, 9]), 'without descriptors nothing is excluded');
  });

  it('are asked what can be at the same time without trying everything out', () => {
    // a hundred sets of the same hundred entries: what is in none of them fits nowhere, and that is found soon
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    const together = combinations({
      ...device(),
      descriptors: [{ number: 0, simultaneous: hundred.map(() => hundred) }],
    });
    const begun = performance.now();
    for (const number of hundred) for (const other of hundred) assert.ok(!together([number, other, 101, 102]));
    assert.ok(together(hundred));
    assert.ok(performance.now() - begun < 2_000);
  });

  it('are in order of preference of their descriptors, what is in none of them last', () => {
    const set: CapabilitySet = {
      ...capabilitySet([[{ direction: 'receive', capability: audio }]]),
      entries: [
        { number: 1, direction: 'receive', capability: audio },
        { number: 2, direction: 'receive', capability: { kind: 'audio', codec: 'g722', frames: 20 } },
        { number: 3, direction: 'transmit', capability: { kind: 'audio', codec: 'g729', frames: 2 } },
        { number: 4, direction: 'both', capability: { kind: 'audio', codec: 'g711U', frames: 20 } },
      ],
      descriptors: [{ number: 0, simultaneous: [[2, 1]] }],
    };
    assert.deepEqual(
      receives(set, 'audio').map(({ number }) => number),
      [2, 1, 4],
    );
  });

  it('are written by groups', () => {
    assert.deepEqual(fullSet.descriptors, [{ number: 0, simultaneous: [[1], [2], [3], [4], [5], [6, 7], [8]] }]);
    const read = setOf(writeSet(fullSet, 1));
    assert.deepEqual(read, fullSet);
    const secured = capabilitySet([
      [{ direction: 'receive', capability: video }],
      [{ direction: 'both', capability: { kind: 'security', entry: 1, algorithms: ['2.16.840.1.101.3.4.1.2'] } }],
    ]);
    assert.deepEqual(setOf(writeSet(secured, 1)), secured);
  });

  it('may be told in pieces', () => {
    const sets = new RemoteSets();
    setOf(writeSet(fullSet, 1), sets);
    const change = setOf(
      {
        sequenceNumber: 2,
        protocolIdentifier: '0.0.8.245.0.15',
        capabilityTable: [
          { capabilityTableEntryNumber: 3 },
          { capabilityTableEntryNumber: 9, capability: { receiveAudioCapability: { g711Ulaw64k: 30 } } },
        ],
        capabilityDescriptors: [{ capabilityDescriptorNumber: 1, simultaneousCapabilities: [[9, 1]] }],
      },
      sets,
    );
    assert.deepEqual(
      change.entries.map(({ number }) => number),
      [1, 2, 4, 5, 6, 7, 8, 9],
    );
    assert.deepEqual(change.descriptors, [
      { number: 0, simultaneous: [[1], [2], [4], [5], [6, 7], [8]] },
      { number: 1, simultaneous: [[9, 1]] },
    ]);
    const withdrawn: TerminalCapabilitySet = {
      sequenceNumber: 3,
      protocolIdentifier: '0.0.8.245.0.15',
      capabilityDescriptors: [{ capabilityDescriptorNumber: 0 }],
    };
    assert.deepEqual(
      setOf(withdrawn, sets).descriptors.map(({ number }) => number),
      [1],
    );
    // Everything anew: nothing of the old remains.
    const small = capabilitySet([[{ direction: 'receive', capability: audio }]]);
    assert.deepEqual(setOf(writeSet(small, 4), sets).entries, small.entries);
    assert.deepEqual(sets.take(writeSet(null, 5)), { kind: 'empty' });
  });

  it('with descriptors of nothing are refused; with some of nothing they are taken', () => {
    const broken = writeSet(fullSet, 1);
    const nothing = [{ capabilityDescriptorNumber: 0, simultaneousCapabilities: [[77]] }];
    assert.deepEqual(new RemoteSets().take({ ...broken, capabilityDescriptors: nothing }), {
      kind: 'refused',
      cause: { undefinedTableEntryUsed: true },
    });
    const some = [{ capabilityDescriptorNumber: 0, simultaneousCapabilities: [[77, 1], [78]] }];
    const reading = new RemoteSets().take({ ...broken, capabilityDescriptors: some });
    assert.ok(reading.kind === 'set');
    assert.deepEqual(reading.set.descriptors, [{ number: 0, simultaneous: [[1]] }]);
    assert.deepEqual(reading.quirks, ['descriptor_names_missing_entry']);
  });

  it('of a peer that tells more and more are kept up to a bound; what is refused changes nothing', () => {
    const sets = new RemoteSets();
    const capability = { receiveAudioCapability: { g711Ulaw64k: 20 } };
    const piece = (from: number, count: number): TerminalCapabilitySet => ({
      ...{ sequenceNumber: 1, protocolIdentifier: '0.0.8.245.0.15' },
      capabilityTable: Array.from({ length: count }, (_, i) => ({ capabilityTableEntryNumber: from + i, capability })),
    });
    assert.equal(setOf(piece(1, 200), sets).entries.length, 200);
    assert.equal(setOf(piece(201, 56), sets).entries.length, 256);
    assert.deepEqual(sets.take(piece(257, 1)), {
      kind: 'refused',
      cause: { tableEntryCapacityExceeded: { noneProcessed: true } },
    });
    const described = (numbers: readonly number[], alternatives: number): TerminalCapabilitySet => ({
      ...{ sequenceNumber: 2, protocolIdentifier: '0.0.8.245.0.15' },
      capabilityDescriptors: numbers.map((capabilityDescriptorNumber) => ({
        ...{ capabilityDescriptorNumber, simultaneousCapabilities: [Array<number>(alternatives).fill(1)] },
      })),
    });
    const many = Array.from({ length: 65 }, (_, i) => i);
    const tooMuch = { kind: 'refused', cause: { descriptorCapacityExceeded: true } };
    assert.deepEqual(sets.take(described(many, 1)), tooMuch);
    assert.deepEqual(sets.take(described([0, 1, 2, 3, 4], 205)), tooMuch);
    const set = setOf(described([0, 1, 2, 3], 256), sets);
    assert.deepEqual([set.entries.length, set.descriptors.length], [256, 4]);
  });

  it('have names for what rooms do not use', () => {
    const set = setOf({
      sequenceNumber: 1,
      protocolIdentifier: '0.0.8.245.0.15',
      capabilityTable: [
        { capabilityTableEntryNumber: 1, capability: { receiveAudioCapability: { g729AnnexAwAnnexB: 2 } } },
        { capabilityTableEntryNumber: 2, capability: { receiveAudioCapability: { g711Alaw56k: 2 } } },
        {
          capabilityTableEntryNumber: 3,
          capability: {
            receiveVideoCapability: {
              genericVideoCapability: { capabilityIdentifier: { standard: '0.0.8.265.0.0.1' } },
            },
          },
        },
        { capabilityTableEntryNumber: 4, capability: { unknownAlternative: { index: 40, octets: Buffer.alloc(2) } } },
      ],
    });
    assert.deepEqual(
      set.entries.map(({ capability }) => capability),
      [
        { kind: 'audio', codec: 'g729AB', frames: 2 },
        { kind: 'other', name: 'g711Alaw56k' },
        { kind: 'other', name: '0.0.8.265.0.0.1' },
        { kind: 'other', name: 'unknownAlternative' },
      ],
    );
    assert.throws(() => writeSet(set, 1), RangeError);
  });
});

describe('H.264 by H.241', () => {
  const h264 = video as H264Media;

  it('rounds down, never up', () => {
    const written = writeH264({ ...h264, maxMbps: 245_999, maxFs: 8_447, maxBrAndCpb: 24_999, maxNalUnitSize: 1_400 });
    assert.deepEqual(readH264(written), {
      ...h264,
      maxMbps: 245_500,
      maxFs: 8_192,
      maxBrAndCpb: 0,
      maxNalUnitSize: 1_400,
    });
  });

  it('knows every level both ways, and takes an unknown one for the next lower', () => {
    for (const levelIdc of [10, 9, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52]) {
      assert.equal(readH264(writeH264({ ...h264, levelIdc })).levelIdc, levelIdc);
    }
    const level = (unsignedMin: number) =>
      readH264({
        capabilityIdentifier: { standard: '0.0.8.241.0.0.1' },
        collapsing: [{ parameterIdentifier: { standard: 42 }, parameterValue: { unsignedMin } }],
      }).levelIdc;
    assert.deepEqual([level(0), level(70), level(88), level(255)], [10, 30, 40, 52]);
    assert.throws(() => writeH264({ ...h264, levelIdc: 99 }), RangeError);
  });

  it('is content with a role, and without one it is presentation', () => {
    const set = capabilitySet([
      [{ direction: 'receive', capability: { ...content, roles: { presentation: false, live: true } } as Capability }],
    ]);
    assert.deepEqual(setOf(writeSet(set, 1)), set);
    const message = writeSet(set, 1);
    const capability = message.capabilityTable?.[0]?.capability?.receiveVideoCapability?.extendedVideoCapability;
    assert.ok(capability);
    delete capability.videoCapabilityExtension;
    const read = setOf(message).entries[0]?.capability;
    assert.ok(read?.kind === 'content');
    assert.deepEqual(read.roles, { presentation: true, live: false });
  });
});
