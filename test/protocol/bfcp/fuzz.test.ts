import assert from 'node:assert/strict';
import { Framer, FramingError } from '../../../src/base/framer.js';
import { bfcpFrames, streamLimit } from '../../../src/protocol/bfcp/framing.js';
import { seeded } from '../../support/seeded.js';
import { fuzzCodec, fuzzServer } from './fuzzing.js';
import { vectors } from './vectors.js';

describe('bfcp fuzz', () => {
  it('never throws, and what it accepts it can write and read again', () => fuzzCodec(0x8855, 30_000));

  it('leaves a server standing, and its answers short and well-formed', () => fuzzServer(4582, 10_000));

  it('frames a stream the same whatever the cuts', () => {
    const random = seeded(77);
    const messages = vectors
      .filter((vector) => vector.transport === 'tcp')
      .map((vector) => Buffer.from(vector.hex, 'hex'));
    const stream = Buffer.concat(messages);
    for (let round = 0; round < 200; round++) {
      const framer = new Framer(bfcpFrames, streamLimit);
      const frames: Buffer[] = [];
      for (let at = 0; at < stream.length;) {
        const length = round === 0 ? 1 : 1 + random(40);
        frames.push(...framer.push(stream.subarray(at, at + length)));
        at += length;
      }
      assert.deepEqual(frames, messages);
    }
  });

  it('ends a stream at an oversize message or another protocol', () => {
    for (const hex of ['20010400', '47455420', '80010001']) {
      const framer = new Framer(bfcpFrames, streamLimit);
      assert.throws(() => framer.push(Buffer.from(hex, 'hex')), FramingError);
    }
  });
});
