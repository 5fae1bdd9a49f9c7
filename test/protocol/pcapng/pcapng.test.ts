import assert from 'node:assert/strict';
import { printCapture, type CapturedPacket } from '../../../src/protocol/pcapng/blocks.js';
import { TcpStreams, udpPacket } from '../../../src/protocol/pcapng/ip.js';
import { dissect, hasTshark } from '../../support/tshark.js';

const about = { application: 'Test', comment: 'a comment' };
const at = Date.UTC(2026, 10, 29, 12, 0, 0);
const four = [
  { address: '192.0.2.1', port: 5060 },
  { address: '198.51.100.7', port: 40000 },
] as const;
const six = [
  { address: '2001:db8::1', port: 5060 },
  { address: '::ffff:203.0.113.9', port: 5062 },
] as const;

/** Types, lengths and bodies of the blocks of a file. */
function blocksOf(file: Buffer): { type: number; body: Buffer }[] {
  const blocks: { type: number; body: Buffer }[] = [];
  for (let start = 0; start < file.length;) {
    const length = file.readUInt32LE(start + 4);
    assert.equal(length % 4, 0);
    assert.equal(file.readUInt32LE(start + length - 4), length, 'the length stands at both ends');
    blocks.push({ type: file.readUInt32LE(start), body: file.subarray(start + 8, start + length - 4) });
    start += length;
  }
  return blocks;
}

function message(text: string): Buffer {
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
}

const options = message(`OPTIONS sip:demo@192.0.2.1 SIP/2.0
Via: SIP/2.0/UDP 198.51.100.7:40000;branch=z9hG4bK1
From: <sip:a@example.org>;tag=1
To: <sip:demo@192.0.2.1>
Call-ID: one@example.org
CSeq: 1 OPTIONS
Content-Length: 0

`);

function hex(packet: CapturedPacket | undefined, from: number, to: number): string {
  return Buffer.from(packet?.bytes.subarray(from, to) ?? []).toString('hex');
}

describe('a pcap-ng file', () => {
  it('is a section, an interface of raw IP in microseconds, and packets', () => {
    const file = printCapture(about, [
      { at: at + 0.25, bytes: Buffer.from('45000001', 'hex'), outgoing: true, comment: 'x' },
    ]);
    const [section, face, packet, ...rest] = blocksOf(file);
    assert.deepEqual(rest, []);
    assert.equal(section?.type, 0x0a0d0d0a);
    assert.equal(section?.body.readUInt32LE(0), 0x1a2b3c4d);
    assert.equal(face?.type, 1);
    assert.equal(face?.body.readUInt16LE(0), 101);
    assert.equal(face?.body.toString('hex').includes('0900010006000000'), true, 'if_tsresol 6');
    assert.equal(packet?.type, 6);
    const micros = (BigInt(packet?.body.readUInt32LE(4) ?? 0) << 32n) | BigInt(packet?.body.readUInt32LE(8) ?? 0);
    assert.equal(micros, BigInt(at) * 1000n + 250n);
  });

  it('without packets is a file all the same', () => {
    assert.deepEqual(
      blocksOf(printCapture(about, [])).map(({ type }) => type),
      [0x0a0d0d0a, 1],
    );
  });

  it('keeps lengths of 16 bits whatever is said in it', () => {
    const packet = { at, bytes: Buffer.alloc(3), outgoing: false, comment: 'ä'.repeat(70_000) };
    assert.equal(blocksOf(printCapture({ application: 'x'.repeat(70_000), comment: '' }, [packet])).length, 3);
  });
});

describe('packets written around what was seen', () => {
  const streams = new TcpStreams();
  const rtcp = Buffer.from('81c90007' + '00000001' + '00000002'.repeat(6), 'hex');
  const rtp = Buffer.from('80600001' + '00000002' + '00000003', 'hex');
  const packets: CapturedPacket[] = [
    ...[udpPacket(four[1], four[0], options), udpPacket(six[1], six[0], options)].map((bytes) => ({
      at,
      bytes,
      outgoing: false,
    })),
    ...[options, options].flatMap((each) =>
      streams.packets(four[1], four[0], each).map((bytes) => ({ at: at + 1, bytes, outgoing: false })),
    ),
    ...streams.packets(four[0], four[1], message('SIP/2.0 200 OK\nContent-Length: 0\n\n')).map((bytes) => ({
      at: at + 2,
      bytes,
      outgoing: true,
    })),
    { at: at + 3, bytes: udpPacket({ ...four[0], port: 30001 }, { ...four[1], port: 40001 }, rtcp), outgoing: true },
    {
      at: at + 4,
      bytes: udpPacket({ ...four[0], port: 30000 }, { ...four[1], port: 40002 }, rtp, 1200),
      length: 1228,
      outgoing: true,
    },
  ];

  it('have true addresses, whatever the families', () => {
    const [v4, v6] = packets;
    assert.equal(hex(v4, 12, 20), 'c6336407c0000201');
    assert.equal(v6?.bytes[0], 0x60);
    assert.equal(hex(v6, 8, 24), '00000000000000000000ffffcb007109');
    assert.equal(hex(v6, 24, 40), '20010db8000000000000000000000001');
  });

  it('are read by tshark: SIP, RTCP, order, direction, cut packets, right sums', function () {
    if (!hasTshark()) this.skip();
    this.timeout(30_000);
    const file = printCapture(about, packets);
    const fields = [
      'frame.protocols',
      'sip.Method',
      'sip.Status-Code',
      'ip.checksum.status',
      'udp.checksum.status',
      'tcp.checksum.status',
      'tcp.analysis.flags',
      'frame.packet_flags_direction',
      '_ws.malformed',
    ];
    const read = dissect(file, fields, { decodeAs: ['udp.port==40001,rtcp', 'udp.port==40002,rtp'] });
    assert.equal(read.length, packets.length);
    const column = (index: number): string[] => read.map((row) => row[index] ?? '');
    assert.deepEqual(column(1), ['OPTIONS', 'OPTIONS', 'OPTIONS', 'OPTIONS', '', '', '']);
    assert.deepEqual(column(2), ['', '', '', '', '200', '', '']);
    assert.deepEqual(column(0).slice(5), ['raw:ip:udp:rtcp', 'raw:ip:udp:rtp']);
    assert.deepEqual(column(6), Array(7).fill(''), 'no gap and no repetition in the streams');
    assert.deepEqual(column(8), Array(7).fill(''));
    assert.ok(
      column(3).every((status) => status === '1' || status === ''),
      'sums of IPv4',
    );
    assert.deepEqual(
      column(4).filter((status) => status === '0'),
      [],
      'no bad sum of UDP',
    );
    assert.deepEqual(
      column(5).filter((status) => status === '0'),
      [],
      'no bad sum of TCP',
    );
  });
});
