import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { DigestAnswers } from '../../../src/legs/sip/outgoing-digest.js';
import type { SipResponse } from '../../../src/legs/sip/srf.js';
import { splitChallenges } from '../../../src/protocol/sip-values/challenges.js';
import { digestResponse, parseDigest } from '../../../src/protocol/sip-values/digest.js';

const request = { method: 'INVITE', uri: 'sip:+49301234@trunk.example.org', body: 'v=0\r\n' };
const credentials = { user: 'gateway', password: 'not a secret', realm: null };

function challenge(status: 401 | 407, ...challenges: string[]): SipResponse {
  const name = status === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate';
  const get = (asked: string): string | undefined => (asked === name ? challenges.join(',') : undefined);
  return { status, get } as unknown as SipResponse;
}

describe('answers to challenges', () => {
  it('are told apart where the library joins their headers', () => {
    const a = 'Digest realm="a, Digest b=c", nonce="1"';
    const b = 'Digest  algorithm=MD5, realm="x\\"y", nonce="2",qop="auth,auth-int"';
    assert.deepEqual(splitChallenges(`${a},${b}`), [a, b]);
    assert.deepEqual(splitChallenges(`Basic realm="x", ${a}`), ['Basic realm="x"', a]);
    assert.deepEqual(splitChallenges(''), []);
  });

  for (const algorithm of ['MD5', 'SHA-256', 'SHA-512-256', 'MD5-sess']) {
    it(`are what the far end computes with ${algorithm}`, () => {
      const answers = new DigestAnswers(credentials, systemChance);
      const text = `Digest realm="r", nonce="n", opaque="o", algorithm=${algorithm}, qop="auth"`;
      const header = answers.answer(challenge(407, text), request)?.['Proxy-Authorization'] ?? '';
      const fields = parseDigest(header);
      const field = (name: string): string => fields.get(name) ?? '';
      const expected = digestResponse({
        ...{ algorithm, username: 'gateway', realm: 'r', password: 'not a secret', nonce: 'n' },
        ...{ method: 'INVITE', uri: request.uri, cnonce: field('cnonce'), nc: field('nc'), qop: 'auth' },
      });
      assert.equal(field('response'), expected);
      assert.deepEqual([field('opaque'), field('nc'), field('uri')], ['o', '00000001', request.uri]);
    });
  }

  it('take the topmost algorithm that is known', () => {
    const answers = new DigestAnswers(credentials, systemChance);
    const texts = ['SHA-999', 'SHA-256', 'MD5'].map((name) => `Digest realm="r", nonce="n", algorithm=${name}`);
    assert.match(answers.answer(challenge(401, ...texts), request)?.['Authorization'] ?? '', /algorithm=SHA-256/);
  });

  it('come once a realm, and again only when the nonce got old, and not for ever', () => {
    const answers = new DigestAnswers(credentials, systemChance);
    const plain = challenge(401, 'Digest realm="r", nonce="n"');
    assert.ok(answers.answer(plain, request));
    assert.equal(answers.answer(plain, request), null);
    const stale = challenge(401, 'Digest realm="r", nonce="m", stale=TRUE');
    let rounds = 0;
    while (answers.answer(stale, request)) rounds += 1;
    assert.ok(rounds >= 1 && rounds <= 3, `${rounds} rounds`);
  });

  it('come for no other realm than the one configured, and for nothing without credentials', () => {
    const only = new DigestAnswers({ ...credentials, realm: 'ours' }, systemChance);
    assert.equal(only.answer(challenge(401, 'Digest realm="other", nonce="n"'), request), null);
    assert.ok(only.answer(challenge(401, 'Digest realm="ours", nonce="n"'), request));
    const none = new DigestAnswers(null, systemChance);
    assert.equal(none.answer(challenge(401, 'Digest realm="r", nonce="n"'), request), null);
    const known = new DigestAnswers(credentials, systemChance);
    for (const text of ['Basic realm="r"', 'Digest realm="r"', 'Digest nonsense', '']) {
      assert.equal(known.answer(challenge(401, text), request), null, text);
    }
  });
});
