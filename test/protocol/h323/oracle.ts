import assert from 'node:assert/strict';
import { decode, encode } from '../../../src/protocol/asn1/codec.js';
import type { AnySchema } from '../../../src/protocol/asn1/schema.js';
import { seeded } from '../../support/seeded.js';
import { Generator } from '../asn1/generate.js';
import { moduleText, Oracle, type Question } from '../asn1/oracle.js';
import { erlang, translate } from '../asn1/translate.js';
import { moduleNames, schemasOf } from './modules.js';

/** Parameterised types are no types by themselves for Erlang. */
const parameterised = ['ENCRYPTED', 'HASHED', 'SIGNED'];

/**
 * Values of every type of a module in turn, with how we write them. Erlang pads after the length of an empty string, which X.691
 * §10.9.3.3 (note 2) does not: there are none here, and one in the tests of the engine.
 */
export function questions(module: string, types: Map<string, AnySchema>, count: number, seed: number): Question[] {
  const generator = new Generator(seeded(seed), false);
  const all = [...types].filter(([type]) => !parameterised.includes(type));
  return Array.from({ length: count }, (_, index) => {
    const [type, schema] = all[index % all.length] as [string, AnySchema];
    const value = generator.make(schema);
    const octets = encode(schema, value);
    const again = decode(schema, octets);
    assert.ok(again.ok, `${type} ${octets.toString('hex')}`);
    assert.deepEqual(again.value, value, type);
    assert.equal(again.used, octets.length);
    return { module, type, hex: octets.toString('hex'), term: translate(schema, value, erlang) };
  });
}

/** Erlang writes the same octets for the same value, and reads the value from them. */
export async function agree(oracle: Oracle, asked: readonly Question[]): Promise<void> {
  const answers = await oracle.ask(asked);
  answers.forEach(({ hex, read }, index) => {
    const { type, hex: ours, term } = asked[index] as Question;
    assert.equal(hex, ours, `${type} of ${term}`);
    assert.equal(read, 'same', `${type} ${ours}, which we wrote for ${term}`);
  });
}

export const oracleOfModules = (): Promise<Oracle> =>
  Oracle.of(Object.fromEntries(moduleNames.map((name) => [name, moduleText(`scripts/asn1/modules/${name}.asn`)])));

/** That many values of each module. */
export async function agreeOnModules(oracle: Oracle, count: number, seed: number): Promise<void> {
  for (const module of moduleNames) await agree(oracle, questions(module, schemasOf(module), count, seed));
}
