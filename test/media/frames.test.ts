import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRingMemory, emptyFrame, FrameRing, type Frame } from '../../src/media/frames.js';

function frame(n: number, bytes: number): Frame {
  const payload = new Uint8Array(bytes).fill(n & 0xff);
  return { slot: n, pt: n % 128, marker: n % 2 === 0, seq: n & 0xffff, timestamp: n * 160, at: n + 0.5, payload };
}

function readAll(ring: FrameRing): Frame[] {
  const frames: Frame[] = [];
  for (let into = emptyFrame(); ring.read(into); into = emptyFrame()) frames.push(into);
  return frames;
}

describe('media/frames', () => {
  it('hands frames over whole and in order, round and round', () => {
    const memory = createRingMemory(4096);
    const [writer, reader] = [new FrameRing(memory), new FrameRing(memory)];
    for (let n = 1; n < 2000; n += 1) {
      const sent = [frame(n, n % 400), frame(n + 5000, (n * 7) % 300)];
      for (const one of sent) assert.equal(writer.write(one), true);
      assert.deepEqual(readAll(reader), sent);
    }
    assert.equal(writer.dropped, 0);
  });

  it('shows a frame without a copy until the next one is wanted', () => {
    const memory = createRingMemory(1024);
    const [writer, reader] = [new FrameRing(memory), new FrameRing(memory)];
    const into = emptyFrame();
    assert.equal(reader.peek(into), false);
    for (let n = 1; n < 50; n++) {
      const [one, other] = [frame(n, 100 + (n % 50)), frame(n + 100, 30)];
      assert.ok(writer.write(one) && writer.write(other));
      for (const wanted of [one, other]) {
        for (let looks = 0; looks < 2; looks++) {
          assert.equal(reader.peek(into), true);
          assert.deepEqual({ ...into, payload: Uint8Array.from(into.payload) }, wanted);
        }
        reader.skip();
      }
      assert.equal(reader.peek(into), false);
    }
  });

  it('drops and counts what does not fit, and loses nothing else', () => {
    const memory = createRingMemory(1024);
    const [writer, reader] = [new FrameRing(memory), new FrameRing(memory)];
    const sizes = fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.boolean()), { maxLength: 200 });
    let dropped = 0;
    fc.assert(
      fc.property(sizes, (steps) => {
        const expected: Frame[] = [];
        const got: Frame[] = [];
        for (const [n, [bytes, drain]] of steps.entries()) {
          const one = frame(n, bytes);
          if (writer.write(one)) expected.push(one);
          else dropped += 1;
          if (drain) got.push(...readAll(reader));
        }
        got.push(...readAll(reader));
        assert.deepEqual(got, expected);
      }),
      { numRuns: 200, seed: 7 },
    );
    assert.ok(dropped > 0);
    assert.equal(writer.dropped, dropped);
  });

  it('wants a power of two', () => {
    assert.throws(() => new FrameRing(createRingMemory(1000)), RangeError);
  });
});
