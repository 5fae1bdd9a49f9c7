import assert from 'node:assert/strict';
import { decodeRtcp } from '../../../src/protocol/rtp/rtcp-decode.js';
import { encodeRtcp } from '../../../src/protocol/rtp/rtcp-encode.js';
import { cnameOf, type RtcpPacket } from '../../../src/protocol/rtp/rtcp.js';
import { everything, fuzzRtcp } from './fuzzing.js';

const block = {
  ssrc: 0x55667788,
  fractionLost: 64,
  cumulativeLost: -3,
  highestSeq: 0x10005,
  jitter: 7,
  lastSr: 0xabcd1234,
  delaySinceLastSr: 65536,
};

const packets: RtcpPacket[] = [
  {
    type: 'sr',
    ssrc: 0x11223344,
    ntp: { seconds: 0xeeada4d1, fraction: 0x80000000 },
    rtp: 1000,
    packets: 5,
    octets: 600,
    reports: [block],
  },
  { type: 'sdes', chunks: [{ ssrc: 0x11223344, items: [{ kind: 1, text: 'room7@dualstream' }] }] },
  { type: 'pli', sender: 1, media: 2 },
  { type: 'fir', sender: 1, requests: [{ ssrc: 2, seq: 9 }] },
  { type: 'nack', sender: 1, media: 2, lost: [{ pid: 100, mask: 5 }] },
  { type: 'remb', sender: 1, bps: 2_500_000, ssrcs: [2] },
  { type: 'bye', ssrcs: [0x11223344] },
];

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const fault = (hex: string): string => {
  const result = decodeRtcp(bytes(hex));
  return 'fault' in result ? `${result.fault} at ${result.at}` : 'none';
};

describe('rtcp', () => {
  it('decodes and encodes every packet', () => {
    assert.deepEqual(decodeRtcp(bytes(everything)), { packets });
    assert.equal(encodeRtcp(packets).toString('hex'), bytes(everything).toString('hex'));
  });

  it("decodes ffmpeg's sender report", () => {
    const result = decodeRtcp(bytes('80c80006ed8d5c9aeeada4d6a083126e44e52dbc0000005e00008d65'));
    assert.deepEqual(result, {
      packets: [
        {
          type: 'sr',
          ssrc: 0xed8d5c9a,
          ntp: { seconds: 0xeeada4d6, fraction: 0xa083126e },
          rtp: 0x44e52dbc,
          packets: 94,
          octets: 0x8d65,
          reports: [],
        },
      ],
    });
  });

  it('reads and writes requests for a rate, and what their addressee goes by', () => {
    // RFC 5104 §4.2.1.1: 98304 * 2^3 bit/s, 40 bytes a packet on top
    const request = '83cd0004 00000001 00000000 00000007 0f000028';
    const bounds = [{ ssrc: 7, bps: 786_432, overhead: 40 }];
    assert.deepEqual(decodeRtcp(bytes(request)), { packets: [{ type: 'tmmbr', sender: 1, bounds }] });
    assert.deepEqual(encodeRtcp([{ type: 'tmmbr', sender: 1, bounds }]), bytes(request));
    const answer = '84cd0004 00000002 00000000 00000001 0f000028';
    const granted = [{ ssrc: 1, bps: 786_432, overhead: 40 }];
    assert.deepEqual(encodeRtcp([{ type: 'tmmbn', sender: 2, bounds: granted }]), bytes(answer));
    assert.deepEqual(decodeRtcp(bytes(answer)), { packets: [{ type: 'tmmbn', sender: 2, bounds: granted }] });
    assert.deepEqual(decodeRtcp(bytes('84cd0002 00000002 00000000')), {
      packets: [{ type: 'tmmbn', sender: 2, bounds: [] }],
    });
    assert.equal(fault('83cd0002 00000002 00000000'), 'body at 0', 'a request without a bound');
    const most = { ssrc: 1, bps: 0x1ffff * 2 ** 40, overhead: 511 };
    const again = decodeRtcp(encodeRtcp([{ type: 'tmmbr', sender: 1, bounds: [most] }]));
    assert.deepEqual(again, { packets: [{ type: 'tmmbr', sender: 1, bounds: [most] }] });
  });

  it('keeps what it does not know, and takes padding off', () => {
    const hex = '80cc0002000000014e414d45 a0c90002 00000001 00000004';
    assert.deepEqual(decodeRtcp(bytes(hex)), {
      packets: [
        { type: 'other', packetType: 204, count: 0, body: new Uint8Array(bytes('000000014e414d45')) },
        { type: 'rr', ssrc: 1, reports: [] },
      ],
    });
  });

  it('finds the CNAME behind other items', () => {
    const hex = '81ca0004 00000001 0201410104726f6f6d 000000';
    const result = decodeRtcp(bytes(hex));
    const first = 'packets' in result ? result.packets[0] : undefined;
    assert.equal(first?.type === 'sdes' ? cnameOf(first) : null, 'room');
  });

  for (const [hex, expected] of [
    ['80c9', 'short at 0'],
    ['00c90001 00000001', 'version at 0'],
    ['80c90002 00000001', 'length at 0'],
    ['80c90001 00000001 80', 'short at 8'],
    ['81c90001 00000001', 'body at 0'],
    ['82ca0001 00000001', 'body at 0'],
    ['81ca0002 00000001 01ff4142', 'body at 0'],
    ['83cb0001 00000001', 'body at 0'],
    ['81cd0001 00000001', 'body at 0'],
    ['8fce0004 00000001 00000000 52454d42 ff000000', 'body at 0'],
    ['a0c90001 00000000', 'padding at 0'],
    ['a0c90001 00000004 80c90001 00000001', 'padding at 0'],
  ] as const)
    it(`${hex}: ${expected}`, () => assert.equal(fault(hex), expected));

  it('never throws on mutated compounds, and what it accepts can be encoded', () => fuzzRtcp(1, 20_000));
});
