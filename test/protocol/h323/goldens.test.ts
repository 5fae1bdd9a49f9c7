import assert from 'node:assert/strict';
import { decode, encode } from '../../../src/protocol/asn1/codec.js';
import type { AnySchema } from '../../../src/protocol/asn1/schema.js';
import { MultimediaSystemControlMessage } from '../../../src/protocol/h323/h245/schema.js';
import { golden, translate } from '../asn1/translate.js';
import { h245Vectors, pdus, synthetic } from './goldens.js';
import { schemaOf } from './modules.js';

function read(schema: AnySchema, octets: Buffer): unknown {
  const decoded = decode(schema, octets);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.fault.message);
  assert.equal(decoded.used, octets.length);
  return decoded.value;
}

describe('messages of H.323 from other stacks', () => {
  for (const type of new Set(pdus.map((pdu) => pdu.type))) {
    const ofType = pdus.filter((pdu) => pdu.type === type);
    it(`${ofType.length} ${type} are read to their values, which can be written and read again`, () => {
      for (const { name, module, hex, reencode, value } of ofType) {
        const schema = schemaOf(module, type);
        const octets = Buffer.from(hex, 'hex');
        const decoded = read(schema, octets);
        assert.deepEqual(translate(schema, decoded, golden), value, name);
        const written = encode(schema, decoded);
        assert.deepEqual(read(schema, written), decoded, name);
        // Those that end their extension bitmaps early are written in the full length of our version.
        if (reencode === 'identical') assert.equal(written.toString('hex'), hex, name);
      }
    });
  }

  it(`${synthetic.length} of rarer types are written byte for byte as they were`, () => {
    for (const { name, module, type, hex } of synthetic) {
      const schema = schemaOf(module, type);
      assert.equal(encode(schema, read(schema, Buffer.from(hex, 'hex'))).toString('hex'), hex, name);
    }
  });

  it(`${h245Vectors.length} messages of H.245 and H.239 are written byte for byte as they were`, () => {
    for (const { name, hex } of h245Vectors) {
      const message = read(MultimediaSystemControlMessage, Buffer.from(hex, 'hex'));
      assert.equal(encode(MultimediaSystemControlMessage, message as never).toString('hex'), hex, name);
    }
  });
});
