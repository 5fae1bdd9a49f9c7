import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  decodeStun,
  encodeStun,
  hasSignature,
  isIntact,
  isSigned,
  looksLikeStun,
  stunMessage,
  type StunMessage,
} from '../../../src/protocol/stun/message.js';
import { seeded } from '../../support/seeded.js';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const transaction = hex('b7e7a701bc34d686fa87dfae');
const password = 'VOkJxbRl1RmTxUk/WvJxBt';

/** The four sample messages of RFC 5769 §2. */
const request = hex(`000100582112a442 b7e7a701bc34d686fa87dfae
  80220010 5354554e207465737420636c69656e74 00240004 6e0001ff 80290008 932ff9b151263b36
  00060009 6576746a3a68367659202020 00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf`);
const four = hex(`0101003c2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
  00200008 0001a147e112a643 00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96`);
const six = hex(`010100482112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
  00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9 00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
  80280004 c8fb0b4c`);
const longTerm = hex(`000100602112a442 78ad3433c6ad72c029da412e 00060012 e3839ee38388e383aae38383e382afe382b90000
  0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341 0014000b 6578616d706c652e6f726700
  00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666`);

describe('a STUN message', () => {
  it('request of RFC 5769 §2.1 is read and genuine', () => {
    assert.deepEqual(decodeStun(request), {
      ...stunMessage('request', transaction),
      username: 'evtj:h6vY',
      priority: 0x6e0001ff,
      role: { controlling: false, tieBreaker: 0x932ff9b151263b36n },
    });
    assert.ok(isIntact(request) && isSigned(request, password));
    assert.ok(!isSigned(request, `${password}!`));
  });

  it('responses of RFC 5769 §2.2 and §2.3 are read and genuine', () => {
    const read = [four, six].map((bytes) => decodeStun(bytes)?.mapped);
    assert.deepEqual(read, [
      { address: '192.0.2.1', port: 32853 },
      { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 },
    ]);
    for (const bytes of [four, six]) assert.ok(isIntact(bytes) && isSigned(bytes, password));
  });

  it('request with a long-term credential of RFC 5769 §2.4 is genuine, and has no fingerprint', () => {
    const key = createHash('md5').update('マトリックス:example.org:TheMatrIX').digest();
    assert.equal(decodeStun(longTerm)?.username, 'マトリックス');
    assert.ok(isSigned(longTerm, key));
    assert.ok(!isIntact(longTerm));
  });

  it('is written as RFC 5769 §2.2 and §2.3 have it, but for the name of the software', () => {
    for (const [bytes, address] of [
      [four, '192.0.2.1'],
      [six, '2001:db8:1234:5678:11:2233:4455:6677'],
    ] as const) {
      const message = { ...stunMessage('success', transaction), mapped: { address, port: 32853 } };
      const written = encodeStun(message, password);
      const value = bytes.subarray(36, bytes.length - 32);
      assert.ok(written.includes(value));
      assert.ok(isIntact(written) && isSigned(written, password));
      assert.deepEqual(decodeStun(written), message);
    }
  });

  it('with everything in it is read as it was written', () => {
    const all: StunMessage = {
      ...stunMessage('error', transaction),
      error: { code: 487, reason: 'Role Conflict' },
      unknown: [0x7ff0, 0x0003, 0x7777],
      mapped: { address: '2001:db8:0:0:0:0:0:1', port: 65535 },
      priority: 0xffffffff,
      role: { controlling: true, tieBreaker: 0xffffffffffffffffn },
      useCandidate: true,
      username: 'räume:x',
    };
    assert.deepEqual(decodeStun(encodeStun(all, password)), all);
    assert.deepEqual(decodeStun(encodeStun(all, null)), all);
    assert.ok(!hasSignature(encodeStun(all, null)) && hasSignature(encodeStun(all, password)));
  });

  it('writes addresses of every spelling', () => {
    for (const [address, whole] of [
      ['::1', '0:0:0:0:0:0:0:1'],
      ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
      ['::ffff:192.0.2.7', '0:0:0:0:0:ffff:c000:207'],
      ['2001:db8::', '2001:db8:0:0:0:0:0:0'],
    ] as const) {
      const message = { ...stunMessage('success', transaction), mapped: { address, port: 9 } };
      assert.equal(decodeStun(encodeStun(message, null))?.mapped?.address, whole);
    }
  });

  it('names attributes that have to be understood and are not, also unsigned ones before the signature only', () => {
    const strange = Buffer.concat([request.subarray(0, 20), hex('7ff10000 fff10000'), request.subarray(20)]);
    strange.writeUInt16BE(strange.length - 20, 2);
    assert.deepEqual(decodeStun(strange)?.strange, [0x7ff1]);
    assert.ok(!isIntact(strange) && !isSigned(strange, password));
    const signature = request.length - 8 - 24;
    const late = Buffer.concat([request.subarray(0, signature + 24), hex('00250000')]);
    late.writeUInt16BE(late.length - 20, 2);
    assert.equal(decodeStun(late)?.useCandidate, false);
  });

  it('is told from DTLS, RTP and BFCP by its first octet and the cookie', () => {
    assert.ok(looksLikeStun(request));
    for (const first of [20, 22, 63, 64, 95, 128]) {
      const other = Buffer.from(request);
      other[0] = first;
      assert.ok(!looksLikeStun(other), String(first));
    }
    const old = Buffer.from(request);
    old[4] = 0;
    assert.ok(!looksLikeStun(old));
  });

  it('cut short, or with one bit turned, is never genuine', () => {
    for (let length = 0; length < request.length; length += 1) {
      const cut = request.subarray(0, length);
      assert.equal(decodeStun(cut), null, String(length));
      assert.ok(!isIntact(cut) && !isSigned(cut, password));
    }
    for (let bit = 0; bit < request.length * 8; bit += 1) {
      const turned = Buffer.from(request);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.ok(!(decodeStun(turned) && isIntact(turned)), `bit ${bit}`);
    }
  });

  it('of chance is refused or can be written again, and never throws', () => {
    const roll = seeded(8489);
    for (let round = 0; round < 20_000; round += 1) {
      const data = Buffer.from(round % 2 === 0 ? request : six);
      for (let change = roll(6); change >= 0; change -= 1) data[roll(data.length)] = roll(256);
      const bytes = data.subarray(0, roll(4) === 0 ? roll(data.length + 1) : data.length);
      const read = decodeStun(bytes);
      isIntact(bytes);
      isSigned(bytes, password);
      if (!read) continue;
      const again = decodeStun(encodeStun(read, password));
      assert.deepEqual(again, { ...read, strange: [] });
    }
  });
});
