import assert from 'node:assert/strict';
import {
  digestResponse,
  digestResponseOf,
  digestSecret,
  isKnownAlgorithm,
  parseDigest,
  parseDigests,
  printDigest,
} from '../../../src/protocol/sip-values/digest.js';
import { MalformedSip } from '../../../src/protocol/sip-values/errors.js';
import {
  displayOf,
  parseNameAddr,
  parseNameAddrList,
  printNameAddr,
} from '../../../src/protocol/sip-values/name-addr.js';
import { parseCSeq, parseRAck, parseSeconds } from '../../../src/protocol/sip-values/numbers.js';
import { parseReasons, printReason } from '../../../src/protocol/sip-values/reason.js';
import { parseSessionExpires, printSessionExpires } from '../../../src/protocol/sip-values/session-expires.js';
import { quote, unquote } from '../../../src/protocol/sip-values/split.js';
import { sameUri } from '../../../src/protocol/sip-values/same-uri.js';
import { bareHost, parseSipUri, printSipUri } from '../../../src/protocol/sip-values/uri.js';
import { branchOf, parseVia, parseViaList, printVia } from '../../../src/protocol/sip-values/via.js';

describe('SIP URIs', () => {
  for (const uri of [
    'sip:alice@example.com',
    'sips:alice:pass%20word@example.com:5071;transport=tls;lr?subject=x&to=y',
    'sip:example.com',
    'sip:[2001:db8::1]:5070;transport=udp',
    'sip:user;par=u%40example.net@example.com',
    'sip:+1-212-555-1212:1234@gateway.com;user=phone',
  ]) {
    it(`reads and prints ${uri}`, () => assert.equal(printSipUri(parseSipUri(uri)), uri));
  }

  it('takes them apart', () => {
    const uri = parseSipUri('SIP:Bob@[::1]:5070;Transport=TCP;lr');
    assert.equal(uri.scheme, 'sip');
    assert.equal(uri.user, 'Bob');
    assert.equal(bareHost(uri.host), '::1');
    assert.equal(uri.port, 5070);
    assert.equal(uri.params.get('transport'), 'TCP');
    assert.equal(uri.params.get('lr'), null);
  });

  for (const bad of [
    'sip:',
    'sip:@host',
    'sip:a@',
    'sip:a b@c',
    'sip:a@h:99999',
    'sip:a@2001:db8::1',
    'alice',
    'sip:a@h;=1',
    'sip:a@<h>',
  ]) {
    it(`refuses ${JSON.stringify(bad)}`, () => assert.throws(() => parseSipUri(bad), MalformedSip));
  }

  it('calls other schemes unsupported', () => {
    assert.throws(
      () => parseSipUri('soap.beep://host'),
      (error) => error instanceof MalformedSip && error.verdict.sip === 416,
    );
  });
});

describe('equal URIs (examples of RFC 3261 §19.1.4)', () => {
  const same = [
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
  ];
  const different = [
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=off', 'sip:carol@chicago.com;security=on'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com'],
    ['sip:bob@biloxi.com', 'sip:biloxi.com'],
  ];
  for (const [a = '', b = ''] of same) it(`${a} is ${b}`, () => assert.ok(sameUri(a, b) && sameUri(b, a)));
  for (const [a = '', b = ''] of different) it(`${a} is not ${b}`, () => assert.ok(!sameUri(a, b) && !sameUri(b, a)));
});

describe('name-addr', () => {
  it('knows what belongs to the URI and what to the header', () => {
    const inside = parseNameAddr('"A \\"B\\" <x>" <sip:a@b;lr>;tag=1;q="a;b"');
    assert.equal(displayOf(inside), 'A "B" <x>');
    assert.equal(inside.uri, 'sip:a@b;lr');
    assert.deepEqual(
      [...inside.params],
      [
        ['tag', '1'],
        ['q', '"a;b"'],
      ],
    );
    const bare = parseNameAddr('sip:a@b;tag=2');
    assert.equal(bare.uri, 'sip:a@b');
    assert.equal(bare.params.get('tag'), '2');
    assert.equal(printNameAddr(bare), '<sip:a@b>;tag=2');
  });

  it('splits lists outside quotes and brackets', () => {
    assert.equal(parseNameAddrList('"a, b" <sip:a@b;x=1,2>, sip:c@d').length, 2);
  });

  for (const bad of ['"a <sip:b@c>', '<sip:a@b', 'sip:a@b?x=y', '<sip:a@b>;;x', 'a@b', '', '[] <sip:a@b>']) {
    it(`refuses ${JSON.stringify(bad)}`, () => assert.throws(() => parseNameAddr(bad), MalformedSip));
  }
});

describe('Via', () => {
  it('is read with blanks everywhere and several in a line', () => {
    const [first, second] = parseViaList(
      'SIP / 2.0 / UDP  a.b.c:5060 ;branch = z9hG4bK1;rport, SIP/2.0/tls [::1];branch=z9hG4bK2',
    );
    assert.ok(first && second);
    assert.equal(first.transport, 'UDP');
    assert.equal(branchOf(first), 'z9hG4bK1');
    assert.equal(second.transport, 'TLS');
    assert.equal(printVia(second), 'SIP/2.0/TLS [::1];branch=z9hG4bK2');
  });

  for (const bad of ['SIP/2.0 a', 'SIP/2.0/UDP', 'SIP/2.0/UDP a;;x', 'SIP/3.0/UDP a']) {
    it(`refuses ${bad}`, () => assert.throws(() => parseVia(bad), MalformedSip));
  }
});

describe('numbers', () => {
  it('are bounded', () => {
    assert.deepEqual(parseCSeq('0004294967295 INVITE'), { number: 4_294_967_295, method: 'INVITE' });
    assert.throws(() => parseCSeq('4294967296 INVITE'), MalformedSip);
    assert.throws(() => parseCSeq('1'), MalformedSip);
    assert.deepEqual(parseRAck('776656 1 INVITE'), { rseq: 776_656, cseq: 1, method: 'INVITE' });
    assert.throws(() => parseRAck('1 INVITE'), MalformedSip);
    assert.equal(parseSeconds('3600;x'), 3600);
    assert.equal(parseSeconds('soon'), null);
  });
});

describe('Session-Expires and Reason', () => {
  it('are read, or as if absent', () => {
    assert.deepEqual(parseSessionExpires('1800;refresher=UAC'), { seconds: 1800, refresher: 'uac' });
    assert.deepEqual(parseSessionExpires('90'), { seconds: 90, refresher: null });
    assert.equal(parseSessionExpires('abc'), null);
    assert.equal(parseSessionExpires('90;;'), null);
    assert.equal(printSessionExpires({ seconds: 90, refresher: 'uas' }), '90;refresher=uas');
    const reasons = parseReasons('Q.850;cause=16;text="Terminated, normally", SIP;cause=200');
    assert.deepEqual(reasons[0], { protocol: 'Q.850', cause: 16, text: 'Terminated, normally' });
    assert.equal(reasons[1]?.cause, 200);
    assert.deepEqual(parseReasons('"'), []);
    assert.equal(printReason({ protocol: 'SIP', cause: 200, text: 'say "x"' }), 'SIP;cause=200;text="say \\"x\\""');
    assert.equal(unquote(quote('a\\"b')), 'a\\"b');
  });
});

describe('digest', () => {
  const base = {
    username: 'Mufasa',
    realm: 'http-auth@example.org',
    password: 'Circle of Life',
    method: 'GET',
    uri: '/dir/index.html',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    nc: '00000001',
    qop: 'auth' as const,
  };

  it('gives the values of RFC 7616 §3.9.1', () => {
    assert.equal(digestResponse({ ...base, algorithm: 'MD5' }), '8ca523f5e9506fed4657c9700eebdbec');
    assert.equal(
      digestResponse({ ...base, algorithm: 'SHA-256' }),
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    );
  });

  it('takes SHA-512-256 as SHA-512/256 of FIPS 180-4 (inputs of RFC 7616 §3.9.2, value from the hashlib of Python)', () => {
    const input = {
      ...{ algorithm: 'SHA-512-256', username: 'J\u00e4s\u00f8n Doe', realm: 'api@example.org' },
      ...{ password: 'Secret, or not?', method: 'GET', uri: '/doe.json', nc: '00000001', qop: 'auth' as const },
      nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm',
    };
    assert.equal(digestResponse(input), '7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c');
  });

  it('gives the same from the secret that a server keeps', () => {
    const ha1 = digestSecret('SHA-256', base.username, base.realm, base.password);
    assert.equal(
      digestResponseOf(ha1, { ...base, algorithm: 'SHA-256' }),
      digestResponse({ ...base, algorithm: 'SHA-256' }),
    );
    assert.equal(
      digestSecret('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life'),
      '939e7578ed9e3c518a452acee763bce9',
    );
  });

  it('gives the value that baresip 1.0.0 sent', () => {
    const input = {
      ...{ algorithm: 'MD5', username: 'alice', realm: 'example.com', password: 'rabbit', method: 'REGISTER' },
      ...{ uri: 'sip:127.0.0.1:38517;transport=udp', cnonce: '7b6cfb321cc58457', nc: '00000001', qop: 'auth' as const },
      nonce: '000000003aa62e665118bf9392a5c7bf117b53dd7bfd09fa4a4b5b12',
    };
    assert.equal(digestResponse(input), 'e91f8ded2eb6f7ab0712bb3518d9561d');
  });

  it('gives the value that sipp 3.6.1 sent', () => {
    const input = {
      ...{ algorithm: 'MD5', username: 'zoe', realm: 'dualstream', password: 'pw', method: 'REGISTER' },
      ...{ uri: 'sip:127.0.0.1:51314', cnonce: '6b8b4567', nc: '00000001', qop: 'auth' as const },
      nonce: '0000000016df66565f506c7b1c80874b9944aba3d1cb14b00e0949e0',
    };
    assert.equal(digestResponse(input), '7836412336c7afff6da841b4af0d5b7e');
  });

  it('gives the value of RFC 2617 §3.5 and that without qop', () => {
    const old = {
      algorithm: 'MD5',
      username: 'Mufasa',
      realm: 'testrealm@host.com',
      password: 'Circle Of Life',
      method: 'GET',
      uri: '/dir/index.html',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    };
    const qop = { cnonce: '0a4f113b', nc: '00000001', qop: 'auth' as const };
    assert.equal(digestResponse({ ...old, ...qop }), '6629fae49393a05397450978507c4ef1');
    assert.equal(digestResponse(old), '670fd8c2df070c60b045671b8b24ff02');
  });

  it('knows its algorithms', () => {
    assert.equal(isKnownAlgorithm('sha-512-256-sess'), true);
    assert.equal(isKnownAlgorithm('MD4'), false);
    assert.throws(() => digestResponse({ ...base, algorithm: 'MD4' }), MalformedSip);
  });

  it('reads and prints fields', () => {
    const text = 'Digest realm="a, b", nonce="x=y", qop=auth, algorithm=SHA-256, stale=true';
    assert.equal(printDigest(parseDigest(text)), text);
    assert.throws(() => parseDigest('Basic abc'), MalformedSip);
    assert.throws(() => parseDigest('Digest realm'), MalformedSip);
  });

  it('takes lines apart that were joined by commas', () => {
    const [one, two] = ['Digest realm="a, Digest b", nonce="x"', 'Digest realm="c", opaque="", nonce="y,z"'];
    const read = parseDigests(`${one},Basic abc=,Negotiate,${two}, nc=00000001`);
    assert.deepEqual(
      read.map((each) => each.get('realm')),
      ['a, Digest b', 'c'],
    );
    assert.equal(read[1]?.get('nc'), '00000001');
    assert.deepEqual(parseDigests('Basic abc='), []);
    assert.deepEqual(parseDigests(''), []);
    assert.throws(() => parseDigests(`${one}, nonsense`), MalformedSip);
  });
});
