import assert from 'node:assert/strict';
import { emptyRtpHeader, isRtcp, readRtp, writeRtpHeader } from '../../../src/protocol/rtp/header.js';
import { fuzzRtp } from './fuzzing.js';

const read = (hex: string): unknown => {
  const into = emptyRtpHeader();
  return readRtp(Buffer.from(hex.replaceAll(' ', ''), 'hex'), into) ?? into;
};

describe('rtp header', () => {
  it('reads fixed header, CSRC, extension and padding', () => {
    assert.deepEqual(read('80 e1 ffff 00000bb8 deadbeef 41'), {
      pt: 97,
      marker: true,
      seq: 65535,
      timestamp: 3000,
      ssrc: 0xdeadbeef,
      payloadStart: 12,
      payloadEnd: 13,
    });
    const full = read('b1 60 0001 00000000 00000001 00000002 bede0001 51aabb00 41 42 0002') as { payloadStart: number };
    assert.deepEqual(full, {
      pt: 96,
      marker: false,
      seq: 1,
      timestamp: 0,
      ssrc: 1,
      payloadStart: 24,
      payloadEnd: 26,
    });
  });

  for (const [fault, hex] of [
    ['short', '80 00 0000 00000000 000000'],
    ['version', '40 00 0000 00000000 00000000'],
    ['csrc', '81 00 0000 00000000 00000000'],
    ['extension', '90 00 0000 00000000 00000000 bede'],
    ['extension', '90 00 0000 00000000 00000000 bede0002 00000000'],
    ['padding', 'a0 00 0000 00000000 00000000 00'],
    ['padding', 'a0 00 0000 00000000 00000000 05'],
  ] as const)
    it(`names the fault ${fault} of ${hex}`, () => assert.equal(read(hex), fault));

  it('keeps the payload inside any packet that it accepts', () => fuzzRtp(3550, 20_000));

  it('writes what it reads', () => {
    const bytes = Buffer.alloc(12);
    writeRtpHeader(bytes, 109, true, 0x1234, 0xfffffffe, 0x80000001);
    assert.equal(bytes.toString('hex'), '80ed1234fffffffe80000001');
  });

  it('tells RTCP from RTP on one port', () => {
    assert.equal(isRtcp(Buffer.from('80c80006', 'hex')), true);
    assert.equal(isRtcp(Buffer.from('80e10001', 'hex')), false);
    assert.equal(isRtcp(Buffer.from('80600001', 'hex')), false);
    assert.equal(isRtcp(Buffer.alloc(0)), false);
  });
});
