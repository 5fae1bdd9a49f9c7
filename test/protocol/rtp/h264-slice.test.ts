import assert from 'node:assert/strict';
import { packetizeH264 } from '../../../scripts/endpoint/rtp/packetize.js';
import {
  beginsWithSets,
  follows,
  readFrameNumbering,
  type SliceStart,
  sliceOf,
} from '../../../src/protocol/rtp/h264-slice.js';
import { encodeClip } from '../../media/support/clip.js';
import { seeded } from '../../support/seeded.js';

const typeOf = (nal: Uint8Array): number => nal[0]! & 31;

describe('the order of H.264 pictures', () => {
  for (const layers of [false, true])
    it(`is told by the slices of an encoder ${layers ? 'with pictures that no other needs' : 'of Baseline'}`, () => {
      const clip = encodeClip({ size: '320x240', fps: 10, seconds: 3, kbps: 400, layers });
      const numbering = readFrameNumbering(clip[0]!.find((nal) => typeOf(nal) === 7)!)!;
      const pictures = clip.map((nals) => packetizeH264(nals, 1, 300));
      assert.ok(beginsWithSets(pictures[0]![0]!));
      const starts = pictures.map((payloads) => payloads.map((payload) => sliceOf(payload, numbering)));
      const first = starts.map((slices) => slices.find((slice) => slice !== null)!);
      for (const [i, slice] of first.entries()) {
        assert.equal(slice.idr, i === 0);
        assert.ok(slice.first);
        if (i > 0) assert.ok(follows(first[i - 1]!, slice, numbering), `${i}`);
        // without the one before it, unless that was needed by none
        const before = first[i - 1];
        if (i > 1 && before) assert.equal(follows(first[i - 2]!, slice, numbering), !before.reference, `${i}`);
      }
      assert.equal(
        first.some(({ reference }) => !reference),
        layers,
      );
      // pieces that begin nothing say nothing
      assert.ok(starts.some((slices) => slices.length > 1 && slices.filter((slice) => slice).length === 1));
    });

  it('goes on after the last number', () => {
    const slice = (frameNum: number, more: Partial<SliceStart> = {}): SliceStart => {
      return { frameNum, idr: false, reference: true, first: true, ...more };
    };
    const four = { bits: 4, planes: false };
    assert.ok(follows(slice(15), slice(0), four));
    assert.ok(!follows(slice(15), slice(1), four));
    assert.ok(!follows(slice(15), slice(0, { idr: true }), four), 'its parameter sets may be missing');
    assert.ok(!follows(slice(3), slice(4, { first: false }), four));
  });

  it('reads an SPS of High profile with scaling lists, and bytes against emulation', () => {
    // profile 100, ids and chroma 1, depths 8, no bypass, lists: the first one, of which one step (-8) ends it; then 5 bits
    const bits = [
      '01100100',
      '0'.repeat(8),
      '00101000',
      '1',
      '010',
      '1',
      '1',
      '0',
      '1',
      '1' + '000010001' + '0000000',
      '010',
    ];
    const sps = bytesOf(`01100111${bits.join('')}1`);
    assert.deepEqual(readFrameNumbering(sps), { bits: 5, planes: false });
    // first_mb 0, type P, pps 0, frame_num 0 of 16 bits, with 03 among its zeros
    const slice = Buffer.from('41e00000038001', 'hex');
    assert.equal(sliceOf(slice, { bits: 16, planes: false })?.frameNum, 0);
  });

  it('is unknown where headers are cut short, whatever comes', () => {
    assert.equal(readFrameNumbering(Uint8Array.of(0x67, 0x42)), null);
    assert.equal(sliceOf(Uint8Array.of(0x41), { bits: 8, planes: false }), null);
    assert.equal(sliceOf(new Uint8Array(0), { bits: 8, planes: false }), null);
    const random = seeded(5);
    for (let i = 0; i < 5000; i++) {
      const bytes = Uint8Array.from({ length: random(30) }, () => random(8) * random(32));
      readFrameNumbering(bytes);
      const slice = sliceOf(bytes, { bits: 4 + random(13), planes: random(2) === 0 });
      if (slice) assert.ok(slice.frameNum < 65536);
    }
  });
});

function bytesOf(bits: string): Uint8Array {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  return Uint8Array.from(padded.match(/.{8}/g)!, (octet) => parseInt(octet, 2));
}
