import assert from 'node:assert/strict';
import { emptyRtpHeader, readRtp } from '../../../src/protocol/rtp/header.js';
import { decodeRtcp } from '../../../src/protocol/rtp/rtcp-decode.js';
import { encodeRtcp } from '../../../src/protocol/rtp/rtcp-encode.js';
import { seeded } from '../../support/seeded.js';

/** A compound with one of each, read field by field with Wireshark 4.0 before it was written down here. */
export const everything = [
  '81c8000c 11223344 eeada4d1 80000000 000003e8 00000005 00000258 55667788 40fffffd 00010005 00000007 abcd1234 00010000',
  '81ca0006 11223344 0110726f6f6d37406475616c73747265616d 0000',
  '81ce0002 00000001 00000002',
  '84ce0004 00000001 00000000 00000002 09000000',
  '81cd0003 00000001 00000002 00640005',
  '8fce0005 00000001 00000000 52454d42 0112625a 00000002',
  '81cb0001 11223344',
].join('');

/** Mutated compounds are read or refused by name, and what is accepted can be written and read again. */
export function fuzzRtcp(seed: number, rounds: number): void {
  const random = seeded(seed);
  const whole = Buffer.from(everything.replaceAll(' ', ''), 'hex');
  let accepted = 0;
  for (let i = 0; i < rounds; i++) {
    const data = Buffer.from(whole).subarray(0, 1 + random(164));
    for (let n = random(6); n > 0; n--) data[random(data.length)] = random(256);
    const result = decodeRtcp(data);
    if (!('packets' in result)) continue;
    accepted++;
    const again = decodeRtcp(encodeRtcp(result.packets));
    assert.deepEqual(again, result);
  }
  assert.ok(accepted > rounds / 200, String(accepted));
}

/** Random packets are refused by name, or their payload lies inside them. */
export function fuzzRtp(seed: number, rounds: number): void {
  const random = seeded(seed);
  const into = emptyRtpHeader();
  let accepted = 0;
  for (let i = 0; i < rounds; i++) {
    const data = Uint8Array.from({ length: random(80) }, () => random(256));
    // Mostly the right version, else little gets past the first byte.
    if (data.length > 0 && random(8) > 0) data[0] = 0x80 | random(64);
    if (readRtp(data, into) !== null) continue;
    accepted++;
    const { payloadStart, payloadEnd } = into;
    assert.ok(12 <= payloadStart && payloadStart <= payloadEnd && payloadEnd <= data.length);
  }
  assert.ok(accepted > rounds / 20, String(accepted));
}
