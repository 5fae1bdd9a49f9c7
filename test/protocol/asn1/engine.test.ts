import assert from 'node:assert/strict';
import { decode, encode } from '../../../src/protocol/asn1/codec.js';
import { Asn1Fault, type FaultKind } from '../../../src/protocol/asn1/fault.js';
import { ia5String, numericString } from '../../../src/protocol/asn1/characters.js';
import { choice, chosen } from '../../../src/protocol/asn1/choice.js';
import { sequenceOf } from '../../../src/protocol/asn1/list.js';
import { BOOLEAN, enumerated, integer, NULL, OBJECT_IDENTIFIER } from '../../../src/protocol/asn1/numbers.js';
import { bitsOf, containing, octetString, OPEN_TYPE } from '../../../src/protocol/asn1/octets.js';
import { optional, type AnySchema, type Infer } from '../../../src/protocol/asn1/schema.js';
import { sequence, unknownAdditions } from '../../../src/protocol/asn1/sequence.js';
import { Long, Tree, Versions } from './constructs.js';

const hexOf = <S extends AnySchema>(schema: S, value: Infer<S>): string => encode(schema, value).toString('hex');

function read<S extends AnySchema>(schema: S, hex: string): Infer<S> {
  const decoded = decode(schema, Buffer.from(hex, 'hex'));
  if (!decoded.ok) throw decoded.fault;
  return decoded.value;
}

/** The fault of reading, which must be there. */
function refused(schema: AnySchema, octets: Buffer | string): Asn1Fault {
  const decoded = decode(schema, typeof octets === 'string' ? Buffer.from(octets, 'hex') : octets);
  if (decoded.ok) throw new Error(`accepted: ${JSON.stringify(decoded.value)}`);
  return decoded.fault;
}

describe('asn1', () => {
  it('writes numbers as X.691 §10.5 and §12 say', () => {
    const rows: [AnySchema, number, string][] = [
      [integer(0, 255), 5, '05'],
      // No bits at all; Erlang's compiler misreads what comes before such a number.
      [integer(7, 7), 7, '00'],
      [integer(1, 256), 256, 'ff'],
      [integer(0, 256), 256, '0100'],
      [integer(0, 16777215), 1, '0001'],
      [integer(0, 16777215), 0x123456, '80123456'],
      [integer(0, 4294967295), 0xffffffff, 'c0ffffffff'],
      [integer(1), 128, '017f'],
      [integer(), -129, '02ff7f'],
      [integer(), 128, '020080'],
      [integer(), -(2 ** 52), '07f0000000000000'],
    ];
    for (const [schema, value, hex] of rows) {
      assert.equal(hexOf(schema, value), hex);
      assert.equal(read(schema, hex), value);
    }
  });

  it('pads nothing after the length of an empty string (§10.9.3.3 note 2)', () => {
    const schema = sequence({ digits: numericString(0, 40), after: integer(1, 255) });
    // 6 bits of length, 8 bits of number: no octet boundary between them.
    assert.equal(hexOf(schema, { digits: '', after: 1 }), '0000');
    assert.equal(hexOf(schema, { digits: '', after: 255 }), '03f8');
    assert.deepEqual(read(schema, '03f8'), { digits: '', after: 255 });
  });

  it('aligns strings of more than 16 bits only (§27.5.6-7)', () => {
    // A bit before them: 16 bits of fixed size go on after it (Erlang's compiler aligns them), up to 16 do not.
    assert.equal(hexOf(sequence({ bit: BOOLEAN, s: ia5String(2) }), { bit: true, s: 'AB' }), 'a0a100');
    assert.equal(hexOf(sequence({ bit: BOOLEAN, s: ia5String(3) }), { bit: true, s: 'ABC' }), '80414243');
    assert.equal(hexOf(sequence({ bit: BOOLEAN, s: ia5String(1, 2) }), { bit: true, s: 'AB' }), 'c04142');
    assert.equal(hexOf(sequence({ bit: BOOLEAN, s: numericString(1, 3) }), { bit: true, s: '12' }), 'a460');
  });

  it('constrains lengths below 64K only (§10.9.4.1)', () => {
    assert.equal(hexOf(octetString(0, 65_535), Buffer.from('ab')), '00026162');
    assert.equal(hexOf(octetString(0, 65_536), Buffer.from('ab')), '026162');
    assert.equal(read(octetString(0, 65_536), '026162').toString(), 'ab');
  });

  it('writes an empty value as one octet (§10.1.3)', () => {
    assert.equal(hexOf(sequence({}), {}), '00');
    assert.equal(hexOf(containing(sequence({})), {}), '0100');
    assert.deepEqual(read(containing(sequence({})), '0100'), {});
  });

  for (const total of [16_383, 16_384, 16_385, 65_535, 65_536, 81_920, 150_000]) {
    it(`writes and reads ${total} units in fragments`, () => {
      const octets = Buffer.from(Array.from({ length: total }, (_, i) => i % 251));
      const values: Infer<typeof Long>[] = [
        { octets },
        { later: octets },
        { bits: bitsOf(octets) },
        { wide: 'ŝ'.repeat(total) },
        { list: [...octets.subarray(0, total)] },
      ];
      for (const value of values) {
        const decoded = decode(Long, encode(Long, value), { elements: total, depth: 1 });
        assert.ok(decoded.ok);
        assert.deepEqual(decoded.value, value);
      }
      const fragments = Math.min(4, Math.floor(total / 16_384));
      if (fragments > 0) assert.equal(encode(Long, { octets })[1], 0xc0 + fragments);
    });
  }

  it('names the alternative of a choice, and gives each by its name', () => {
    const schema = choice({ ip: octetString(4), none: NULL }, {});
    const value: Infer<typeof schema> = { ip: Buffer.from('abcd') };
    assert.equal(chosen(value), 'ip');
    assert.equal(read(schema, hexOf(schema, { none: true })).none, true);
    assert.equal(read(schema, hexOf(schema, value)).none, undefined);
  });

  describe('extensions', () => {
    const older = sequence({ a: BOOLEAN, b: optional(integer(0, 7)) }, { c: integer(0, 255) });
    const newer = sequence(
      { a: BOOLEAN, b: optional(integer(0, 7)) },
      { c: integer(0, 255), d: octetString(), e: BOOLEAN, f: sequenceOf(integer(0, 255)) },
    );
    const value: Infer<typeof newer> = { a: true, c: 9, d: Buffer.from('dual'), f: [1, 2, 3] };

    it('that are unknown are skipped, kept, and written again', () => {
      const hex = hexOf(newer, value);
      const known = read(older, hex);
      assert.equal(known.a, true);
      assert.equal(known.c, 9);
      assert.deepEqual(Object.keys(known), ['a', 'c']);
      assert.equal(hexOf(older, known), hex);
      assert.equal(hexOf(older, { ...known, a: false }), hexOf(newer, { ...value, a: false }));
    });

    it('may have a bitmap that ends early or goes on', () => {
      // Extension bit, absence of b, a; a bitmap of 2 bits for c and d, then both.
      const short = read(newer, 'a0b0' + '0109' + '03026162');
      assert.deepEqual(short, { a: true, c: 9, d: Buffer.from('ab') });
      // A bitmap of 7 bits for c and the last one.
      const long = read(newer, 'a360' + '4001' + '09' + '02ffff');
      assert.equal(long.c, 9);
    });

    it('are older values without', () => {
      assert.deepEqual(read(newer, hexOf(older, { a: true, b: 3 })), { a: true, b: 3 });
      assert.deepEqual(read(newer, hexOf(older, { a: true, c: 1 })), { a: true, c: 1 });
    });

    it('beyond 64 are read and written', () => {
      const additions = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`x${i}`, integer(0, 255)]));
      const wide = sequence({}, additions);
      const all = Object.fromEntries(Object.keys(additions).map((name, i) => [name, i]));
      const hex = hexOf(wide, all);
      assert.deepEqual(read(wide, hex), all);
      const narrow = read(sequence({}, {}), hex) as { [unknownAdditions]?: unknown[] };
      assert.equal(narrow[unknownAdditions]?.length, 70);
      assert.equal(hexOf(sequence({}, {}), narrow), hex);
    });

    it('up to 64 have a short bitmap (§10.9.3.4)', () => {
      const additions = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`x${i}`, integer(0, 255)]));
      const hex = hexOf(sequence({}, additions), Object.fromEntries(Object.keys(additions).map((name) => [name, 1])));
      assert.equal(hex.slice(0, 18), 'bf' + 'ff'.repeat(8));
    });

    it('of a choice that are unknown are kept', () => {
      const names = Array.from({ length: 70 }, (_, i) => [`x${i}`, integer(0, 255)] as const);
      const schema = choice({ root: NULL }, Object.fromEntries(names));
      const older = choice({ root: NULL }, {});
      for (const index of [0, 63, 64, 69]) {
        const hex = hexOf(schema, { [`x${index}`]: 7 } as never);
        const known = read(older, hex);
        assert.deepEqual(known, { unknownAlternative: { index, octets: Buffer.from([7]) } });
        assert.equal(hexOf(older, known), hex);
      }
    });

    it('of an enumeration that are unknown are numbers', () => {
      const newest = enumerated(['a', 'b'], ['c', 'd']);
      const oldest = enumerated(['a', 'b'], []);
      assert.equal(read(oldest, hexOf(newest, 'd')), 3);
      assert.equal(hexOf(oldest, 3), hexOf(newest, 'd'));
      assert.equal(read(newest, hexOf(newest, 'c')), 'c');
    });

    it('of a group are together in one addition', () => {
      const whole: Infer<typeof Versions> = { first: true, last: false, group1: { fourth: true }, sixth: true };
      assert.deepEqual(read(Versions, hexOf(Versions, whole)), whole);
    });

    it('that are longer than known are read as far as they are known', () => {
      const short = sequence({}, { x: sequence({ a: integer(0, 255) }) });
      const long = sequence({}, { x: sequence({ a: integer(0, 255), b: integer(0, 255) }) });
      assert.deepEqual(read(short, hexOf(long, { x: { a: 1, b: 2 } })), { x: { a: 1 } });
      assert.equal(refused(long, hexOf(short, { x: { a: 1 } })).kind, 'malformed');
    });
  });

  describe('faults', () => {
    const rows: [why: string, kind: FaultKind, schema: AnySchema, hex: string, bit: number][] = [
      ['nothing at all', 'incomplete', BOOLEAN, '', 0],
      ['octets missing', 'incomplete', octetString(), '0561', 8],
      ['a number above its range', 'malformed', integer(0, 4), 'e0', 3],
      ['a size above its range', 'malformed', octetString(1, 5), 'e0', 3],
      ['a character that is not permitted', 'malformed', ia5String(1, 128, '0123456789#*,'), '00e0', 12],
      ['a fragment of 5 times 16K', 'malformed', octetString(), 'c5', 8],
      ['a number of no octets', 'malformed', integer(), '00', 8],
      ['an identifier without an end', 'malformed', OBJECT_IDENTIFIER, '0188', 16],
      ['an identifier without arcs', 'malformed', OBJECT_IDENTIFIER, '00', 8],
      ['a number of 8 octets', 'unsupported', integer(), '087fffffffffffffff', 72],
      ['an arc of 20 octets', 'unsupported', OBJECT_IDENTIFIER, `15${'2a'}${'ff'.repeat(19)}7f`, 176],
      ['an alternative that is not there', 'malformed', choice({ a: NULL, b: NULL, c: NULL }), 'c0', 2],
    ];
    for (const [why, kind, schema, hex, bit] of rows) {
      it(`${why}: ${kind}`, () => {
        const fault = refused(schema, hex);
        assert.equal(fault.kind, kind, fault.message);
        assert.equal(fault.position, bit, fault.message);
        assert.equal(fault.verdict.label, kind);
      });
    }

    it('say in which component and at which bit', () => {
      const schema = sequence({ list: sequenceOf(sequence({ n: integer(0, 4) })) });
      const fault = refused(schema, '02' + '1c');
      assert.deepEqual(fault.path, ['list', '1', 'n']);
      assert.match(fault.message, /^list\.1\.n: .*\(bit 14\)$/);
    });

    it('end what is nested without end', () => {
      let deep: Tree = { name: 'x' };
      for (let i = 0; i < 16; i++) deep = { name: 'x', children: [deep] };
      assert.deepEqual(read(Tree, hexOf(Tree, deep)), deep);
      const tooDeep: Tree = { name: 'x', children: [deep] };
      assert.throws(() => encode(Tree, tooDeep), Asn1Fault);
      const round: Tree = { name: 'x' };
      round.children = [round];
      assert.throws(() => encode(Tree, round), Asn1Fault);
      // Children of one child each, as octets: extension bit, optional bit, 3 bits of length; a name; a count.
      assert.equal(refused(Tree, Buffer.from('407801'.repeat(100_000), 'hex')).kind, 'unsupported');
    });

    it('end lists that say they are longer than the limit, before they are read', () => {
      const nothing = sequenceOf(sequence({}));
      assert.equal(refused(nothing, 'c4'.repeat(1000)).kind, 'unsupported');
      const decoded = decode(nothing, Buffer.from('c100', 'hex'), { elements: 16_384, depth: 1 });
      assert.ok(decoded.ok && decoded.value.length === 16_384);
    });
  });

  it('refuses to write what does not fit the schema, and says where', () => {
    const schema = sequence({
      n: integer(0, 7),
      list: optional(sequenceOf(ia5String(1, 2))),
      any: optional(OPEN_TYPE),
    });
    const wrong: unknown[] = [
      null,
      7,
      {},
      { n: 8 },
      { n: 1.5 },
      { n: '1' },
      { n: 1, list: 'a' },
      { n: 1, list: ['abc'] },
      { n: 1, list: ['\u0100'] },
      { n: 1, any: 'text' },
    ];
    for (const value of wrong) assert.throws(() => encode(schema, value as never), Asn1Fault, JSON.stringify(value));
    const one = choice({ a: NULL, b: integer(0, 1) });
    for (const value of [{}, { a: true, b: 1 }, { c: 1 }, { unknownAlternative: {} }, { b: 2 }, { a: false }])
      assert.throws(() => encode(one, value as never), Asn1Fault, JSON.stringify(value));
    for (const identifier of ['', '1', '3.1', '1.40', 'a.b', `2.${2n ** 129n}`])
      assert.throws(() => encode(OBJECT_IDENTIFIER, identifier), Asn1Fault, identifier);
    assert.throws(() => encode(schema, { n: 1, list: ['a', 'abc'] }), /^Asn1Fault: list\.1: size 3 is not in 1\.\.2/);
  });

  it('reads identifiers of any length', () => {
    for (const identifier of [
      '0.0',
      '1.39.1',
      '2.999.3',
      '2.25.329800735698586629295641978511506172918',
      '0.0.8.239.1.2',
    ])
      assert.equal(read(OBJECT_IDENTIFIER, hexOf(OBJECT_IDENTIFIER, identifier)), identifier);
  });

  it('leaves octets after the value alone, and says how many it took', () => {
    const decoded = decode(octetString(), Buffer.from('0161ffff', 'hex'));
    assert.ok(decoded.ok);
    assert.equal(decoded.used, 2);
  });
});
