import { emptyRtpHeader, readRtp } from '../../../src/protocol/rtp/header.js';
import type { KeptPacket } from '../../../src/protocol/rtp/fec-recovery.js';

/** A whole RTP packet as recovery keeps it. */
export function kept(bytes: Uint8Array): KeptPacket {
  const header = emptyRtpHeader();
  if (readRtp(bytes, header) !== null) throw new Error('no RTP packet');
  return {
    seq: header.seq,
    flags: bytes[0]! & 0x3f,
    second: bytes[1]!,
    timestamp: header.timestamp,
    body: bytes.subarray(12),
    payload: bytes.subarray(header.payloadStart, header.payloadEnd),
    fecUpTo: null,
  };
}

/** A whole RTP packet. */
export function packet(seq: number, marker: boolean, timestamp: number, payload: Uint8Array, first = 0x80): Buffer {
  const head = Buffer.alloc(12);
  head[0] = first;
  head[1] = marker ? 0xe1 : 0x61;
  head.writeUInt16BE(seq & 0xffff, 2);
  head.writeUInt32BE(timestamp >>> 0, 4);
  head.writeUInt32BE(0x11223344, 8);
  return Buffer.concat([head, payload]);
}
