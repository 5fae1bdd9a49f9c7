import assert from 'node:assert/strict';
import { familyOfProfile, levelLimits, printH264, readH264, subProfile } from '../../src/media/h264.js';
import type { H264Format } from '../../src/media/vocabulary.js';

const read = (fmtp: string): H264Format | null =>
  readH264(97, Object.fromEntries(fmtp.split(';').map((part) => part.split(/=(.*)/s).slice(0, 2) as [string, string])));
const limits = (format: H264Format | null): number[] => (format ? [format.maxMbps, format.maxFs, format.maxBr] : []);

describe('H.264 sub-profiles (RFC 6184 §8.1 table 5)', () => {
  for (const [hex, sub, family] of [
    ['42e0', 'CB', 'baseline'],
    ['42c0', 'CB', 'baseline'],
    ['4240', 'CB', 'baseline'],
    ['4d80', 'CB', 'baseline'],
    ['4de0', 'CB', 'baseline'],
    ['58c0', 'CB', 'baseline'],
    ['58f0', 'CB', 'baseline'],
    ['4280', 'B', 'baseline'],
    ['4200', 'B', 'baseline'],
    ['42a0', 'B', 'baseline'],
    ['5880', 'B', 'baseline'],
    ['4d00', 'M', 'main'],
    ['4d40', 'M', 'main'],
    ['5800', 'E', 'extended'],
    ['6400', 'H', 'high'],
    ['640c', 'CH', 'high'],
    ['4201', null, null],
    ['6410', null, null],
    ['5600', null, null],
    ['53e0', null, null],
  ] as const) {
    it(`${hex} is ${sub}`, () => {
      const [idc, iop] = [parseInt(hex.slice(0, 2), 16), parseInt(hex.slice(2), 16)];
      assert.equal(subProfile(idc, iop), sub);
      assert.equal(familyOfProfile(idc, iop), family);
    });
  }
});

describe('H.264 limits', () => {
  it('are the larger of level and parameter', () => {
    assert.deepEqual(limits(read('profile-level-id=428016;max-fs=8160;max-mbps=490000')), [490000, 8160, 4000]);
    assert.deepEqual(limits(read('profile-level-id=42801f;max-fs=10;max-mbps=x')), [108000, 3600, 14000]);
  });
  it('know level 1b in both spellings, High bit rates, odd and unknown levels', () => {
    assert.deepEqual(levelLimits(0x42, 0xf0, 11), { maxMbps: 1485, maxFs: 99, maxBr: 128 });
    assert.deepEqual(levelLimits(0x64, 0, 9), { maxMbps: 1485, maxFs: 99, maxBr: 128 });
    assert.deepEqual(levelLimits(0x42, 0xe0, 11), { maxMbps: 3000, maxFs: 396, maxBr: 192 });
    assert.equal(levelLimits(0x64, 0, 40).maxBr, 25000);
    assert.equal(levelLimits(0x42, 0xe0, 39).maxFs, 5120);
    assert.equal(levelLimits(0x42, 0xe0, 0).maxFs, 99);
    assert.equal(levelLimits(0x42, 0xe0, 255).maxFs, 36864);
  });
  it('follow max-recv-level', () => assert.equal(read('profile-level-id=42e00a;max-recv-level=e01f')?.maxFs, 3600));
});

describe('H.264 fmtp', () => {
  it('missing profile-level-id is Baseline level 1, missing mode is 0', () => {
    const format = readH264(97, {});
    assert.deepEqual([format?.profileIdc, format?.profileIop, format?.levelIdc, format?.mode], [0x42, 0, 10, 0]);
  });
  for (const bad of [
    'packetization-mode=2',
    'packetization-mode=x',
    'profile-level-id=42e0',
    'profile-level-id=56001f',
  ]) {
    it(`${bad} is not for us`, () => assert.equal(read(bad), null));
  }
  it('keeps SPS and PPS of sprop-parameter-sets, nothing else', () => {
    const sets = read('sprop-parameter-sets=Z0LADdkBQfsBEAAAAwAQAAADA8DxQqSA,aMuMsg==,QUJD,!!,')?.parameterSets ?? [];
    assert.deepEqual(
      sets.map((nal) => (nal[0] ?? 0) & 0x1f),
      [7, 8],
    );
  });
  it('prints what it reads', () => {
    const text =
      'profile-level-id=42e00d;packetization-mode=1;level-asymmetry-allowed=1;max-mbps=20000;max-fs=400;max-br=900';
    const format = read(text);
    assert.ok(format);
    assert.equal(printH264(format), text);
    assert.equal(
      printH264({ ...format, levelIdc: 0x28, levelAsymmetry: false, mode: 0 }),
      'profile-level-id=42e028;packetization-mode=0;max-mbps=245760;max-fs=8192',
    );
  });
});
