import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { PayloadOpener, PayloadSealer } from '../../../../src/protocol/h323/h235/payload-cipher.js';
import { emptyRtpHeader, readRtp, RTP_HEADER, writeRtpHeader } from '../../../../src/protocol/rtp/header.js';
import { seeded } from '../../../support/seeded.js';

const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const longKey = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');

function headerOf(seq: number, timestamp: number): Buffer {
  const header = Buffer.alloc(RTP_HEADER);
  writeRtpHeader(header, 120, false, seq, timestamp, 7);
  return header;
}

function counted(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => i & 0xff));
}

/** Payload of a packet once it is opened, padding off. */
function payloadOf(packet: Buffer): Buffer {
  const header = emptyRtpHeader();
  assert.equal(readRtp(packet, header), null);
  return packet.subarray(header.payloadStart, header.payloadEnd);
}

describe('payload of H.235.6', () => {
  it('is what openssl makes of it', () => {
    // openssl enc -aes-128-cbc -iv 1234deadbeef1234deadbeef1234dead
    for (const [length, cipher, hex] of [
      [
        40,
        'aes-128-cbc',
        '7ef558fa8b0e087648d156e4a9a2ea31afa4a56fef656a7d66c132697eb216924c9dbfe5a892260887148c57db3fb52d',
      ],
      [
        48,
        'aes-128-cbc',
        '7ef558fa8b0e087648d156e4a9a2ea31afa4a56fef656a7d66c132697eb216927759da2aa46f4c4021cebec51b6ea605',
      ],
      [
        40,
        'aes-256-cbc',
        '1ec23960b4ec8a892cfd59b5a6498dc0b01f8303b9fb5ccd12aea13c4e861dac5167f8c87a6420879bbcf2a0b72baf0d',
      ],
    ] as const) {
      const of = cipher === 'aes-128-cbc' ? key : longKey;
      const header = headerOf(0x1234, 0xdeadbeef);
      const sealed = new PayloadSealer(cipher, of).seal(header, counted(length));
      assert.equal(Buffer.from(sealed).toString('hex'), hex);
      assert.equal(header[0], length % 16 === 0 ? 0x80 : 0xa0, 'the P bit tells of padding');
      const packet = Buffer.concat([header, sealed]);
      assert.equal(new PayloadOpener(cipher, of).open(packet, RTP_HEADER), null);
      assert.deepEqual(payloadOf(packet), counted(length));
    }
  });

  it('reads ciphertext stealing by the vectors of RFC 3962 appendix B', () => {
    // their initial vector is zeros, as that of sequence number 0 and timestamp 0
    const chicken = Buffer.from('chicken teriyaki');
    const opener = new PayloadOpener('aes-128-cbc', chicken);
    for (const [text, hex] of [
      ['I would like the ', 'c6353568f2bf8cb4d8a580362da7ff7f97'],
      ["I would like the General Gau's ", 'fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5'],
      [
        "I would like the General Gau's Chicken, please,",
        '97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5',
      ],
    ] as const) {
      const packet = Buffer.concat([headerOf(0, 0), Buffer.from(hex, 'hex')]);
      assert.equal(opener.open(packet, RTP_HEADER), null);
      assert.equal(payloadOf(packet).toString(), text);
    }
  });

  it('keeps packets apart: each opens by itself, in any order and again', () => {
    const roll = seeded(2356);
    const sealer = new PayloadSealer('aes-128-cbc', key);
    const opener = new PayloadOpener('aes-128-cbc', key);
    const packets = Array.from({ length: 300 }, (_, i) => {
      const payload = counted(1 + roll(1400));
      const header = headerOf((65_400 + i) & 0xffff, (i * 3000) >>> 0);
      const sealed = sealer.seal(header, payload);
      const iv = Buffer.alloc(16);
      for (let at = 0; at < 16; at++) iv[at] = header[2 + (at % 6)]!;
      const reference = createCipheriv('aes-128-cbc', key, iv).update(payload);
      assert.ok(reference.equals(sealed.subarray(0, reference.length)), `packet ${i}`);
      return { payload, packet: Buffer.concat([header, sealed]) };
    });
    for (let i = 0; i < 600; i++) {
      const { payload, packet } = packets[roll(packets.length)]!;
      const copy = Buffer.from(packet);
      assert.equal(opener.open(copy, RTP_HEADER), null);
      assert.deepEqual(payloadOf(copy), payload);
    }
  });

  it('leaves what it was given as it was', () => {
    const payload = counted(33);
    new PayloadSealer('aes-128-cbc', key).seal(headerOf(1, 1), payload);
    assert.deepEqual(payload, counted(33));
  });

  it('refuses less than a block, and padding that is no whole block; nothing is left nothing', () => {
    const opener = new PayloadOpener('aes-128-cbc', key);
    for (let length = 1; length < 16; length++) {
      for (const first of [0x80, 0xa0]) {
        const packet = Buffer.concat([headerOf(1, 1), counted(length)]);
        packet[0] = first;
        assert.equal(opener.open(packet, RTP_HEADER), 'short');
      }
    }
    const padded = Buffer.concat([headerOf(1, 1), counted(17)]);
    padded[0] = 0xa0;
    assert.equal(opener.open(padded, RTP_HEADER), 'partial');
    assert.equal(opener.open(headerOf(1, 1), RTP_HEADER), null);
    assert.equal(new PayloadSealer('aes-128-cbc', key).seal(headerOf(1, 1), Buffer.alloc(0)).length, 0);
    // what was refused has not put the next one out of step
    const header = headerOf(9, 9);
    const packet = Buffer.concat([header, new PayloadSealer('aes-128-cbc', key).seal(header, counted(64))]);
    assert.equal(opener.open(packet, RTP_HEADER), null);
    assert.deepEqual(payloadOf(packet), counted(64));
  });

  it('makes noise of what another key has enciphered, and nothing worse', () => {
    const roll = seeded(7);
    const opener = new PayloadOpener('aes-128-cbc', longKey.subarray(16));
    for (let i = 0; i < 2000; i++) {
      const packet = Buffer.from(Array.from({ length: RTP_HEADER + roll(100) }, () => roll(256)));
      opener.open(packet, RTP_HEADER);
    }
  });
});
