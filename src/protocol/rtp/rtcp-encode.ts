import * as wire from './rtcp.js';
import type { ReportBlock, RtcpPacket, SourceDescription } from './rtcp.js';

/** Encodes packets back to back into one datagram. Lists over 31 entries (reports, chunks, BYE) are cut. */
export function encodeRtcp(packets: readonly RtcpPacket[]): Buffer {
  return Buffer.concat(packets.map(encodeOne));
}

function encodeOne(packet: RtcpPacket): Buffer {
  switch (packet.type) {
    case 'sr':
      return framed(wire.RTCP_SR, packet.reports.slice(0, 31).length, encodeSr(packet));
    case 'rr':
      return framed(wire.RTCP_RR, packet.reports.slice(0, 31).length, [packet.ssrc, ...reportWords(packet.reports)]);
    case 'sdes':
      return encodeSdes(packet);
    case 'bye':
      return framed(wire.RTCP_BYE, Math.min(31, packet.ssrcs.length), packet.ssrcs.slice(0, 31));
    case 'pli':
      return framed(wire.RTCP_PSFB, wire.FMT_PLI, [packet.sender, packet.media]);
    case 'fir':
      // RFC 5104 §4.3.1.2: the media source field is 0, targets stand in the entries.
      return framed(wire.RTCP_PSFB, wire.FMT_FIR, [
        packet.sender,
        0,
        ...packet.requests.flatMap((request) => [request.ssrc, (request.seq & 0xff) << 24]),
      ]);
    case 'nack':
      return framed(wire.RTCP_RTPFB, wire.FMT_NACK, [
        packet.sender,
        packet.media,
        ...packet.lost.map((entry) => (entry.pid << 16) | (entry.mask & 0xffff)),
      ]);
    case 'tmmbr':
    case 'tmmbn':
      // RFC 5104 §4.2.1.2: the media source field is 0, whom it is about stands in the entries.
      return framed(wire.RTCP_RTPFB, packet.type === 'tmmbr' ? wire.FMT_TMMBR : wire.FMT_TMMBN, [
        packet.sender,
        0,
        ...packet.bounds.flatMap(({ ssrc, bps, overhead }) => [ssrc, (scaled(bps, 17) << 9) | (overhead & 0x1ff)]),
      ]);
    case 'remb':
      return framed(wire.RTCP_PSFB, wire.FMT_AFB, [
        packet.sender,
        0,
        wire.REMB_MARK,
        (Math.min(255, packet.ssrcs.length) << 24) | scaled(packet.bps, 18),
        ...packet.ssrcs.slice(0, 255),
      ]);
    case 'other':
      return withHeader(packet.packetType, packet.count, Buffer.from(packet.body));
  }
}

function framed(packetType: number, count: number, words: readonly number[]): Buffer {
  const body = Buffer.alloc(words.length * 4);
  for (let i = 0; i < words.length; i++) body.writeUInt32BE(words[i]! >>> 0, i * 4);
  return withHeader(packetType, count, body);
}

function withHeader(packetType: number, count: number, body: Buffer): Buffer {
  const header = Buffer.from([0x80 | (count & 0x1f), packetType, 0, 0]);
  header.writeUInt16BE(body.length >> 2, 2);
  return Buffer.concat([header, body]);
}

function encodeSr(packet: wire.SenderReport): number[] {
  return [
    packet.ssrc,
    packet.ntp.seconds,
    packet.ntp.fraction,
    packet.rtp,
    packet.packets,
    packet.octets,
    ...reportWords(packet.reports),
  ];
}

function reportWords(blocks: readonly ReportBlock[]): number[] {
  return blocks
    .slice(0, 31)
    .flatMap((block) => [
      block.ssrc,
      ((block.fractionLost & 0xff) << 24) | (block.cumulativeLost & 0xffffff),
      block.highestSeq,
      block.jitter,
      block.lastSr,
      block.delaySinceLastSr,
    ]);
}

function encodeSdes(packet: SourceDescription): Buffer {
  const chunks = packet.chunks.slice(0, 31).map((chunk) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(chunk.ssrc);
    const items = chunk.items.flatMap((item) => {
      const text = Buffer.from(item.text, 'latin1').subarray(0, 255);
      return [Buffer.from([item.kind, text.length]), text];
    });
    const body = Buffer.concat([head, ...items]);
    return Buffer.concat([body, Buffer.alloc(4 - (body.length % 4))]);
  });
  return withHeader(wire.RTCP_SDES, chunks.length, Buffer.concat(chunks));
}

/** 6-bit exponent and a mantissa of `bits`, rounded down. */
function scaled(bps: number, bits: 17 | 18): number {
  let exponent = 0;
  let mantissa = Math.max(0, Math.floor(bps));
  while (mantissa >= 2 ** bits) {
    mantissa = Math.floor(mantissa / 2);
    exponent++;
  }
  return ((exponent & 0x3f) << bits) | mantissa;
}
