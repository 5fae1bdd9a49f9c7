import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { decode } from '../../../../src/protocol/asn1/codec.js';
import type { CryptoH323Token } from '../../../../src/protocol/h323/h225/schema.js';
import { RasMessage } from '../../../../src/protocol/h323/h225/schema.js';
import { Freshness } from '../../../../src/protocol/h323/h235/freshness.js';
import { claimsOf, passwordHash, sealed, type Claim } from '../../../../src/protocol/h323/h235/password.js';
import { bodyOf, nameOf, withTokens, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { pdus } from '../goldens.js';

interface Golden {
  frame: number;
  fromGatekeeper: boolean;
  device: 'alice' | 'bob';
  hex: string;
}

// Between two endpoints and a gatekeeper of other stacks, passwords secret1 and secret2.
const goldens = JSON.parse(
  readFileSync(new URL('../../../golden/h323/h2351.json', import.meta.url), 'utf8'),
) as Golden[];

function read(octets: Buffer): { message: RasMessage; tokens: CryptoH323Token[] | undefined; claims: Claim[] } {
  const decoded = decode(RasMessage, octets);
  assert.ok(decoded.ok);
  const tokens = bodyOf(decoded.value)?.cryptoTokens;
  return { message: decoded.value, tokens, claims: claimsOf(tokens, octets) };
}

const passwords = { alice: 'secret1', bob: 'secret2' };

describe('passwords of H.235.1', () => {
  const protectedOnes = goldens.filter(({ frame }) => ![1, 2, 5, 6].includes(frame));

  it(`are proved by ${protectedOnes.length} messages of other stacks, and a wrong one by none`, () => {
    assert.equal(protectedOnes.length, 16);
    for (const { hex, device, frame } of protectedOnes) {
      const { claims } = read(Buffer.from(hex, 'hex'));
      assert.equal(claims.length, 1, `frame ${frame}`);
      const [claim = assert.fail()] = claims;
      assert.ok(claim.provedBy({ password: passwords[device] }), `frame ${frame}`);
      const sha1 = createHash('sha1').update(passwords[device]).digest('hex');
      assert.ok(claim.provedBy({ sha1 }), `frame ${frame}`);
      assert.ok(!claim.provedBy({ password: 'secret3' }), `frame ${frame}`);
    }
  });

  it('are in those of the corpus', () => {
    const found = pdus
      .filter(({ type }) => type === 'RasMessage')
      .flatMap(({ hex }) => read(Buffer.from(hex, 'hex')).claims)
      .map((claim) => ['secret', 'wrong'].find((password) => claim.provedBy({ password })));
    assert.deepEqual(found.sort(), ['secret', 'secret', 'secret', 'secret', 'secret', 'wrong']);
  });

  it('are proved for the whole message: any other bit spoils it', () => {
    const golden = goldens.find(({ frame }) => frame === 9) ?? assert.fail();
    const whole = Buffer.from(golden.hex, 'hex');
    const { message } = read(whole);
    let spoilt = 0;
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const decoded = decode(RasMessage, changed);
      if (!decoded.ok || nameOf(decoded.value) !== nameOf(message)) continue;
      const claims = claimsOf(bodyOf(decoded.value)?.cryptoTokens, changed);
      assert.ok(!claims.some((claim) => claim.provedBy({ password: 'secret1' })), `octet ${at}`);
      spoilt++;
    }
    assert.ok(spoilt > whole.length / 2, `${spoilt}`);
  });

  it('are put into every message of other stacks, where they can be proved again', () => {
    for (const { hex } of goldens) {
      const { message } = read(Buffer.from(hex, 'hex'));
      const stamp = { sendersID: 'bob', generalID: 'gk', timeStamp: 1_800_000_000, random: 17 };
      const octets = sealed((tokens) => writeRas(withTokens(message, tokens)), stamp, { password: 'pass word' });
      const [claim] = read(octets).claims;
      assert.ok(claim?.provedBy({ password: 'pass word' }));
      assert.deepEqual(
        { ...claim, provedBy: null },
        { form: 'hmac-sha1-96', user: 'bob', generalID: 'gk', timeStamp: 1_800_000_000, random: 17, provedBy: null },
      );
    }
  });

  it('are put where they belong, also after octets that look like an empty hash', () => {
    const message: RasMessage = {
      disengageConfirm: {
        requestSeqNum: 1,
        nonStandardData: { nonStandardIdentifier: { object: '1.2.3' }, data: Buffer.alloc(12) },
      },
    };
    const stamp = { sendersID: 'bob', generalID: null, timeStamp: 5, random: 1 };
    const first = sealed((tokens) => writeRas(withTokens(message, tokens)), stamp, { password: 'p' });
    const [claim] = read(first).claims;
    assert.ok(claim?.provedBy({ password: 'p' }));
  });
});

describe('passwords of the older form', () => {
  it('are as a gatekeeper of another stack took them', () => {
    const token = passwordHash('alice', 0x6b0c46d5, { password: 'secret1' });
    const hash = token.cryptoEPPwdHash?.token.hash.octets.toString('hex');
    assert.equal(hash, 'a5d505434c6765ace45f857d55d4c2ee');
    const [claim] = claimsOf([token], Buffer.alloc(0));
    assert.equal(claim?.user, 'alice');
    assert.ok(claim.provedBy({ password: 'secret1' }));
    assert.ok(!claim.provedBy({ password: 'secret2' }));
    // Cannot be proved where only the SHA-1 is known.
    assert.ok(!claim.provedBy({ sha1: createHash('sha1').update('secret1').digest('hex') }));
  });

  it('that are too long prove nothing', () => {
    const token = passwordHash('x'.repeat(200), 1, { password: 'p' });
    assert.ok(!claimsOf([token], Buffer.alloc(0))[0]?.provedBy({ password: 'p' }));
    const other = passwordHash('x', 1, { password: 'p'.repeat(200) });
    assert.ok(!claimsOf([other], Buffer.alloc(0))[0]?.provedBy({ password: 'p'.repeat(200) }));
  });
});

describe('freshness', () => {
  const claim = (timeStamp: number, random: number | null): Claim => ({
    form: 'hmac-sha1-96',
    user: 'x',
    generalID: null,
    timeStamp,
    random,
    provedBy: () => true,
  });

  it('takes no message twice, and none of another time', () => {
    const fresh = new Freshness();
    assert.equal(fresh.fault(claim(1000, 5), 1000, 60), null);
    assert.equal(fresh.fault(claim(1000, 5), 1001, 60), 'replay');
    assert.equal(fresh.fault(claim(1000, 6), 1001, 60), null);
    assert.equal(fresh.fault(claim(999, 5), 1001, 60), null);
    assert.equal(fresh.fault(claim(939, 1), 1000, 60), 'time');
    assert.equal(fresh.fault(claim(1061, 1), 1000, 60), 'time');
  });

  it('forgets in its window only what it will not take again', () => {
    const fresh = new Freshness();
    for (let i = 0; i < 5000; i++) assert.equal(fresh.fault(claim(1000 + i, i), 1000 + i, 7200), null);
    assert.equal(fresh.fault(claim(1000, 0), 6000, 7200), 'replay');
    assert.equal(fresh.fault(claim(5999, 4999), 6000, 7200), 'replay');
    assert.equal(fresh.fault(claim(6000, 0), 6000, 7200), null);
  });
});
