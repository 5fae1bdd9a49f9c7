import assert from 'node:assert/strict';
import { Framer, FramingError, type FrameRule } from '../../src/base/framer.js';

/** `<digit>` bytes follow a digit; newlines in between are skipped; anything else makes no sense. */
const counted: FrameRule = (buffer) => {
  const first = buffer[0] ?? 0;
  if (first === 0x0a) return { kind: 'skip', length: 1 };
  if (first < 0x30 || first > 0x39) return { kind: 'bad', why: 'no digit' };
  const length = first - 0x30;
  return buffer.length < length + 1 ? { kind: 'more' } : { kind: 'frame', skip: 1, length };
};

const text = (frames: Buffer[]): string[] => frames.map((frame) => frame.toString());

describe('base/framer', () => {
  it('finds frames one byte at a time, several in a chunk, and cut anywhere', () => {
    const stream = Buffer.from('3abc\n\n2de0\n1f');
    const single = new Framer(counted, 100);
    assert.deepEqual(
      [...stream].flatMap((byte) => text(single.push(Buffer.from([byte])))),
      ['abc', 'de', '', 'f'],
    );
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const framer = new Framer(counted, 100);
      const frames = [...framer.push(stream.subarray(0, cut)), ...framer.push(stream.subarray(cut))];
      assert.deepEqual(text(frames), ['abc', 'de', '', 'f'], `cut at ${cut}`);
    }
  });

  it('keeps frames valid after the caller reused its chunk', () => {
    const framer = new Framer(counted, 100);
    const chunk = Buffer.from('3abc');
    const [frame] = framer.push(chunk);
    chunk.fill(0);
    assert.equal(frame?.toString(), 'abc');
  });

  it('refuses nonsense and what grows over the limit, and everything after', () => {
    const bad = new Framer(counted, 100);
    assert.throws(() => bad.push(Buffer.from('x')), FramingError);
    assert.throws(() => bad.push(Buffer.from('1a')), FramingError);
    const long = new Framer(counted, 4);
    assert.deepEqual(long.push(Buffer.from('9abc')), []);
    assert.throws(() => long.push(Buffer.from('d')), /exceeds 4 bytes/);
  });
});
