import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parseNameAddrList } from '../../../src/protocol/sip-values/name-addr.js';
import { parseSipUri } from '../../../src/protocol/sip-values/uri.js';
import { printVia } from '../../../src/protocol/sip-values/via.js';
import { readEnvelope } from '../../../src/protocol/sip/envelope.js';
import { printMessage } from '../../../src/protocol/sip/message.js';
import { parseMessage } from '../../../src/protocol/sip/parser.js';
import { memoryEngine } from '../../support/memory-engine.js';

const folder = new URL('../../golden/sip-torture/', import.meta.url);

/** What becomes of a message: it reaches the application, it is answered with a status, or it is dropped. */
type Outcome = 'application' | 'dropped' | number;
/** Over a connection it may also be waited for until the connection is given up, or close it after the answer. */
type Streamed = Outcome | 'closed later' | '400 closed' | 'application twice';

/**
 * What becomes of each message over UDP. Where the documents leave a choice, the comment says which one was taken: the
 * deviations of this engine from what they prefer are these comments and nothing else.
 */
const rfc4475: Record<string, Outcome> = {
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

const rfc5118: Record<string, Outcome> = {
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

/** Bodies that are shorter or longer than the Content-Length printed in RFC 5118 says. */
const asPrinted: Record<string, Outcome> = {
  'ipv4-mapped-ipv6': 'application', // longer: the rest is left out (RFC 3261 §18.3)
  'ipv6-in-sdp': 400, // shorter
  'mult-ip-in-sdp': 'application', // longer
};

/** Where framing matters, what becomes of a message over TCP. */
const streamed: Record<string, Streamed> = {
  baddn: 'closed later', // the end of its headers never comes
  clerr: 'closed later',
  dblreq: 'application twice', // the second request is one on a stream
  inv2543: '400 closed', // streams need Content-Length
  mcl01: '400 closed',
  ncl: '400 closed',
  'rfc5118-as-printed/ipv6-in-sdp': 'closed later',
};

const readOf = (path: string): Buffer => readFileSync(new URL(`${path}.dat`, folder));
const statusIn = (text: string): number => Number(/^SIP\/2\.0 ([2-6]\d\d)/m.exec(text)?.[1] ?? 0);

async function overUdp(data: Buffer): Promise<Outcome> {
  const { engine, peer, app, sent, metrics, at } = await memoryEngine();
  peer.send(data, at);
  const answer = sent.map(({ text }) => statusIn(text)).find((status) => status > 0);
  const result = app.fromNetwork.length > 0 ? 'application' : (answer ?? 'dropped');
  await engine.close();
  assert.equal(metrics.counted('dualstream_sip_internal_errors_total'), 0);
  return result;
}

async function overTcp(data: Buffer): Promise<Streamed> {
  const { engine, net, app, metrics, at, clock } = await memoryEngine();
  const stream = await net.dial(at, { address: '127.0.0.1', port: 6001 });
  let [answers, closed] = ['', false];
  stream.onData((chunk) => (answers += chunk.toString()));
  stream.onClose(() => (closed = true));
  for (let from = 0; from < data.length; from += 100) stream.write(data.subarray(from, from + 100));
  const status = statusIn(answers);
  const seen = app.fromNetwork.length;
  const atOnce = closed;
  if (!atOnce) clock.advance(33_000);
  const later = closed && !atOnce;
  await engine.close();
  assert.equal(metrics.counted('dualstream_sip_internal_errors_total'), 0);
  if (seen > 0) return seen > 1 ? 'application twice' : 'application';
  if (status > 0) return atOnce ? (`${status} closed` as Streamed) : status;
  return later ? 'closed later' : 'dropped';
}

for (const [document, table] of Object.entries({ rfc4475, rfc5118, 'rfc5118-as-printed': asPrinted })) {
  describe(`torture messages of ${document}`, () => {
    const files = readdirSync(new URL(`${document}/`, folder)).map((file) => file.replace('.dat', ''));

    it('are all in the table', () => assert.deepEqual(files.sort(), Object.keys(table).sort()));

    for (const name of files) {
      const path = `${document}/${name}`;
      it(`${name}: ${table[name]}`, async () => assert.equal(await overUdp(readOf(path)), table[name]));

      const wanted = streamed[document === 'rfc5118-as-printed' ? path : name] ?? table[name];
      it(`${name} over TCP: ${wanted}`, async () => assert.equal(await overTcp(readOf(path)), wanted));

      it(`${name}: what is accepted is printed so that it is read the same`, () => {
        const first = parseMessage(readOf(path), 'datagram');
        if (!first.ok) return;
        const again = parseMessage(printMessage(first.message), 'datagram');
        assert.ok(again.ok);
        assert.deepEqual(again.message, first.message);
      });
    }
  });
}

describe('torture messages with one thing to look at', () => {
  const parsed = (path: string) => {
    const read = parseMessage(readOf(path), 'datagram');
    assert.ok(read.ok);
    return read.message;
  };
  const answerTo = async (path: string): Promise<string> => {
    const { engine, peer, sent, at } = await memoryEngine();
    peer.send(readOf(path), at);
    await engine.close();
    return sent.at(-1)?.text ?? '';
  };
  const uriOf = (path: string) => {
    const message = parsed(path);
    return parseSipUri(message.kind === 'request' ? message.uri : '');
  };
  const contactsOf = (path: string) => parseNameAddrList(parsed(path).headers.joined('contact') ?? '');

  it('bext01: all unknown extensions are named', async () =>
    assert.match(await answerTo('rfc4475/bext01'), /^Unsupported: nothingSupportsThis, nothingSupportsThisEither\r$/m));

  it('intmeth: Allow says what is known', async () =>
    assert.match(await answerTo('rfc4475/intmeth'), /^Allow: INVITE, ACK, /m));

  it('dblreq: the second request does not count in a datagram', () =>
    assert.doesNotMatch(printMessage(parsed('rfc4475/dblreq')).toString(), /INVITE/));

  it('escnull: two contacts, not cut at the NUL', () =>
    assert.deepEqual(
      contactsOf('rfc4475/escnull').map(({ uri }) => uri),
      ['sip:%00@host5.example.com', 'sip:%00%00@host5.example.com'],
    ));

  it('esc02: two contacts, not three', () => assert.equal(parsed('rfc4475/esc02').headers.all('contact').length, 2));

  it('semiuri: the semicolon belongs to the user', () =>
    assert.equal(uriOf('rfc4475/semiuri').user, 'user;par=u%40example.net'));

  it('cparam01, cparam02: a parameter of the header and one of the URI', () => {
    assert.equal(contactsOf('rfc4475/cparam01')[0]?.params.has('unknownparam'), true);
    assert.match(contactsOf('rfc4475/cparam02')[0]?.uri ?? '', /;unknownparam$/);
  });

  it('regescrt: the escaped Route stays inside the URI', () => {
    assert.match(contactsOf('rfc4475/regescrt')[0]?.uri ?? '', /\?Route=%3Csip:sip\.example\.com%3E$/);
    assert.equal(parsed('rfc4475/regescrt').headers.has('route'), false);
  });

  it('mpart01: the body keeps every octet', () => {
    const { body, headers } = parsed('rfc4475/mpart01');
    assert.equal(String(body.length), headers.get('content-length') ?? headers.get('l'));
    assert.ok(body.includes(0));
  });

  it('port-ambiguous, port-unambiguous: what the port is', () => {
    assert.deepEqual(
      [uriOf('rfc5118/port-ambiguous').host, uriOf('rfc5118/port-ambiguous').port],
      ['[2001:db8::10:5070]', null],
    );
    assert.deepEqual(
      [uriOf('rfc5118/port-unambiguous').host, uriOf('rfc5118/port-unambiguous').port],
      ['[2001:db8::10]', 5070],
    );
  });

  it('ipv6-bug-abnf-3-colons: written with two', () => {
    const via = readEnvelope(parsed('rfc5118/ipv6-bug-abnf-3-colons')).via;
    assert.doesNotMatch(printVia(via), /:::/);
  });
});

describe('well-formed responses among the torture messages', () => {
  for (const name of ['rfc4475/unreason', 'rfc4475/noreason']) {
    it(`${name} is read`, () => {
      const parsed = parseMessage(readFileSync(new URL(`${name}.dat`, folder)), 'datagram');
      assert.ok(parsed.ok);
      assert.ok(readEnvelope(parsed.message).via);
    });
  }
});
