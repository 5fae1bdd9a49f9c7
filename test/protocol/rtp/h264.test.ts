import assert from 'node:assert/strict';
import { emptyH264View, fuNalHeader, inspectH264, stapEnd } from '../../../src/protocol/rtp/h264.js';

const inspect = (hex: string): string => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const view = emptyH264View();
  if (!inspectH264(bytes, 0, bytes.length, view)) return 'no';
  const marks = [view.idr && 'idr', view.sps && 'sps', view.pps && 'pps', !view.first && 'on', !view.last && 'more'];
  return [view.kind, ...marks.filter(Boolean)].join(' ');
};

describe('h264 inspection', () => {
  for (const [hex, expected] of [
    ['41 9a', 'single'],
    ['65 88', 'single idr'],
    ['67 42e01f', 'single sps'],
    ['68 ce', 'single pps'],
    ['06 05', 'single'],
    ['78 0002 6742 0002 68ce', 'stap sps pps'],
    ['78 0002 6742 0002 68ce 0002 6588', 'stap idr sps pps'],
    ['78', 'no'],
    ['78 0000', 'no'],
    ['78 0005 67', 'no'],
    ['7c 85 88', 'fu idr more'],
    ['7c 05 88', 'fu on more'],
    ['7c 45 88', 'fu on'],
    ['7c c5 88', 'no'],
    ['7c 85', 'no'],
    ['5c 81 88', 'fu more'],
    ['79 0000', 'no'],
    ['7d 85 0000 88', 'no'],
    ['00 00', 'no'],
    ['', 'no'],
  ] as const)
    it(`${hex || 'an empty payload'}: ${expected}`, () => assert.equal(inspect(hex), expected));

  it('walks a STAP-A and rebuilds a fragmented header', () => {
    const stap = Buffer.from('7800026742000168', 'hex');
    assert.equal(stapEnd(stap, 1, stap.length), 5);
    assert.equal(stapEnd(stap, 5, stap.length), 8);
    assert.equal(stapEnd(stap, 8, stap.length), -1);
    assert.equal(fuNalHeader(Buffer.from('7c85', 'hex'), 0), 0x65);
  });
});
