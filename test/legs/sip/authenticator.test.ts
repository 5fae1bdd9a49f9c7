import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { Authenticator, type AuthFailure, type AuthResult } from '../../../src/legs/sip/authenticator.js';
import type { SipRequest } from '../../../src/legs/sip/srf.js';
import {
  digestResponse,
  parseDigest,
  printDigest,
  type DigestFields,
} from '../../../src/protocol/sip-values/digest.js';
import { fakeAccounts } from '../../support/fakes/fake-accounts.js';
import { ManualClock } from '../../support/manual-clock.js';

const realm = 'example.com';

interface Wanted {
  method?: string;
  uri?: string;
  headers?: Record<string, string>;
}

let devices = 0;

/** A request of a device of its own, unless its From says otherwise. */
function requestOf({ method = 'REGISTER', uri = 'sip:example.com', headers = {} }: Wanted = {}): SipRequest {
  const all: Record<string, string> = { From: `<sip:device${++devices}@example.com>`, ...headers };
  const find = (name: string): string | undefined => all[name];
  return {
    ...{ method, uri, body: '', source_address: '192.0.2.7', source_port: 5060, protocol: 'udp' },
    get: find,
    has: (name) => find(name) !== undefined,
    getParsedHeader: () => undefined,
    on: () => undefined,
  };
}

function rig(algorithms: ('SHA-256' | 'SHA-512-256' | 'MD5')[] = ['SHA-256', 'MD5'], known = algorithms) {
  const [clock, metrics] = [new ManualClock(), createMetrics()];
  const accounts = fakeAccounts(realm, { alice: 'wonder land', bob: 'builder' }, known);
  const auth = new Authenticator({
    ...{ accounts, realm, domains: ['192.0.2.1'], algorithms, nonceMs: 60_000, clock, metrics },
    chance: systemChance,
  });
  const failures: AuthFailure[] = [];
  auth.on.on('failed', (failure) => failures.push(failure));
  return { auth, clock, metrics, failures };
}

/** Challenges of a result, each as its fields. */
function challengesOf(result: AuthResult): DigestFields[] {
  assert.equal(result.kind, 'challenge');
  const { status, headers } = result.challenge;
  const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  assert.deepEqual(Object.keys(headers), [name]);
  return `${name}: ${headers[name] ?? ''}`.split('\r\n').map((line) => {
    assert.ok(line.startsWith(`${name}: `), line);
    return parseDigest(line.slice(name.length + 2));
  });
}

/** What a client writes; `more` overrides its fields, `password` and what is hashed. */
function credentials(challenge: DigestFields, more: Record<string, string> = {}): string {
  const value = {
    ...{ username: 'alice', password: 'wonder land', method: 'REGISTER', uri: 'sip:example.com' },
    ...{ nc: '00000001', cnonce: '0a4f113b', qop: 'auth', nonce: challenge.get('nonce') ?? '' },
    ...{ realm: challenge.get('realm') ?? '', algorithm: challenge.get('algorithm') ?? 'MD5' },
    ...more,
  };
  const { password, method, qop, nc, cnonce, ...fields } = value;
  const counted = qop === '' ? {} : { qop, nc, cnonce };
  const response = digestResponse({ ...fields, password, method, ...(counted as { qop?: 'auth' }) });
  return printDigest(new Map(Object.entries({ ...fields, ...counted, response, ...more })));
}

const register = (authorization: string): SipRequest => requestOf({ headers: { Authorization: authorization } });

describe('authenticator', () => {
  it('asks with one header per algorithm, the preferred first: 401 for REGISTER, 407 for the rest', async () => {
    const { auth, failures } = rig();
    const asked = await auth.check(requestOf());
    assert.equal(asked.kind === 'challenge' && asked.challenge.status, 401);
    const fields = challengesOf(asked);
    assert.deepEqual(
      fields.map((one) => one.get('algorithm')),
      ['SHA-256', 'MD5'],
    );
    for (const one of fields) {
      assert.deepEqual([one.get('realm'), one.get('qop'), one.get('stale')], [realm, 'auth', undefined]);
    }
    const invite = await auth.check(requestOf({ method: 'INVITE', uri: 'sip:demo@example.com' }));
    assert.equal(invite.kind === 'challenge' && invite.challenge.status, 407);
    assert.equal(challengesOf(invite).length, 2);
    assert.deepEqual(failures, [], 'not to have been asked yet is no failure');
  });

  it('asks by MD5 alone who says nothing to several challenges, and who is known for that', async () => {
    const { auth } = rig();
    const algorithms = async (headers: Record<string, string>): Promise<(string | undefined)[]> =>
      challengesOf(await auth.check(requestOf({ headers }))).map((one) => one.get('algorithm'));
    const old = { 'User-Agent': 'Phone 0.9', From: '<sip:alice@example.com>;tag=1' };
    assert.deepEqual(await algorithms(old), ['SHA-256', 'MD5']);
    assert.deepEqual(await algorithms({ ...old, From: '<sip:alice@example.com>;tag=2' }), ['MD5']);
    assert.deepEqual(await algorithms({ ...old, 'User-Agent': 'Phone 2' }), ['SHA-256', 'MD5'], 'another device');
    for (const known of ['baresip v1.0.0 (x86_64/linux)', 'sipsak 0.9.8.1']) {
      assert.deepEqual(await algorithms({ 'User-Agent': known }), ['MD5']);
    }
    const [plain] = challengesOf(await auth.check(requestOf({ headers: old })));
    assert.ok(plain);
    assert.equal(
      (await auth.check(requestOf({ headers: { ...old, Authorization: credentials(plain) } }))).kind,
      'user',
    );
    assert.deepEqual(await algorithms(old), ['MD5'], 'it stays so');
    const [sha] = challengesOf(await auth.check(requestOf()));
    assert.ok(sha);
    await auth.check(requestOf({ headers: { ...old, Authorization: credentials(sha) } }));
    assert.deepEqual(await algorithms(old), ['SHA-256', 'MD5'], 'until it proves able');
  });

  it('never asks an ACK or a CANCEL', async () => {
    const { auth } = rig();
    for (const method of ['ACK', 'CANCEL'])
      assert.deepEqual(await auth.check(requestOf({ method })), { kind: 'anonymous' });
  });

  for (const algorithm of ['SHA-256', 'SHA-512-256', 'MD5'] as const) {
    it(`knows who answers by ${algorithm}`, async () => {
      const { auth, metrics } = rig(['SHA-512-256', 'SHA-256', 'MD5']);
      const challenge = challengesOf(await auth.check(requestOf())).find((one) => one.get('algorithm') === algorithm);
      assert.ok(challenge);
      const result = await auth.check(register(credentials(challenge)));
      assert.deepEqual(result, { kind: 'user', user: { name: 'alice', display: null, aliases: [] } });
      assert.equal(metrics.counted('dualstream_sip_auth_total', { result: 'proved' }), 1);
    });
  }

  it('takes MD5 where the device names no algorithm, names with the domain, and devices without qop once', async () => {
    const { auth } = rig();
    const md5 = challengesOf(await auth.check(requestOf())).at(-1);
    assert.ok(md5);
    const silent = credentials(md5).replace(/, algorithm=MD5|algorithm=MD5, /, '');
    assert.ok(!silent.includes('algorithm'));
    assert.equal((await auth.check(register(silent))).kind, 'user');
    const full = credentials(md5, { username: 'alice@example.com', nc: '00000002' });
    assert.equal((await auth.check(register(full))).kind, 'user');
    const old = credentials(challengesOf(await auth.check(requestOf()))[1] ?? md5, { qop: '' }).replace(
      /qop=, |, qop=$/,
      '',
    );
    assert.equal((await auth.check(register(old))).kind, 'user');
    assert.equal(challengesOf(await auth.check(register(old)))[0]?.get('stale'), 'true');
  });

  it('asks again, with a new nonce and not as stale, when the password or the name is wrong', async () => {
    const { auth, failures } = rig();
    const [challenge] = challengesOf(await auth.check(requestOf()));
    assert.ok(challenge);
    for (const wrong of [{ password: 'guess' }, { username: 'nobody' }, { method: 'INVITE' }]) {
      const [again] = challengesOf(await auth.check(register(credentials(challenge, wrong))));
      assert.equal(again?.get('stale'), undefined);
      assert.notEqual(again?.get('nonce'), challenge.get('nonce'));
    }
    assert.deepEqual(
      failures.map(({ why, address, username }) => [why, address, username]),
      [
        ['wrong', '192.0.2.7', 'alice'],
        ['wrong', '192.0.2.7', 'nobody'],
        ['wrong', '192.0.2.7', 'alice'],
      ],
    );
    assert.equal((await auth.check(register(credentials(challenge)))).kind, 'user', 'a failure spends no count');
  });

  it('refuses a replay, and lets the device go on with a higher count', async () => {
    const { auth, failures } = rig();
    const [challenge] = challengesOf(await auth.check(requestOf()));
    assert.ok(challenge);
    const first = register(credentials(challenge));
    // both at once: only one of them may win
    const kinds = (await Promise.all([auth.check(first), auth.check(first)])).map(({ kind }) => kind);
    assert.deepEqual(kinds.sort(), ['challenge', 'user']);
    assert.equal(challengesOf(await auth.check(first))[0]?.get('stale'), 'true');
    assert.equal((await auth.check(register(credentials(challenge, { nc: '0000000a' })))).kind, 'user');
    assert.equal((await auth.check(register(credentials(challenge, { nc: '00000009' })))).kind, 'challenge');
    assert.deepEqual(new Set(failures.map(({ why }) => why)), new Set(['replayed']));
  });

  it('says stale for a nonce that is over or of an earlier life, when the password is right', async () => {
    const { auth, clock, failures } = rig();
    const [challenge] = challengesOf(await auth.check(requestOf()));
    const [foreign] = challengesOf(await rig().auth.check(requestOf()));
    assert.ok(challenge && foreign);
    assert.equal(challengesOf(await auth.check(register(credentials(foreign))))[0]?.get('stale'), 'true');
    clock.advance(60_000);
    assert.equal(challengesOf(await auth.check(register(credentials(challenge))))[0]?.get('stale'), 'true');
    const guessed = credentials(challenge, { password: 'guess' });
    assert.equal(failures.length, 0);
    assert.equal(challengesOf(await auth.check(register(guessed)))[0]?.get('stale'), undefined);
    assert.equal(failures.length, 1);
  });

  it('takes no algorithm that it did not offer or the user has no secret for', async () => {
    const only = rig(['SHA-256']);
    const [challenge] = challengesOf(await only.auth.check(requestOf()));
    assert.ok(challenge);
    const weaker = credentials(challenge, { algorithm: 'MD5' });
    assert.equal((await only.auth.check(register(weaker))).kind, 'challenge');
    const session = credentials(challenge, { algorithm: 'SHA-256-sess' });
    assert.equal((await only.auth.check(register(session))).kind, 'refused');
    const strong = rig(['SHA-256', 'MD5'], ['SHA-256']);
    const md5 = challengesOf(await strong.auth.check(requestOf()))[1];
    assert.ok(md5);
    assert.equal((await strong.auth.check(register(credentials(md5)))).kind, 'challenge');
  });

  it('wants the credentials to be for this request URI, whatever a proxy made of its host', async () => {
    const { auth, failures } = rig();
    let [challenge] = challengesOf(await auth.check(requestOf()));
    const invite = async (uri: string, said: string): Promise<AuthResult> => {
      [challenge] = challengesOf(await auth.check(requestOf()));
      assert.ok(challenge);
      const text = credentials(challenge, { uri: said, method: 'INVITE' });
      return auth.check(requestOf({ method: 'INVITE', uri, headers: { 'Proxy-Authorization': text } }));
    };
    const good: [string, string][] = [
      ['sip:demo@example.com', 'sip:demo@example.com'],
      ['sip:demo@example.com;transport=tcp', 'sip:demo@EXAMPLE.com'],
      ['sip:demo@10.0.0.1:5070', 'sip:demo@example.com'],
      ['sip:demo@10.0.0.1', 'sip:demo@192.0.2.1:5060'],
    ];
    for (const [uri, said] of good) assert.equal((await invite(uri, said)).kind, 'user', `${uri} ${said}`);
    const bad: [string, string][] = [
      ['sip:demo@example.com', 'sip:board@example.com'],
      ['sip:demo@example.com', 'sip:demo@other.example'],
      ['sip:demo@example.com', 'sip:demo@'],
      ['sip:demo@example.com', '*'],
    ];
    for (const [uri, said] of bad) assert.equal((await invite(uri, said)).kind, 'refused', `${uri} ${said}`);
    assert.equal(failures.length, bad.length);
  });

  it('finds its own among credentials for others, and passes over Basic', async () => {
    const { auth } = rig();
    const [challenge] = challengesOf(await auth.check(requestOf()));
    assert.ok(challenge);
    const other = 'Digest username="alice", realm="upstream, inc.", nonce="n", uri="sip:x", response="00"';
    const joined = `Basic YTpi=,${other},${credentials(challenge)}`;
    assert.equal((await auth.check(register(joined))).kind, 'user');
    assert.equal((await auth.check(register(`Basic YTpi=,${other}`))).kind, 'challenge');
    assert.deepEqual(await auth.identify(register('Basic YTpi=')), { kind: 'anonymous' });
  });

  it('refuses credentials that no client writes', async () => {
    const { auth, failures } = rig();
    const bad = [
      'Digest realm="example.com", username="alice"',
      'Digest realm="example.com", username',
      'Digest realm="example.com", username="alice',
      'Digest realm="example.com", username="a", uri="sip:example.com", nonce="n", response="r", qop=auth-int',
      'Digest realm="example.com", username="a", uri="sip:example.com", nonce="n", response="r", qop=auth, nc=1, cnonce="c"',
      'Digest realm="example.com", username="a", uri="sip:example.com", nonce="n", response="r", qop=auth, nc=00000001',
    ];
    for (const text of bad) assert.equal((await auth.check(register(text))).kind, 'refused', text);
    assert.deepEqual(new Set(failures.map(({ why }) => why)), new Set(['malformed']));
    assert.equal(failures.length, bad.length);
  });
});
