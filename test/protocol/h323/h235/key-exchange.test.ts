import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { systemChance, type Chance } from '../../../../src/base/ids.js';
import { decode, encode } from '../../../../src/protocol/asn1/codec.js';
import { bitsOf } from '../../../../src/protocol/asn1/octets.js';
import { dhGroups, HalfKey, numberOf, parametersOf } from '../../../../src/protocol/h323/h235/groups.js';
import { answerKeys, KeyOffer, offersKeys, thirdVersion } from '../../../../src/protocol/h323/h235/key-exchange.js';
import { algorithmsFor, makeKey, readKey } from '../../../../src/protocol/h323/h235/media-keys.js';
import { ClearToken, H235Key } from '../../../../src/protocol/h323/h235/schema.js';

/** Every octet is this one. */
function always(octet: string): Chance {
  return { ...systemChance, hex: (bytes) => octet.repeat(bytes) };
}

const aes128 = '2.16.840.1.101.3.4.1.2';
const dh1024 = '0.0.8.235.0.3.43';
const dh2048 = '0.0.8.235.0.3.45';

/** Private keys 01.. and 23.., by Python's pow() over the primes of RFC 2409 and RFC 3526: our half key, end of the secret. */
const powers = [
  {
    oid: dh1024,
    half: '722e8a5af502b4ab0563b227483c2e8e3db9312b',
    secret: '1cc6afecbe678116aeee7b65ea6e5c106e95d870be8e3f62709d62d149401b6b',
  },
  {
    oid: dh2048,
    half: '946f6d0f213ee52d30799ebd7a62c1bfa7247d91',
    secret: '16df4f8bbcb2986408cabfedfeca7e7050265d9f425799a4bc0a100cfff810fc',
  },
];

function only(tokens: ClearToken[], oid: string): ClearToken[] {
  return tokens.filter(({ tokenOID }) => tokenOID === oid || tokenOID === thirdVersion);
}

describe('keys of H.235.6', () => {
  for (const { oid, half, secret } of powers)
    it(`agrees on the secret that arithmetic says (${oid})`, () => {
      const offer = new KeyOffer(always('01'));
      const told = offer.tokens.find(({ tokenOID }) => tokenOID === oid)?.dhkey?.halfkey.octets;
      assert.equal(createHash('sha1').update(told!).digest('hex'), half);
      const answer = answerKeys(only(offer.tokens, oid), always('23'));
      assert.equal(answer?.secret.group.oid, oid);
      assert.equal(answer.secret.octets.toString('hex').slice(-64), secret);
      assert.deepEqual(offer.answered(answer.tokens), answer.secret);
    });

  it('takes the longest group that both have, and tells prime and generator of the common one', () => {
    const { tokens } = new KeyOffer(systemChance);
    assert.deepEqual(
      tokens.map(({ tokenOID }) => tokenOID),
      [dh2048, dh1024, thirdVersion],
    );
    assert.equal(answerKeys(tokens, systemChance)?.secret.group.name, 'DH2048');
    const [long, common] = tokens.map(({ dhkey }) => dhkey);
    assert.equal(long?.modSize.length, 0);
    assert.equal(common?.modSize.length, 1024);
    assert.equal(common.generator.length, 1024);
    assert.equal(numberOf(common.generator.octets), 2n);
    for (const token of tokens) {
      const again = decode(ClearToken, encode(ClearToken, token));
      assert.ok(again.ok);
      assert.deepEqual(again.value, token);
    }
  });

  it('has no answer to tokens of other kinds, of older versions and without a half key', () => {
    const { tokens } = new KeyOffer(systemChance);
    const old = tokens.filter(({ tokenOID }) => tokenOID !== thirdVersion);
    assert.equal(offersKeys(old), false);
    assert.equal(answerKeys(old, systemChance), null);
    assert.equal(answerKeys([{ tokenOID: '1.2.840.113548.10.1.2.1' }], systemChance), null);
    assert.equal(answerKeys([{ tokenOID: thirdVersion }, { tokenOID: dh1024 }], systemChance), null);
    assert.equal(new KeyOffer(systemChance).answered([]), null);
  });

  it('refuses half keys that are no secret', () => {
    for (const group of dhGroups) {
      const { prime } = parametersOf(group);
      const near = Buffer.from(prime);
      near[near.length - 1]! -= 1;
      const weak = [
        Buffer.alloc(1),
        Buffer.from([1]),
        Buffer.alloc(group.octets),
        near,
        prime,
        Buffer.alloc(256, 0xff),
      ];
      for (const half of weak) {
        const none = bitsOf(Buffer.alloc(0));
        const dhkey = { halfkey: bitsOf(half), modSize: none, generator: none };
        const tokens = [{ tokenOID: group.oid, dhkey }, { tokenOID: thirdVersion }];
        assert.throws(() => answerKeys(tokens, systemChance), { kind: 'weak_dh_key' }, group.name);
        const offer = new KeyOffer(systemChance);
        if (offer.tokens.some(({ tokenOID }) => tokenOID === group.oid))
          assert.throws(() => offer.answered(tokens), { kind: 'weak_dh_key' });
      }
      // small ones are odd, and right
      assert.equal(new HalfKey(group, systemChance).shared(Buffer.from([2])).length, group.octets);
    }
  });

  it('takes no prime and no generator of the peer', () => {
    for (const change of ['modSize', 'generator'] as const) {
      const tokens = only(new KeyOffer(systemChance).tokens, dh1024);
      const own = Buffer.from(tokens[0]!.dhkey![change].octets);
      own[own.length - 1]! ^= 4;
      tokens[0]!.dhkey![change] = bitsOf(own);
      assert.throws(() => answerKeys(tokens, systemChance), { kind: 'changed_dh_group' }, change);
    }
    const short = only(new KeyOffer(systemChance).tokens, dh1024);
    short[0]!.dhkey!.generator = bitsOf(Buffer.from([2]));
    assert.ok(answerKeys(short, systemChance), 'a generator of one octet is the same number');
  });

  it('enciphers media keys by the end of the secret, as openssl does', () => {
    const { secret } = answerKeys(only(new KeyOffer(always('01')).tokens, dh1024), always('23'))!;
    assert.deepEqual(algorithmsFor(secret), [aes128]);
    const ordered = { ...systemChance, hex: () => '000102030405060708090a0b0c0d0e0f' };
    const { key, sync } = makeKey(secret, aes128, 120, ordered);
    const told = decode(H235Key, sync.h235Key);
    assert.ok(told.ok);
    assert.deepEqual(told.value.secureSharedSecret, {
      algorithmOID: aes128,
      paramS: {},
      encryptedSessionKey: Buffer.from('93b99af5a263b749ed02359c93769646', 'hex'),
    });
    assert.deepEqual(readKey(secret, aes128, sync, 99), key);
    assert.equal(readKey(secret, aes128, { ...sync, synchFlag: 0 }, 99).payloadType, 99);
  });

  it('has 256 bits where the group is long enough for them', () => {
    const { secret } = answerKeys(new KeyOffer(systemChance).tokens, systemChance)!;
    const [first] = algorithmsFor(secret);
    const { key, sync } = makeKey(secret, first!, 121, systemChance);
    assert.equal(key.cipher, 'aes-256-cbc');
    assert.equal(key.key.length, 32);
    assert.deepEqual(readKey(secret, first!, sync, 96), key);
  });

  it('refuses media keys that are missing, junk, in the clear or of another form', () => {
    const { secret } = answerKeys(new KeyOffer(systemChance).tokens, systemChance)!;
    const read = (value: H235Key | Buffer): (() => unknown) => {
      const h235Key = Buffer.isBuffer(value) ? value : encode(H235Key, value);
      return () => readKey(secret, aes128, { synchFlag: 120, h235Key }, 120);
    };
    const encryptedSessionKey = Buffer.alloc(16);
    const shared = (more: object): H235Key => ({ secureSharedSecret: { paramS: {}, encryptedSessionKey, ...more } });
    assert.throws(() => readKey(secret, aes128, undefined, 120), { kind: 'media_key_missing' });
    assert.throws(read(Buffer.from('ffffffff', 'hex')), { kind: 'media_key_unreadable' });
    assert.throws(read(shared({ encryptedSessionKey: Buffer.alloc(15) })), { kind: 'media_key_unreadable' });
    assert.throws(read(shared({ encryptedSessionKey: undefined })), { kind: 'media_key_unreadable' });
    assert.throws(read({ secureChannel: bitsOf(Buffer.alloc(16)) }), { kind: 'media_key_form' });
    assert.throws(read(shared({ algorithmOID: '2.16.840.1.101.3.4.1.42' })), { kind: 'media_key_form' });
    assert.throws(read(shared({ paramS: { iv16: Buffer.alloc(16) } })), { kind: 'media_key_form' });
    assert.doesNotThrow(read(shared({})));
  });
});
