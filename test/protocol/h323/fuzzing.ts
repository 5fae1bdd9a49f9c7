import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { decode, encode } from '../../../src/protocol/asn1/codec.js';
import { Asn1Fault } from '../../../src/protocol/asn1/fault.js';
import type { AnySchema } from '../../../src/protocol/asn1/schema.js';
import { H323Fault } from '../../../src/protocol/h323/fault.js';
import { decodeQ931, encodeQ931 } from '../../../src/protocol/h323/q931.js';
import { seeded, type Roll } from '../../support/seeded.js';
import { h245Vectors, pdus, q931Vectors, synthetic } from './goldens.js';
import { schemaOf } from './modules.js';

const h245 = { module: 'MULTIMEDIA-SYSTEM-CONTROL', type: 'MultimediaSystemControlMessage' };
const corpus = [...pdus, ...synthetic, ...h245Vectors.map(({ hex }) => ({ ...h245, hex }))].map(
  ({ module, type, hex }) => ({ schema: schemaOf(module, type), octets: Buffer.from(hex, 'hex') }),
);
const q931 = q931Vectors.map(({ hex }) => Buffer.from(hex, 'hex'));

/** Changed bits and octets, cut, lengthened, or with a piece of another. */
function mutate(random: Roll, from: Buffer, other: Buffer): Buffer {
  let octets = Buffer.from(from);
  for (let i = random(4); i >= 0; i--) {
    const at = random(octets.length + 1);
    const what = random(7);
    if (what <= 1 && at < octets.length) octets[at] = random(256);
    else if (what <= 3 && at < octets.length) octets[at] = (octets[at] ?? 0) ^ (1 << random(8));
    else if (what === 4) octets = octets.subarray(0, at);
    else if (what === 5)
      octets = Buffer.concat([octets.subarray(0, at), Buffer.alloc(1 + random(4), 0xff), octets.subarray(at)]);
    else octets = Buffer.concat([octets.subarray(0, at), other.subarray(random(other.length))]);
  }
  return octets;
}

/** Mutated PDUs are read or refused by name; what is accepted can be written, and is then read the same. */
export function fuzzPdus(seed: number, rounds: number): void {
  const random = seeded(seed);
  let accepted = 0;
  for (let round = 0; round < rounds; round++) {
    const { schema, octets: from } = corpus[random(corpus.length)] as (typeof corpus)[number];
    const octets = mutate(random, from, (corpus[random(corpus.length)] as (typeof corpus)[number]).octets);
    if (readAgain(schema, octets)) accepted++;
  }
  assert.ok(accepted > rounds / 10, `only ${accepted} accepted`);
}

function readAgain(schema: AnySchema, octets: Buffer): boolean {
  const decoded = decode(schema, octets);
  if (!decoded.ok) {
    assert.ok(decoded.fault instanceof Asn1Fault);
    return false;
  }
  const again = decode(schema, encode(schema, decoded.value));
  assert.ok(again.ok, `${octets.toString('hex')}: ${again.ok ? '' : again.fault.message}`);
  assert.ok(isDeepStrictEqual(again.value, decoded.value), octets.toString('hex'));
  return true;
}

/** The same of Q.931 messages. */
export function fuzzQ931(seed: number, rounds: number): void {
  const random = seeded(seed);
  let accepted = 0;
  for (let round = 0; round < rounds; round++) {
    const octets = mutate(random, q931[random(q931.length)] as Buffer, q931[random(q931.length)] as Buffer);
    const decoded = decodeQ931(octets);
    if (!decoded.ok) {
      assert.ok(decoded.fault instanceof H323Fault);
      continue;
    }
    accepted++;
    const again = decodeQ931(encodeQ931(decoded.message));
    assert.ok(again.ok, octets.toString('hex'));
    const third = decodeQ931(encodeQ931(again.message));
    assert.ok(third.ok && isDeepStrictEqual(third.message, again.message), octets.toString('hex'));
  }
  assert.ok(accepted > rounds / 20, `only ${accepted} accepted`);
}
