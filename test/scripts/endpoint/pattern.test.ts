import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { splitAnnexB } from '../../../scripts/endpoint/pattern/bits.js';
import { codeId, readCode } from '../../../scripts/endpoint/pattern/code.js';
import { parsePps, parseSps, writeSps } from '../../../scripts/endpoint/pattern/parameter-sets.js';
import { PagesSource, PatternSource, type PictureSource } from '../../../scripts/endpoint/pattern/source.js';
import { ffmpegPresent } from '../../../scripts/endpoint/view/decoder.js';

const startCode = Buffer.from([0, 0, 0, 1]);

function record(source: PictureSource, frames: number, idrEvery: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < frames; i++) for (const nal of source.next(i % idrEvery === 0)) parts.push(startCode, nal);
  return Buffer.concat(parts);
}

function decode(stream: Buffer, width: number, height: number): Buffer[] {
  const args = ['-v', 'error', '-f', 'h264', '-i', 'pipe:0', '-vf', `scale=${width}:${height}:flags=area`];
  const run = spawnSync('ffmpeg', [...args, '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'], {
    input: stream,
    maxBuffer: 1 << 28,
  });
  assert.equal(run.stderr.toString(), '');
  const frames: Buffer[] = [];
  for (let at = 0; at < run.stdout.length; at += width * height)
    frames.push(run.stdout.subarray(at, at + width * height));
  return frames;
}

describe('endpoint pattern', () => {
  before(function () {
    if (!ffmpegPresent()) this.skip();
  });

  for (const [width, height] of [
    [640, 360],
    [1280, 720],
    [352, 288],
    [480, 270],
    [1920, 1080],
  ] as const) {
    it(`is decoded by ffmpeg without complaint and read back at ${width}x${height}`, () => {
      const size = { width, height };
      const source = new PatternSource({ name: 'Room 7', kind: 'camera', size, fps: 15, maxNal: 1200 });
      const frames = decode(record(source, 20, 8), 160, 90);
      assert.deepEqual(
        frames.map((frame) => readCode(frame, 160, 90)),
        frames.map((_, counter) => ({ id: 'ROOM 7', kind: 'camera', counter })),
      );
      assert.equal(frames.length, 20);
    });
  }

  it('survives a lossy encoder', () => {
    const size = { width: 640, height: 360 };
    const source = new PatternSource({ name: 'Lossy', kind: 'slides', size, fps: 10, maxNal: 1e6 });
    const again = spawnSync(
      'ffmpeg',
      [
        '-v',
        'error',
        '-f',
        'h264',
        '-i',
        'pipe:0',
        '-vf',
        'scale=320:180',
        '-c:v',
        'libx264',
        '-crf',
        '42',
        '-f',
        'h264',
        'pipe:1',
      ],
      { input: record(source, 6, 100), maxBuffer: 1 << 26 },
    );
    const codes = decode(again.stdout, 160, 90).map((frame) => readCode(frame, 160, 90));
    assert.deepEqual(codes.at(-1), { id: 'LOSSY', kind: 'slides', counter: 5 });
  });

  it('continues a picture of another encoder', () => {
    const size = { width: 640, height: 360 };
    const still = spawnSync(
      'ffmpeg',
      [
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        'testsrc2=s=640x360',
        '-frames:v',
        '1',
        '-c:v',
        'libx264',
        '-profile:v',
        'baseline',
        '-pix_fmt',
        'yuv420p',
        '-f',
        'h264',
        'pipe:1',
      ],
      { maxBuffer: 1 << 26 },
    );
    const page = splitAnnexB(still.stdout);
    const source = new PagesSource({ name: 'Pdf', kind: 'slides', size, fps: 5, maxNal: 1200 }, [page]);
    const frames = decode(record(source, 12, 6), 160, 90);
    assert.equal(readCode(frames[0]!, 160, 90), null);
    assert.deepEqual(
      frames.filter((_, i) => i % 6 !== 0).map((frame) => readCode(frame, 160, 90)?.counter),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  });

  it('keeps every NAL unit within the limit of packetization-mode 0', () => {
    const size = { width: 1920, height: 1080 };
    const source = new PatternSource({ name: 'Big', kind: 'camera', size, fps: 15, maxNal: 1200 });
    for (let i = 0; i < 30; i++) for (const nal of source.next(i % 10 === 0)) assert.ok(nal.length <= 1200);
  });
});

describe('endpoint picture code', () => {
  it('finds nothing in grey, noise or a damaged stamp', () => {
    assert.equal(readCode(new Uint8Array(160 * 90).fill(128), 160, 90), null);
    const noise = Uint8Array.from({ length: 160 * 90 }, (_, i) => (i * 2654435761) >>> 24);
    assert.equal(readCode(noise, 160, 90), null);
  });

  it('shortens long names without making them equal', () => {
    assert.equal(codeId('alice'), 'ALICE');
    assert.equal(codeId('Meeting Room 1').length, 8);
    assert.notEqual(codeId('Meeting Room 1'), codeId('Meeting Room 2'));
    assert.equal(codeId('Zoë'), 'ZO_');
  });
});

describe('parameter sets', () => {
  it('states the cropped size', () => {
    const sps = parseSps(writeSps({ width: 640, height: 360 }, 10));
    assert.deepEqual([sps?.width, sps?.height, sps?.profileIdc, sps?.levelIdc], [640, 360, 66, 30]);
  });

  it('reads those of x264 high profile, 1080p', () => {
    const sps = parseSps(Buffer.from('Z2QAKKzZQHgCJ+XARAAAAwAEAAADAPI8YMZY', 'base64'));
    assert.deepEqual([sps?.width, sps?.height, sps?.profileIdc], [1920, 1080, 100]);
    assert.equal(parsePps(Buffer.from('aOvjyyLA', 'base64'))?.cavlc, false);
  });

  it('refuses truncated ones', () => {
    assert.equal(parseSps(Buffer.from('Z0LAHg==', 'base64')), null);
  });
});
