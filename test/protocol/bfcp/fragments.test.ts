import assert from 'node:assert/strict';
import { decodeHeader } from '../../../src/protocol/bfcp/decode.js';
import { datagramLimit, fragment, Reassembler } from '../../../src/protocol/bfcp/fragments.js';
import { bytesOf, hexOf, vectors } from './vectors.js';

function put(reassembler: Reassembler, bytes: Uint8Array, now = 0): string | null {
  const header = decodeHeader(bytes, 'datagram');
  assert.ok(header.ok);
  const whole = reassembler.add(bytes, header.value, now);
  return whole === null || whole === 'refused' ? whole : hexOf(whole);
}

const first = bytesOf('fragment-1of2-udp');
const second = bytesOf('fragment-2of2-udp');
const whole = vectors.find((vector) => vector.name === 'fragment-2of2-udp')?.expect['reassembled'];

describe('bfcp fragments', () => {
  it('puts the golden ones together in either order', () => {
    for (const order of [
      [first, second],
      [second, first],
    ] as const) {
      const reassembler = new Reassembler(10_000);
      assert.equal(put(reassembler, order[0]), null);
      assert.equal(put(reassembler, order[1]), whole);
    }
  });

  it('forgets after T2 of the first fragment', () => {
    const reassembler = new Reassembler(10_000);
    put(reassembler, first, 0);
    assert.equal(put(reassembler, second, 10_000), null);
  });

  it('keeps few messages at a time', () => {
    const reassembler = new Reassembler(10_000);
    for (let id = 0; id < 3; id++) {
      const piece = Buffer.from(first);
      piece.writeUInt16BE(id, 8);
      put(reassembler, piece);
    }
    const last = Buffer.from(second);
    last.writeUInt16BE(0, 8);
    assert.equal(put(reassembler, last), null, 'the oldest was given up');
  });

  it('refuses large messages and overlaps', () => {
    const reassembler = new Reassembler(10_000, 64);
    assert.equal(put(reassembler, first), 'refused');
    const tolerant = new Reassembler(10_000);
    put(tolerant, first);
    const overlap = Buffer.from(second);
    overlap.writeUInt16BE(9, 12);
    assert.equal(put(tolerant, overlap), 'refused');
  });

  it('cuts long messages so that they can be put together again', () => {
    const message = Buffer.alloc(12 + 4000, 7);
    message.writeUInt8(0x50, 0);
    message.writeUInt16BE(1000, 2);
    const pieces = fragment(message);
    assert.equal(pieces.length, 4);
    assert.ok(pieces.every((piece) => piece.length <= datagramLimit));
    const reassembler = new Reassembler(10_000);
    const results = pieces.map((piece) => put(reassembler, piece));
    assert.deepEqual(results, [null, null, null, hexOf(message)]);
    assert.deepEqual(fragment(message.subarray(0, datagramLimit)).length, 1);
  });
});
