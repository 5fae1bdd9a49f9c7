import { oraclePresent, type Oracle } from '../asn1/oracle.js';
import { agree, agreeOnModules, oracleOfModules } from './oracle.js';
import { synthetic } from './goldens.js';

describe("the tables of H.323 beside Erlang's ASN.1 compiler", function () {
  // The first time the modules are compiled.
  this.timeout(300_000);
  let oracle: Oracle;

  before(async function () {
    if (!oraclePresent()) return this.skip();
    oracle = await oracleOfModules();
  });

  it('agree on 2000 values of each module, both ways, byte for byte', () => agreeOnModules(oracle, 2000, 5));

  it('agree on the golden messages of rarer types', () =>
    agree(
      oracle,
      synthetic.map(({ module, type, hex, erlangTerm }) => ({ module, type, hex, term: erlangTerm })),
    ));
});
