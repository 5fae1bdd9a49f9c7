import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readEnvelope } from '../../../src/protocol/sip/envelope.js';
import { printMessage } from '../../../src/protocol/sip/message.js';
import { parseMessage } from '../../../src/protocol/sip/parser.js';
import { memoryEngine } from '../../support/memory-engine.js';

const folder = new URL('../../golden/sip-torture/', import.meta.url);

/**
 * What becomes of each message over UDP: it reaches the application, it is answered with a status, or it is dropped.
 * Where the documents leave a choice, the comment says which one was taken.
 */
const rfc4475: Record<string, 'application' | 'dropped' | number> = {
  wsinv: 481, // read; its To tag names a dialog we do not have
  intmeth: 501,
  esc01: 'application',
  escnull: 'application',
  esc02: 501,
  lwsdisp: 'application',
  longreq: 'application',
  dblreq: 'application',
  semiuri: 'application',
  transports: 'application',
  mpart01: 'application',
  unreason: 'dropped', // well formed, but no transaction of ours
  noreason: 'dropped', // likewise
  badinv01: 400,
  clerr: 400,
  ncl: 400,
  scalar02: 400,
  scalarlg: 'dropped',
  quotbal: 400,
  ltgtruri: 400,
  lwsruri: 400,
  lwsstart: 400,
  trws: 400,
  escruri: 400,
  baddate: 'application', // Date is not used: ignored
  regbadct: 400,
  badaspec: 'application', // blanks inside the brackets are ignored
  baddn: 400,
  badvers: 505,
  mismatch01: 400,
  mismatch02: 501,
  bigcode: 'dropped',
  badbranch: 'application', // matched by the rules of RFC 2543
  insuf: 400,
  unkscm: 416,
  novelsc: 416,
  unksm2: 'application', // a registrar judges the address of record
  bext01: 420,
  invut: 'application', // bodies are the application's affair (415)
  regaut01: 'application',
  multi01: 400,
  mcl01: 400,
  bcast: 'dropped',
  zeromf: 'application', // we are its end point
  cparam01: 'application',
  cparam02: 'application',
  regescrt: 'application',
  sdp01: 'application', // Accept is the application's affair (406)
  inv2543: 'application',
};

const rfc5118: Record<string, 'application' | 'dropped' | number> = {
  'ipv6-good': 'application',
  'ipv6-bad': 400,
  'port-ambiguous': 'application',
  'port-unambiguous': 'application',
  'via-received-param-with-delim': 481, // BYE of a dialog we do not have
  'via-received-param-no-delim': 'application',
  'ipv6-in-sdp': 'application',
  'mult-ip-in-header': 481, // likewise
  'mult-ip-in-sdp': 'application',
  'ipv4-mapped-ipv6': 'application',
  'ipv6-bug-abnf-3-colons': 'application',
  'ipv6-correct-abnf-2-colons': 'application',
};

async function outcome(data: Buffer): Promise<'application' | 'dropped' | number> {
  const { engine, peer, app, sent, metrics, at } = await memoryEngine();
  peer.send(data, at);
  const finals = sent.filter(({ text }) => /^SIP\/2\.0 [2-6]/.test(text));
  const result =
    app.fromNetwork.length > 0 ? 'application' : (finals[0] && Number(finals[0].text.slice(8, 11))) || 'dropped';
  await engine.close();
  assert.equal(metrics.counted('dualstream_sip_internal_errors_total'), 0);
  return result;
}

for (const [document, table] of Object.entries({ rfc4475, rfc5118 })) {
  describe(`torture messages of ${document}`, () => {
    const files = readdirSync(new URL(`${document}/`, folder)).map((file) => file.replace('.dat', ''));

    it('are all in the table', () => assert.deepEqual(files.sort(), Object.keys(table).sort()));

    for (const name of files) {
      it(`${name}: ${table[name]}`, async () => {
        assert.equal(await outcome(readFileSync(new URL(`${document}/${name}.dat`, folder))), table[name]);
      });

      it(`${name}: what is accepted is printed so that it is read the same`, () => {
        const first = parseMessage(readFileSync(new URL(`${document}/${name}.dat`, folder)), 'datagram');
        if (!first.ok) return;
        const again = parseMessage(printMessage(first.message), 'datagram');
        assert.ok(again.ok);
        assert.deepEqual(again.message, first.message);
      });
    }
  });
}

describe('well-formed responses among the torture messages', () => {
  for (const name of ['rfc4475/unreason', 'rfc4475/noreason']) {
    it(`${name} is read`, () => {
      const parsed = parseMessage(readFileSync(new URL(`${name}.dat`, folder)), 'datagram');
      assert.ok(parsed.ok);
      assert.ok(readEnvelope(parsed.message).via);
    });
  }
});
