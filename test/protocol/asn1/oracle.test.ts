import assert from 'node:assert/strict';
import { encode } from '../../../src/protocol/asn1/codec.js';
import { agree, questions } from '../h323/oracle.js';
import { constructs, Long, Versions } from './constructs.js';
import { moduleText, Oracle, oraclePresent, type Question } from './oracle.js';
import { erlang, translate } from './translate.js';

describe("asn1 beside Erlang's ASN.1 compiler", function () {
  this.timeout(120_000);
  let oracle: Oracle;

  before(async function () {
    if (!oraclePresent()) return this.skip();
    oracle = await Oracle.of({ CONSTRUCTS: moduleText('test/golden/asn1/CONSTRUCTS.asn') });
  });

  it('agrees on every construct, both ways, byte for byte', async () => {
    const types = new Map([...constructs].filter(([type]) => type !== 'Versions'));
    await agree(oracle, questions('CONSTRUCTS', types, 2000, 11));
  });

  it('agrees on addition groups', async () => {
    // Erlang has the components of a group in the sequence itself; it does not read back what it writes without one.
    const asked = questions('CONSTRUCTS', new Map([['Versions', Versions]]), 500, 12).map((question) => ({
      ...question,
      term: question.term.replace(/'group1' => #\{([^}]*)\}/, '$1'),
    }));
    const answers = await oracle.ask(asked);
    assert.deepEqual(
      answers.map(({ hex }) => hex),
      asked.map(({ hex }) => hex),
    );
  });

  it('agrees on what comes in fragments', async () => {
    const asked: Question[] = [];
    const octets = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 251));
    const list = [...octets.subarray(0, 16_384)];
    for (const value of [{ octets }, { later: octets }, { list }, { wide: 'ab'.repeat(8200) }]) {
      const hex = encode(Long, value as never).toString('hex');
      asked.push({ module: 'CONSTRUCTS', type: 'Long', hex, term: translate(Long, value, erlang) });
    }
    await agree(oracle, asked);
  });
});
