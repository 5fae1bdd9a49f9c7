import assert from 'node:assert/strict';
import { decode, decodeHeader } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import { BfcpFault } from '../../../src/protocol/bfcp/fault.js';
import type { Carriage } from '../../../src/protocol/bfcp/message.js';
import { seeded, type Roll } from '../../support/seeded.js';
import { ServerBench } from './server-bench.js';
import { vectors } from './vectors.js';

const corpus = vectors.map((vector) => Buffer.from(vector.hex, 'hex'));

function mutate(random: Roll): Buffer {
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

/** Mutated messages are read or refused by name; what is accepted can be written and read again. */
export function fuzzCodec(seed: number, rounds: number): void {
  const random = seeded(seed);
  let accepted = 0;
  for (let round = 0; round < rounds; round++) {
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
  assert.ok(accepted > rounds / 30, `only ${accepted} accepted`);
}

/** Mutated messages leave a server of either carriage standing, and its answers short and well-formed. */
export function fuzzServer(seed: number, rounds: number): void {
  const random = seeded(seed);
  for (const carriage of ['datagram', 'reliable'] as const) {
    const bench = new ServerBench(carriage, { userId: 2, tellUnasked: true });
    for (let round = 0; round < rounds; round++) {
      bench.now += random(50);
      const bytes = mutate(random);
      for (const answer of bench.feed(bytes)) assert.ok(decodeHeader(encode(answer, carriage), carriage).ok);
      if (bench.server.due !== null && bench.server.due <= bench.now) bench.server.tick(bench.now);
      assert.ok(bench.floor.live.length <= 1);
    }
  }
}
