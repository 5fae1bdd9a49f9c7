import assert from 'node:assert/strict';
import { useEncryption } from '../../../src/legs/bfcp-party/plain-talk.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import { primitives, type PrimitiveName } from '../../../src/protocol/bfcp/names.js';

const asking = new Set<PrimitiveName>([
  'FloorRequest',
  'FloorRelease',
  'FloorRequestQuery',
  'UserQuery',
  'FloorQuery',
  'ChairAction',
  'Hello',
  'Goodbye',
]);

describe('bfcp in the plain where encryption was agreed', () => {
  for (const [carriage, code] of [
    ['datagram', 11],
    ['reliable', 9],
  ] as const) {
    it(`is answered with error ${code} on ${carriage}s, if it asks for something`, () => {
      for (const primitive of Object.keys(primitives) as PrimitiveName[]) {
        const version = carriage === 'datagram' ? 2 : 1;
        const ids = { conferenceId: 5, transactionId: 6, userId: 7 };
        const said = encode({ version, response: false, primitive, ...ids, body: {} }, carriage);
        const answer = useEncryption(said, carriage);
        assert.equal(answer !== null, asking.has(primitive), primitive);
        if (!answer) continue;
        const read = decode(answer, carriage);
        assert.ok(read.ok);
        const { conferenceId, transactionId, userId, body } = read.value;
        assert.deepEqual({ conferenceId, transactionId, userId }, ids);
        assert.equal(body.error?.code, code);
      }
    });
  }

  it('is no answer, no message, and no beginning of TLS', () => {
    const answer = { version: 2, response: true, primitive: 'Hello', conferenceId: 1, userId: 1 } as const;
    assert.equal(useEncryption(encode({ ...answer, transactionId: 1, body: {} }, 'datagram'), 'datagram'), null);
    for (const text of ['GET / HTTP/1.1', '', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\x00']) {
      assert.equal(useEncryption(Buffer.from(text, 'latin1'), 'reliable'), null);
    }
  });
});
