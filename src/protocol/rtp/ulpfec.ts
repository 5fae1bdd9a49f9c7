import { readUint32 } from './header.js';

/** Octets of the FEC header (RFC 5109 §7.3). */
const HEADER = 10;
/** Octets of a level header with a short and with a long mask (§7.4). */
const SHORT_LEVEL = 4;
const LONG_LEVEL = 8;
/** Packets that a short and a long mask reach over. */
const SHORT_MASK = 16;
/** Packets that one FEC packet can protect. */
export const LONGEST_MASK = 48;
/** More levels are read by nobody and written by nobody. */
const MOST_LEVELS = 4;

/** What FEC goes by of one media packet: all that the RTP header says but number and SSRC, and what follows it. */
export interface ProtectedPacket {
  /** Padding, extension and CSRC count: the lower six bits of the first octet. */
  flags: number;
  /** Marker and payload type: the second octet. */
  second: number;
  timestamp: number;
  /** Everything after the fixed header: CSRCs, extension, payload, padding. */
  body: Uint8Array;
}

/** One level: which packets, and the XOR of a piece of each of them. */
export interface FecLevel {
  /** Distances of the packets protected from `base`, rising. */
  offsets: number[];
  data: Uint8Array;
}

/** A FEC packet (RFC 5109 §7). Sums are XORs over the packets of the first level. */
export interface FecPacket {
  base: number;
  flags: number;
  second: number;
  timestamp: number;
  length: number;
  levels: FecLevel[];
}

/** Reads the payload of a FEC packet; null when it is malformed or protects nothing. */
export function decodeFec(bytes: Uint8Array): FecPacket | null {
  if (bytes.length < HEADER + SHORT_LEVEL) return null;
  const first = bytes[0]!;
  // the extension bit is for the future (§7.3)
  if (first >= 0x80) return null;
  const long = (first & 0x40) !== 0;
  const levels: FecLevel[] = [];
  for (let at = HEADER; at < bytes.length && levels.length < MOST_LEVELS;) {
    const dataAt = at + (long ? LONG_LEVEL : SHORT_LEVEL);
    if (dataAt > bytes.length) return null;
    const length = (bytes[at]! << 8) | bytes[at + 1]!;
    if (dataAt + length > bytes.length) return null;
    const offsets = readMask(bytes, at + 2, long ? LONGEST_MASK : SHORT_MASK);
    if (offsets.length === 0) return null;
    levels.push({ offsets, data: bytes.subarray(dataAt, dataAt + length) });
    at = dataAt + length;
  }
  return {
    base: (bytes[2]! << 8) | bytes[3]!,
    flags: first & 0x3f,
    second: bytes[1]!,
    timestamp: readUint32(bytes, 4),
    length: (bytes[8]! << 8) | bytes[9]!,
    levels,
  };
}

function readMask(bytes: Uint8Array, at: number, reach: number): number[] {
  const offsets: number[] = [];
  for (let i = 0; i < reach; i++) if (bytes[at + (i >> 3)]! & (0x80 >> (i & 7))) offsets.push(i);
  return offsets;
}

/**
 * Writes a FEC packet of one level over whole packets: those of `packets`, each at its distance from number `base`
 * (0..47, rising).
 */
export function encodeFec(base: number, offsets: readonly number[], packets: readonly ProtectedPacket[]): Buffer {
  const long = (offsets.at(-1) ?? 0) >= SHORT_MASK;
  const dataAt = HEADER + (long ? LONG_LEVEL : SHORT_LEVEL);
  const length = packets.reduce((most, { body }) => Math.max(most, body.length), 0);
  const bytes = Buffer.alloc(dataAt + length);
  let [flags, second, timestamp, lengths] = [0, 0, 0, 0];
  for (const packet of packets) {
    flags ^= packet.flags;
    second ^= packet.second;
    timestamp ^= packet.timestamp;
    lengths ^= packet.body.length;
    mix(packet.body, bytes, dataAt);
  }
  bytes[0] = (long ? 0x40 : 0) | (flags & 0x3f);
  bytes[1] = second;
  bytes.writeUInt16BE(base, 2);
  bytes.writeInt32BE(timestamp | 0, 4);
  bytes.writeUInt16BE(lengths & 0xffff, 8);
  bytes.writeUInt16BE(length, HEADER);
  for (const offset of offsets) bytes[HEADER + 2 + (offset >> 3)]! |= 0x80 >> (offset & 7);
  return bytes;
}

/**
 * What is missing of the packets that `fec` protects, when it is one only: its RTP packet with number and SSRC, or null
 * when too much is missing, or when what protects it does not cover all of it. `known` gives what has arrived.
 */
export function recoverPacket(
  fec: FecPacket,
  offset: number,
  ssrc: number,
  known: (offset: number) => ProtectedPacket | null,
): Buffer | null {
  let { flags, second, timestamp, length } = fec;
  for (const other of fec.levels[0]!.offsets) {
    if (other === offset) continue;
    const packet = known(other);
    if (!packet) return null;
    flags ^= packet.flags;
    second ^= packet.second;
    timestamp ^= packet.timestamp;
    length ^= packet.body.length;
  }
  const covered = fec.levels.reduce((sum, { data }) => sum + data.length, 0);
  if (length > covered) return null;
  const bytes = Buffer.alloc(12 + length);
  if (!recoverBody(fec, offset, known, bytes)) return null;
  bytes[0] = 0x80 | (flags & 0x3f);
  bytes[1] = second;
  bytes.writeUInt16BE((fec.base + offset) & 0xffff, 2);
  bytes.writeInt32BE(timestamp | 0, 4);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

/** Level by level, each a piece further into the packet (§8.2, §10.3). */
function recoverBody(
  fec: FecPacket,
  offset: number,
  known: (offset: number) => ProtectedPacket | null,
  into: Buffer,
): boolean {
  let from = 0;
  for (const { offsets, data } of fec.levels) {
    if (12 + from >= into.length) return true;
    if (!offsets.includes(offset)) return false;
    const piece = into.subarray(12 + from, 12 + from + data.length);
    piece.set(data.subarray(0, piece.length));
    for (const other of offsets) {
      if (other === offset) continue;
      const packet = known(other);
      if (!packet) return false;
      mix(packet.body.subarray(from, from + piece.length), piece, 0);
    }
    from += data.length;
  }
  return 12 + from >= into.length;
}

/** XORs `bytes` into `into` from `at` on. */
function mix(bytes: Uint8Array, into: Uint8Array, at: number): void {
  for (let i = 0; i < bytes.length; i++) into[at + i]! ^= bytes[i]!;
}
