import { NAL_FU_A, NAL_PPS, NAL_SPS, NAL_STAP_A } from '../../../src/protocol/rtp/h264.js';

/**
 * RTP payloads of one access unit (RFC 6184 §5.6-5.8). Mode 0 needs every NAL unit to fit `limit` and throws RangeError
 * otherwise; mode 1 puts the parameter sets into one STAP-A and cuts what is too large into FU-A.
 */
export function packetizeH264(nals: readonly Buffer[], mode: 0 | 1, limit: number): Buffer[] {
  const payloads: Buffer[] = [];
  const sets = mode === 1 ? nals.filter(isParameterSet) : [];
  if (sets.length > 1) payloads.push(stapA(sets));
  for (const nal of nals) {
    if (sets.length > 1 && isParameterSet(nal)) continue;
    if (nal.length <= limit) payloads.push(nal);
    else if (mode === 1) payloads.push(...fuA(nal, limit));
    else throw new RangeError(`a NAL unit of ${nal.length} bytes does not fit packetization-mode 0`);
  }
  return payloads;
}

function isParameterSet(nal: Buffer): boolean {
  const type = (nal[0] ?? 0) & 31;
  return type === NAL_SPS || type === NAL_PPS;
}

function stapA(nals: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from([0x60 | NAL_STAP_A])];
  for (const nal of nals) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(nal.length);
    parts.push(length, nal);
  }
  return Buffer.concat(parts);
}

function fuA(nal: Buffer, limit: number): Buffer[] {
  const header = nal[0] ?? 0;
  const pieces: Buffer[] = [];
  const step = limit - 2;
  for (let at = 1; at < nal.length; at += step) {
    const start = at === 1 ? 0x80 : 0;
    const end = at + step >= nal.length ? 0x40 : 0;
    const head = Buffer.from([(header & 0xe0) | NAL_FU_A, start | end | (header & 31)]);
    pieces.push(Buffer.concat([head, nal.subarray(at, at + step)]));
  }
  return pieces;
}
