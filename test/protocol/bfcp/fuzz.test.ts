import assert from 'node:assert/strict';
import { Framer, FramingError } from '../../../src/base/framer.js';
import { decode, decodeHeader } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import { BfcpFault } from '../../../src/protocol/bfcp/fault.js';
import { bfcpFrames, streamLimit } from '../../../src/protocol/bfcp/framing.js';
import type { Carriage } from '../../../src/protocol/bfcp/message.js';
import { ServerBench } from './server-bench.js';
import { vectors } from './vectors.js';

/** Small seeded generator (xorshift), so that a failure can be repeated. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const corpus = vectors.map((vector) => Buffer.from(vector.hex, 'hex'));

function mutate(random: (below: number) => number): Buffer {
  let bytes = Buffer.from(corpus[random(corpus.length)] ?? []);
  for (let i = random(4); i >= 0; i--) {
    const at = random(bytes.length + 1);
    const what = random(5);
    if (what === 0 && at < bytes.length) bytes[at] = random(256);
    else if (what === 1 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    else if (what === 2) bytes = bytes.subarray(0, at);
    else if (what === 3) {
      const other = corpus[random(corpus.length)] ?? Buffer.alloc(0);
      bytes = Buffer.concat([bytes.subarray(0, at & ~3), other.subarray(12)]);
    } else if (bytes.length >= 12 && bytes.length <= 4096) bytes.writeUInt16BE((bytes.length - 12) >> 2, 2);
  }
  return bytes;
}

describe('bfcp fuzz', () => {
  it('never throws, and what it accepts it can write and read again', () => {
    const random = seeded(0x8855);
    let accepted = 0;
    for (let round = 0; round < 30_000; round++) {
      const carriage: Carriage = random(2) === 0 ? 'datagram' : 'reliable';
      const bytes = mutate(random);
      const decoded = decode(bytes, carriage);
      if (!decoded.ok) {
        assert.ok(decoded.fault instanceof BfcpFault);
        continue;
      }
      accepted++;
      const again = decode(encode(decoded.value, carriage), carriage);
      assert.ok(again.ok, `${bytes.toString('hex')}: ${again.ok ? '' : again.fault.message}`);
      assert.equal(again.value.primitive, decoded.value.primitive);
      const twice = encode(again.value, carriage);
      const thrice = decode(twice, carriage);
      assert.ok(thrice.ok);
      assert.deepEqual(thrice.value, again.value, bytes.toString('hex'));
    }
    assert.ok(accepted > 1000, `only ${accepted} accepted`);
  });

  it('leaves a server standing, and its answers short and well-formed', () => {
    const random = seeded(4582);
    for (const carriage of ['datagram', 'reliable'] as const) {
      const bench = new ServerBench(carriage, { userId: 2, tellUnasked: true });
      for (let round = 0; round < 10_000; round++) {
        bench.now += random(50);
        const bytes = mutate(random);
        for (const answer of bench.feed(bytes)) assert.ok(decodeHeader(encode(answer, carriage), carriage).ok);
        if (bench.server.due !== null && bench.server.due <= bench.now) bench.server.tick(bench.now);
        assert.ok(bench.floor.live.length <= 1);
      }
    }
  });

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
