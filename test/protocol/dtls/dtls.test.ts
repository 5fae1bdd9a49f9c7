import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { DtlsConfig } from '../../../src/protocol/dtls/peer.js';
import { looksLikeDtls, ReplayWindow } from '../../../src/protocol/dtls/records.js';
import { prf } from '../../../src/protocol/dtls/secrets.js';
import { Signer } from '../../../src/protocol/dtls/signatures.js';
import { selfSignedTest, rsaTest, type TestCertificate } from '../../support/certificates.js';
import { seeded } from '../../support/seeded.js';
import { only, Pair } from './pair.js';

let ec: TestCertificate;
let rsa: TestCertificate;
let spare: TestCertificate;

/** Both ends show the same certificate where nothing else is said. */
function pairOf(client: Partial<DtlsConfig> = {}, server: Partial<DtlsConfig> = {}): Pair {
  return new Pair({ own: new Signer(ec), ...client }, { own: new Signer(ec), ...server });
}

describe('dtls', () => {
  before(async () => {
    ec = await selfSignedTest({ common: 'ec' });
    rsa = await rsaTest('rsa');
    spare = await selfSignedTest({ common: 'spare' });
  });

  it('has the PRF of RFC 5246', () => {
    // the vector that implementations exchange: https://mailarchive.ietf.org/arch/msg/tls/fzVCzk-z3FShgGJ6DOXqM1ydxms
    const secret = Buffer.from('9bbe436ba940f017b17652849a71db35', 'hex');
    const seed = Buffer.from('a0ba9f936cda311827a6f796ffd5198c', 'hex');
    const expected =
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66';
    assert.equal(prf('sha256', secret, 'test label', seed, 100).toString('hex'), expected);
  });

  for (const [name, pick] of [
    ['EC on both sides', () => ({ client: ec, server: ec })],
    ['an RSA server', () => ({ client: ec, server: rsa })],
    ['an RSA client', () => ({ client: rsa, server: ec })],
  ] as const) {
    it(`shakes hands and carries data both ways: ${name}`, () => {
      const { client, server } = pick();
      const pair = pairOf(
        { own: new Signer(client), refusal: only(server) },
        { own: new Signer(server), refusal: only(client) },
      );
      pair.start().run();
      assert.deepEqual(pair.log, ['server connected', 'client connected']);
      pair.client.write(Buffer.from('question'));
      pair.server.write(Buffer.from('answer'));
      pair.run();
      assert.deepEqual(pair.log.slice(2), ['server got question', 'client got answer']);
      assert.deepEqual([pair.client.due, pair.server.due], [null, null]);
      pair.client.close();
      pair.run();
      assert.deepEqual(pair.log.slice(4), ['server closed: the other end closed the DTLS association']);
    });
  }

  it('answers the first hello with no more than it got, and keeps nothing of it', () => {
    const pair = pairOf();
    const sizes: Record<string, number[]> = { client: [], server: [] };
    pair.wire = (datagram, to) => {
      sizes[to]?.push(datagram.length);
      return to === 'client' ? [] : [datagram];
    };
    pair.start().run(100_000);
    assert.ok((sizes['client']?.length ?? 0) > 1);
    assert.ok(Math.max(...(sizes['client'] ?? [])) <= Math.min(...(sizes['server'] ?? [])));
    assert.deepEqual(pair.log, ['client closed: no answer to the DTLS handshake']);
    assert.equal(pair.server.due, null, 'the server waits for nothing');
  });

  it('refuses the wrong certificate on either side, and says so', () => {
    const wrongServer = pairOf({ refusal: only(rsa) }, {})
      .start()
      .run();
    assert.deepEqual(wrongServer.log, [
      'client closed: another certificate',
      'server closed: DTLS alert 42 of the other end',
    ]);
    const wrongClient = pairOf({}, { refusal: only(rsa) })
      .start()
      .run();
    assert.deepEqual(wrongClient.log.sort(), [
      'client closed: DTLS alert 42 of the other end',
      'server closed: another certificate',
    ]);
  });

  it('is not fooled by who shows a certificate whose key it has not', () => {
    class Thief extends Signer {
      override readonly certificate = new X509Certificate(ec.cert).raw;
    }
    const thief = new Thief(spare);
    const server = pairOf({ refusal: only(ec) }, { own: thief })
      .start()
      .run();
    assert.match(server.log[0] ?? '', /client closed: the key is not signed by the certificate/);
    const client = pairOf({ own: thief }, { refusal: only(ec) })
      .start()
      .run();
    assert.match(client.log.join(), /server closed: the certificate is not the other end’s own/);
    assert.ok(!client.log.includes('server connected'));
  });

  it('notices when a message was changed on the way', () => {
    const pair = pairOf();
    pair.wire = (datagram, to) => {
      const copy = Buffer.from(datagram);
      // the list of suites in the hello of the client: another order
      const at = copy.indexOf(Buffer.from('c02bc02f', 'hex'));
      if (to === 'server' && at > 0) copy.write('c02fc02b', at, 'hex');
      return [copy];
    };
    pair.start().run();
    assert.ok(!pair.log.includes('server connected'));
    assert.match(pair.log.join(), /tampered|not signed|own/);
  });

  for (const [name, change] of [
    ['loses a third', (random: () => number, datagram: Uint8Array) => (random() < 0.33 ? [] : [datagram])],
    [
      'doubles half',
      (random: () => number, datagram: Uint8Array) => (random() < 0.5 ? [datagram, datagram] : [datagram]),
    ],
    [
      'flips bits in a fifth',
      (random: () => number, datagram: Uint8Array) => {
        if (random() >= 0.2) return [datagram];
        const copy = Buffer.from(datagram);
        const at = Math.floor(random() * copy.length);
        copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        return [copy, datagram];
      },
    ],
  ] as const) {
    it(`never throws and never lets false data through when the way ${name}`, () => {
      let open = 0;
      for (let seed = 1; seed <= 40; seed++) {
        const roll = seeded(seed);
        const random = (): number => roll(1_000_000) / 1_000_000;
        const pair = pairOf();
        pair.wire = (datagram) => change(random, datagram);
        pair.start().run();
        for (let n = 0; n < 5; n++) {
          pair.client.write(Buffer.from(`c${n}`));
          pair.server.write(Buffer.from(`s${n}`));
        }
        pair.run();
        if (pair.client.open && pair.server.open) open += 1;
        const data = pair.log.filter((line) => line.includes(' got '));
        assert.ok(
          data.every((line) => /^(client got s|server got c)\d$/.test(line)),
          data.join(),
        );
        assert.equal(new Set(data).size, data.length, 'nothing comes twice');
      }
      assert.ok(open >= (name === 'flips bits in a fifth' ? 1 : 35), `${open} of 40 came about`);
    });
  }

  it('outlives junk, made up and made of what was said', () => {
    const roll = seeded(8842);
    const said: Uint8Array[] = [];
    const model = pairOf();
    model.wire = (datagram) => {
      said.push(datagram);
      return [datagram];
    };
    model.start().run();
    for (let round = 0; round < 300; round++) {
      const pair = pairOf();
      pair.wire = () => [];
      pair.start().run(0);
      for (let n = 0; n < 20; n++) {
        const junk = Buffer.from(said[roll(said.length)] ?? new Uint8Array(20));
        for (let flips = roll(6); flips >= 0; flips--) junk[roll(junk.length)] = roll(256);
        const cut = junk.subarray(0, roll(4) === 0 ? roll(junk.length) : junk.length);
        pair.client.receive(cut, 0);
        pair.server.receive(cut, 0);
      }
      assert.ok(!pair.log.some((line) => /connected|got/.test(line)));
    }
  });

  it('takes pieces of messages in any order', () => {
    const pair = pairOf();
    let held: Uint8Array[] = [];
    pair.wire = (datagram, to) => {
      if (to === 'server') return [datagram];
      held.push(datagram);
      const all = held;
      held = [];
      return all.reverse();
    };
    pair.start().run();
    assert.deepEqual(pair.log, ['server connected', 'client connected']);
  });

  it('drops what came before, however often it comes', () => {
    const window = new ReplayWindow();
    for (const sequence of [5, 3, 70, 8]) {
      assert.equal(window.isNew(sequence), true);
      window.note(sequence);
      assert.equal(window.isNew(sequence), false);
    }
    assert.equal(window.isNew(6), false, 'too old to tell');
    assert.equal(window.isNew(7), true);
    assert.equal(window.isNew(71), true);
  });

  it('is told from BFCP and STUN by its first octet', () => {
    assert.deepEqual(
      [0x16, 0x14, 0x17, 0x40, 0x50, 0x48, 0x00].map((first) => looksLikeDtls(new Uint8Array([first]))),
      [true, true, true, false, false, false, false],
    );
  });
});
