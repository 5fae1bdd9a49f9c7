import assert from 'node:assert/strict';
import { readH264 } from '../../../src/media/h264.js';
import { misfit } from '../../../src/media/switch/fit.js';
import { Forwarder } from '../../../src/media/switch/forwarder.js';
import { PictureRate } from '../../../src/media/switch/picture-rate.js';
import { VideoSource } from '../../../src/media/switch/source.js';
import type { H264Format } from '../../../src/media/vocabulary.js';
import { readH264Sequence } from '../../../src/protocol/rtp/h264-sps.js';
import { seeded } from '../../support/seeded.js';
import { h264 } from '../io/peer.js';

/** Of x264. */
const sets = {
  hd: '6742c01fd9005005bb0110000003001000000301e0f1832480',
  hdHigh: '6764001facd9405005bb0110000003001000000301e0f1831960',
  fullHd: '6742c028d900780227e5c044000003000400000300783c60c920',
  small: '6742c016d900a02ff970110000030001000003001e0f162e48',
  interlaced: '6764001eacd940b424d8088000000300800000190f8a14cb',
  matrices: '6764000dacd9416096c044000003000400000300c83c50a658',
};
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const sequence = (name: keyof typeof sets) => readH264Sequence(bytes(sets[name]))!;
const format = (id: string, more: Record<string, string> = {}): H264Format =>
  readH264(98, { 'profile-level-id': id, 'packetization-mode': '1', ...more })!;

describe('what a receiver can take of what a source sends', () => {
  for (const [name, width, height, blocks] of [
    ['hd', 1280, 720, 3600],
    ['hdHigh', 1280, 720, 3600],
    ['fullHd', 1920, 1080, 8160],
    ['small', 640, 360, 920],
    ['interlaced', 720, 576, 1620],
    ['matrices', 352, 288, 396],
  ] as const)
    it(`reads ${width}x${height} (${name}) from its parameter set`, () => {
      const read = sequence(name);
      assert.deepEqual([read.width, read.height, read.blocks], [width, height, blocks]);
    });

  it('reads nothing from a set cut short, and survives any other', () => {
    for (let length = 0; length < 9; length++) assert.equal(readH264Sequence(bytes(sets.hd).subarray(0, length)), null);
    const roll = seeded(3);
    for (let i = 0; i < 5000; i++) {
      const nal = bytes(Object.values(sets)[roll(6)]!);
      for (let n = 1 + roll(5); n > 0; n--) nal[1 + roll(nal.length - 1)] = roll(256);
      const read = readH264Sequence(nal);
      if (read) assert.ok(read.width > 0 && read.height > 0 && read.blocks > 0);
    }
  });

  it('reads how many pictures are predicted from', () => assert.equal(sequence('matrices').references, 4));

  for (const [what, name, fps, id, more, expected] of [
    ['720p at level 3.1', 'hd', 30, '42e01f', {}, null],
    [
      '720p 60 times a second at level 3.1',
      'hd',
      60,
      '42e01f',
      {},
      /1280x720 60 times a second.*takes 30 \(level 3.1\)/,
    ],
    ['720p at level 1.3', 'hd', 0, '42e00d', {}, /sends 1280x720.*takes 396 macroblocks of 16x16 \(level 1.3\)/],
    ['720p at level 1.3 with max-fs', 'hd', 0, '42e00d', { 'max-fs': '3600' }, null],
    ['the same without max-mbps for its rate', 'hd', 15, '42e00d', { 'max-fs': '3600' }, /15 times a second/],
    ['the same with it', 'hd', 15, '42e00d', { 'max-fs': '3600', 'max-mbps': '108000' }, null],
    ['1080p at level 3.1', 'fullHd', 0, '42e01f', {}, /takes 3600 macroblocks/],
    [
      'High for Constrained Baseline',
      'hdHigh',
      15,
      '42e01f',
      {},
      /sends High profile, and the receiver takes Baseline/,
    ],
    ['High for High', 'hdHigh', 15, '64001f', {}, null],
    ['Baseline for High', 'hd', 15, '64001f', {}, null],
    ['more references than it keeps', 'matrices', 5, '64000b', {}, /cannot keep/],
    ['the same with max-dpb', 'matrices', 5, '64000b', { 'max-dpb': '2376' }, null],
  ] as const)
    it(`${what}: ${expected === null ? 'fits' : 'does not'}`, () => {
      const reason = misfit(sequence(name), fps, format(id, more), [format(id, more)]);
      if (expected === null) assert.equal(reason, null);
      else assert.match(reason ?? '', expected);
    });

  it('counts pictures by their timestamps, whatever their packets and their order', () => {
    const rate = new PictureRate();
    let at = 4_294_900_000;
    for (let i = 0; i < 62; i++, at = (at + 3000) % 2 ** 32) for (let n = 0; n < 3; n++) rate.input(at);
    assert.equal(Math.round(rate.fps), 30);
    rate.input((at - 9000 + 2 ** 32) % 2 ** 32);
    assert.equal(Math.round(rate.fps), 30);
    rate.restart();
    assert.equal(rate.fps, 0);
  });

  it('is told while it is sent on, as something that could be encoded anew; browsers are not judged', () => {
    for (const strict of [true, false]) {
      const told: [string | null, boolean][] = [];
      let sent = 0;
      const outlet = {
        send: () => void sent++,
        unforwardable: (reason: string | null, transcodable: boolean) => void told.push([reason, transcodable]),
      };
      const source = new VideoSource(1, () => undefined);
      source.describe([h264(97)]);
      const forwarder = new Forwarder(outlet, 0, 0);
      forwarder.describe([format('42e00d')], true, strict);
      forwarder.route(source, 0);
      const feed = (seq: number, name: keyof typeof sets): void => {
        for (const [i, payload] of [bytes(sets[name]), Uint8Array.of(0x68, 1), Uint8Array.of(0x65, 1)].entries())
          if (source.input(97, seq + i, seq * 3000, i === 2, payload)) forwarder.input(source, seq);
        forwarder.tick(seq);
      };
      feed(10, 'hd');
      feed(20, 'hd');
      assert.equal(sent, 6);
      assert.deepEqual(
        told.map(([reason, on]) => [reason !== null, on]),
        strict ? [[true, true]] : [],
      );
      feed(30, 'small');
      assert.match(told.at(-1)?.[0] ?? (strict ? '' : '640x360'), /640x360/);
    }
  });
});
