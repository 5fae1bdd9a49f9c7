import { readUint32 } from './header.js';
import * as wire from './rtcp.js';
import type { ReportBlock, RtcpPacket, SourceDescription } from './rtcp.js';

/** Why a datagram is no RTCP compound, and the offset of the packet at fault. */
export interface RtcpFault {
  fault: 'short' | 'version' | 'length' | 'padding' | 'body';
  at: number;
}

/** A decoded compound, or the fault. */
export type RtcpResult = { packets: RtcpPacket[] } | RtcpFault;

/** Decodes a compound (RFC 3550 §6.1). A reduced-size one (RFC 5506) is accepted as well. Never throws. */
export function decodeRtcp(bytes: Uint8Array): RtcpResult {
  const packets: RtcpPacket[] = [];
  let at = 0;
  if (bytes.length < 4) return { fault: 'short', at };
  while (at < bytes.length) {
    if (bytes.length - at < 4) return { fault: 'short', at };
    const first = bytes[at]!;
    if (first >> 6 !== 2) return { fault: 'version', at };
    const next = at + 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!) * 4;
    if (next > bytes.length) return { fault: 'length', at };
    let end = next;
    if (first & 0x20) {
      const padding = bytes[next - 1]!;
      if (next !== bytes.length || padding === 0 || padding % 4 !== 0 || padding > next - at - 4)
        return { fault: 'padding', at };
      end -= padding;
    }
    const packet = decodeOne(bytes[at + 1]!, first & 0x1f, bytes.subarray(at + 4, end));
    if (!packet) return { fault: 'body', at };
    packets.push(packet);
    at = next;
  }
  return { packets };
}

function decodeOne(packetType: number, count: number, body: Uint8Array): RtcpPacket | null {
  switch (packetType) {
    case wire.RTCP_SR:
      return decodeSr(count, body);
    case wire.RTCP_RR:
      return body.length < 4 + count * 24
        ? null
        : { type: 'rr', ssrc: readUint32(body, 0), reports: reports(body, 4, count) };
    case wire.RTCP_SDES:
      return decodeSdes(count, body);
    case wire.RTCP_BYE:
      return body.length < count * 4 ? null : { type: 'bye', ssrcs: words(body, 0, count) };
    case wire.RTCP_RTPFB:
      return decodeRtpfb(count, body);
    case wire.RTCP_PSFB:
      return decodePsfb(count, body);
    default:
      return other(packetType, count, body);
  }
}

function other(packetType: number, count: number, body: Uint8Array): RtcpPacket {
  return { type: 'other', packetType, count, body: new Uint8Array(body) };
}

function decodeSr(count: number, body: Uint8Array): RtcpPacket | null {
  if (body.length < 24 + count * 24) return null;
  return {
    type: 'sr',
    ssrc: readUint32(body, 0),
    ntp: { seconds: readUint32(body, 4), fraction: readUint32(body, 8) },
    rtp: readUint32(body, 12),
    packets: readUint32(body, 16),
    octets: readUint32(body, 20),
    reports: reports(body, 24, count),
  };
}

function reports(body: Uint8Array, from: number, count: number): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let i = 0; i < count; i++) {
    const at = from + i * 24;
    const loss = readUint32(body, at + 4);
    blocks.push({
      ssrc: readUint32(body, at),
      fractionLost: loss >>> 24,
      cumulativeLost: (loss << 8) >> 8,
      highestSeq: readUint32(body, at + 8),
      jitter: readUint32(body, at + 12),
      lastSr: readUint32(body, at + 16),
      delaySinceLastSr: readUint32(body, at + 20),
    });
  }
  return blocks;
}

function words(body: Uint8Array, from: number, count: number): number[] {
  const list: number[] = [];
  for (let i = 0; i < count; i++) list.push(readUint32(body, from + i * 4));
  return list;
}

function decodeSdes(count: number, body: Uint8Array): RtcpPacket | null {
  const chunks: SourceDescription['chunks'] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 5 > body.length) return null;
    const chunk: SourceDescription['chunks'][number] = { ssrc: readUint32(body, at), items: [] };
    at += 4;
    for (;;) {
      const kind = body[at];
      if (kind === undefined) return null;
      if (kind === 0) break;
      const length = body[at + 1];
      if (length === undefined || at + 2 + length > body.length) return null;
      chunk.items.push({ kind, text: Buffer.from(body.subarray(at + 2, at + 2 + length)).toString('latin1') });
      at += 2 + length;
    }
    // RFC 3550 §6.5: the list ends with a null octet and is padded to the next 32-bit boundary.
    at = (at + 4) & ~3;
    chunks.push(chunk);
  }
  return { type: 'sdes', chunks };
}

function decodeRtpfb(format: number, body: Uint8Array): RtcpPacket | null {
  if (format === wire.FMT_NACK) return decodeNack(body);
  if (format === wire.FMT_TMMBR) return decodeRates('tmmbr', body);
  return format === wire.FMT_TMMBN ? decodeRates('tmmbn', body) : other(wire.RTCP_RTPFB, format, body);
}

function decodeRates(type: 'tmmbr' | 'tmmbn', body: Uint8Array): RtcpPacket | null {
  // a notification may hold no bound at all, a request holds one at least (RFC 5104 §4.2.1.1, §4.2.2.1)
  if (body.length < (type === 'tmmbr' ? 16 : 8)) return null;
  const bounds: wire.RateBound[] = [];
  for (let at = 8; at + 8 <= body.length; at += 8) {
    const word = readUint32(body, at + 4);
    const bps = ((word >>> 9) & 0x1ffff) * 2 ** (word >>> 26);
    bounds.push({ ssrc: readUint32(body, at), bps, overhead: word & 0x1ff });
  }
  return { type, sender: readUint32(body, 0), bounds };
}

function decodeNack(body: Uint8Array): RtcpPacket | null {
  if (body.length < 12) return null;
  const lost: { pid: number; mask: number }[] = [];
  for (let at = 8; at + 4 <= body.length; at += 4) {
    const word = readUint32(body, at);
    lost.push({ pid: word >>> 16, mask: word & 0xffff });
  }
  return { type: 'nack', sender: readUint32(body, 0), media: readUint32(body, 4), lost };
}

function decodePsfb(format: number, body: Uint8Array): RtcpPacket | null {
  if (body.length < 8) return null;
  const sender = readUint32(body, 0);
  if (format === wire.FMT_PLI) return { type: 'pli', sender, media: readUint32(body, 4) };
  if (format === wire.FMT_FIR) {
    const requests: { ssrc: number; seq: number }[] = [];
    for (let at = 8; at + 8 <= body.length; at += 8) requests.push({ ssrc: readUint32(body, at), seq: body[at + 4]! });
    return { type: 'fir', sender, requests };
  }
  if (format === wire.FMT_AFB && body.length >= 16 && readUint32(body, 8) === wire.REMB_MARK) {
    const word = readUint32(body, 12);
    const count = word >>> 24;
    if (body.length < 16 + count * 4) return null;
    const bps = (word & 0x3ffff) * 2 ** ((word >>> 18) & 0x3f);
    return { type: 'remb', sender, bps, ssrcs: words(body, 16, count) };
  }
  return other(wire.RTCP_PSFB, format, body);
}
