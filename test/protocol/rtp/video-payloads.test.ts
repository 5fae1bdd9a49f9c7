import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { emptyH261View, inspectH261 } from '../../../src/protocol/rtp/h261.js';
import {
  depacketizeH263,
  depacketizeOldH263,
  emptyH263View,
  inspectH263,
  inspectOldH263,
  packetizeH263,
} from '../../../src/protocol/rtp/h263.js';
import { depacketizeH265, emptyH265View, inspectH265, packetizeH265 } from '../../../src/protocol/rtp/h265.js';
import { depacketizeVp8, emptyVp8View, inspectVp8, packetizeVp8 } from '../../../src/protocol/rtp/vp8.js';
import { seeded } from '../../support/seeded.js';

interface Golden {
  /** Payloads of each picture as ffmpeg 5.1 sent them. */
  pictures: string[][];
  /** What it wrote to a file of the same encoder: frames (VP8), NAL units (H.265), the stream (H.263); none of H.261. */
  units: string[];
}

const file = new URL('../../golden/rtp/ffmpeg-payloads.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Record<'VP8' | 'H265' | 'H263-1998' | 'H263' | 'H261', Golden>;
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array | null): string => (bytes ? Buffer.from(bytes).toString('hex') : 'null');
const pictures = (name: keyof typeof golden): Uint8Array[][] =>
  golden[name].pictures.map((payloads) => payloads.map(bytesOf));

const inspectors = {
  VP8: (payload: Uint8Array) => {
    const view = emptyVp8View();
    return inspectVp8(payload, 0, payload.length, view) ? view : null;
  },
  H265: (payload: Uint8Array) => {
    const view = emptyH265View();
    return inspectH265(payload, 0, payload.length, view) ? view : null;
  },
  'H263-1998': (payload: Uint8Array) => {
    const view = emptyH263View();
    return inspectH263(payload, 0, payload.length, view) ? view : null;
  },
  H263: (payload: Uint8Array) => {
    const view = emptyH263View();
    return inspectOldH263(payload, 0, payload.length, view) ? view : null;
  },
  H261: (payload: Uint8Array) => {
    const view = emptyH261View();
    return inspectH261(payload, 0, payload.length, view) ? view : null;
  },
};
/** Bits as hexadecimal digits, filled up with zeros. */
const bitsOf = (text: string): string =>
  (text.replaceAll(' ', '').match(/.{1,4}/g) ?? [])
    .map((four) => parseInt(four.padEnd(4, '0'), 2).toString(16))
    .join('');
const even = (hex: string): string => (hex.length % 2 === 0 ? hex : `${hex}0`);
const names = Object.keys(inspectors) as (keyof typeof inspectors)[];

describe('payloads of VP8, H.265, H.263 and H.261', () => {
  for (const name of names)
    it(`of ${name}: the first of ffmpeg's pictures is one to begin with, the second is not`, () => {
      const seen = pictures(name).map((payloads) => payloads.map((payload) => inspectors[name](payload)));
      assert.ok(seen.flat().every((view) => view !== null));
      assert.equal(seen[0]?.[0]?.key, true);
      assert.ok(seen[1]?.every((view) => view?.key === false));
      if (name !== 'H265') assert.ok(seen[0]?.slice(1).every((view) => view?.key === false && !view.first));
    });

  it('become what their encoder made', () => {
    assert.deepEqual(pictures('VP8').map(depacketizeVp8).map(hexOf), golden.VP8.units);
    assert.deepEqual(
      pictures('H265')
        .flatMap((one) => depacketizeH265(one) ?? [])
        .map(hexOf),
      golden.H265.units,
    );
    assert.equal(pictures('H263-1998').map(depacketizeH263).map(hexOf).join(''), golden['H263-1998'].units[0]);
    assert.equal(pictures('H263').map(depacketizeOldH263).map(hexOf).join(''), golden.H263.units[0]);
  });

  it('of H.261 are to begin with where a frozen picture is released, or the first macroblock is coded by itself', () => {
    const header = '01000000';
    const cases: readonly (readonly [hex: string, first: boolean, key: boolean])[] = [
      // start code, temporal reference 1, source format CIF and one spare bit; the third bit releases
      ['00010' + bitsOf('00001 001111 0'), true, true],
      ['00010' + bitsOf('00001 000111 0'), true, false],
      // group 1, quantiser 8, macroblock 1: intra, intra with a quantiser, inter
      ['00010' + bitsOf('00001 000111 0 0000000000000001 0001 01000 0 1 0001 000'), true, true],
      ['00010' + bitsOf('00001 000111 0 0000000000000001 0001 01000 0 1 0000001'), true, true],
      ['00010' + bitsOf('00001 000111 0 0000000000000001 0001 01000 0 1 1000000'), true, false],
      // the same behind a spare byte; and the second macroblock only
      ['00010' + bitsOf('00001 000111 1 11111111 0 0000000000000001 0001 01000 0 1 0001 000'), true, true],
      ['00010' + bitsOf('00001 000111 0 0000000000000001 0001 01000 0 011 0001 000'), true, false],
      ['0001' + bitsOf('0001 01000 0 1 0001 000'), false, false],
    ];
    for (const [hex, first, key] of cases)
      assert.deepEqual(inspectors.H261(bytesOf(header + even(hex))), { first, key }, hex);
    // three bits of the first byte are another packet's
    assert.deepEqual(inspectors.H261(bytesOf(`61000000e000${even(bitsOf('00 1 0000 00001 001111 0'))}`)), {
      first: true,
      key: true,
    });
    assert.equal(inspectors.H261(bytesOf(header)), null);
  });

  it('of RFC 2190 are read in mode A and in mode B, cut within a byte too', () => {
    const heads = golden.H263.pictures.flat().map((payload) => bytesOf(payload)[0]!);
    assert.ok(heads.some((head) => head < 0x80));
    assert.ok(heads.some((head) => head >= 0x80 && ((head >> 3) & 7) > 0));
  });

  it('can be made again', () => {
    const frame = bytesOf(golden.VP8.units[0]!);
    for (const id of [null, 0x1234]) {
      const payloads = packetizeVp8(frame, 100, id);
      assert.ok(payloads.length > 3 && payloads.every(({ length }) => length <= 100));
      assert.equal(hexOf(depacketizeVp8(payloads)), hexOf(frame));
    }
    const view = inspectors.VP8(packetizeVp8(frame, 100, 0x1234)[0]!);
    assert.deepEqual([view?.pictureId, view?.first, view?.key], [0x1234, true, true]);
    const nals = golden.H265.units.map(bytesOf);
    const cut = packetizeH265(nals, 100);
    assert.ok(cut.every(({ length }) => length <= 100));
    assert.deepEqual(depacketizeH265(cut)?.map(hexOf), golden.H265.units);
    const picture = depacketizeH263(pictures('H263-1998')[0]!)!;
    assert.equal(hexOf(depacketizeH263(packetizeH263(picture, 90))), hexOf(picture));
  });

  it('are not put together with pieces missing', () => {
    for (const [name, whole] of [
      ['VP8', depacketizeVp8],
      ['H263-1998', depacketizeH263],
      ['H263', depacketizeOldH263],
    ] as const)
      assert.equal(whole(pictures(name)[0]!.slice(1)), null, name);
    const fragmented = pictures('H265')[0]!.slice(1);
    assert.equal(depacketizeH265(fragmented.slice(1)), null);
    assert.equal(depacketizeH265(fragmented.slice(0, -1)), null);
    assert.equal(depacketizeVp8([]), null);
  });

  for (const [what, hex, expected] of [
    ['VP8 of a second partition', '11 00', { first: false, key: false }],
    ['VP8 that nothing needs', '30 01', { first: true, key: false, disposable: true }],
    ['VP8 with all extensions', '90 f0 81 23 07 40 00', { first: true, key: true, pictureId: 0x123, temporalLayer: 1 }],
    ['VP8 cut within its extension', '90 80 81', null],
    ['VP8 without a frame', '90 20 40', null],
  ] as const)
    it(`${what}: ${JSON.stringify(expected)}`, () => {
      const view = inspectors.VP8(bytesOf(hex.replaceAll(' ', '')));
      if (expected === null) assert.equal(view, null);
      else assert.deepEqual({ ...view, ...expected }, view);
    });

  for (const [what, hex, expected] of [
    ['an H.265 picture of RASL_N', '10 01 80', { key: false, disposable: true, silent: false }],
    ['H.265 SEI', '4e 01 80', { key: false, silent: true }],
    ['an H.265 PACI', '64 01 80', null],
    ['an aggregation that does not fit', '60 01 00 05 40', null],
    ['a fragment with both ends', '62 01 c1 00', null],
  ] as const)
    it(`${what}: ${JSON.stringify(expected)}`, () => {
      const view = inspectors.H265(bytesOf(hex.replaceAll(' ', '')));
      if (expected === null) assert.equal(view, null);
      else assert.deepEqual({ ...view, ...expected }, view);
    });

  it('reads the kind of an H.263 picture with and without PLUSPTYPE', () => {
    // TR 0; PTYPE "10" 000, format 010 (QCIF), then INTRA and INTER
    for (const [hex, key] of [
      ['0400 8002 08000000', true],
      ['0400 8002 0a000000', false],
      // format 111, UFEP 001, OPPTYPE 18 bits, then I (000) and P (001)
      ['0400 8002 1c800000', true],
      ['0400 8002 1c80 0004', false],
    ] as const)
      assert.equal(inspectors['H263-1998'](bytesOf(hex.replaceAll(' ', '')))?.key, key, hex);
  });

  it('never step outside what came, whatever it is', () => {
    const roll = seeded(4);
    const all = names.flatMap((name) =>
      golden[name].pictures.flat().map((payload) => [name, bytesOf(payload)] as const),
    );
    for (let i = 0; i < 4000; i++) {
      const [name, payload] = all[roll(all.length)]!;
      const changed = payload.slice(0, 1 + roll(payload.length));
      for (let n = roll(4); n > 0; n--) changed[roll(Math.min(12, changed.length))] = roll(256);
      const view = inspectors[name](changed);
      if (view && 'at' in view) assert.ok(Number(view.at) < changed.length);
      for (const whole of [depacketizeVp8, depacketizeH265, depacketizeH263, depacketizeOldH263]) whole([changed]);
    }
  });
});
