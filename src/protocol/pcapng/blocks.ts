/**
 * Blocks of a capture file (draft-ietf-opsawg-pcapng): one section, one interface of raw IP packets, packets with their
 * direction and a comment. Numbers are little-endian throughout, which the section header says.
 */

/** One packet of a capture. */
export interface CapturedPacket {
  /** Wall-clock milliseconds since 1970, with fractions. */
  at: number;
  /** From the IP header on; may end early. */
  bytes: Uint8Array;
  /** Bytes it had on the wire, where that is more. */
  length?: number;
  outgoing: boolean;
  /** For people. */
  comment?: string;
}

const types = { sectionHeader: 0x0a0d0d0a, interfaceDescription: 1, enhancedPacket: 6 };
const byteOrderMagic = 0x1a2b3c4d;
/** Raw IP, IPv4 or IPv6 as the first half octet says. */
const linkTypeRaw = 101;
/** Decimal digits of a second that times are told in: microseconds. */
const resolution = 6;
const options = {
  end: 0,
  comment: 1,
  /** Of a section header. */
  application: 4,
  /** Of an interface. */
  name: 2,
  timeResolution: 9,
  /** Of a packet. */
  flags: 2,
};
const inbound = 1;
const outbound = 2;

/** A whole capture file. */
export function printCapture(
  about: { application: string; comment: string },
  packets: Iterable<CapturedPacket>,
): Buffer {
  const blocks = [sectionHeader(about.application, about.comment), interfaceDescription('dualstream')];
  for (const packet of packets) blocks.push(enhancedPacket(packet));
  return Buffer.concat(blocks);
}

function sectionHeader(application: string, comment: string): Buffer {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(byteOrderMagic, 0);
  fixed.writeUInt16LE(1, 4);
  fixed.writeUInt16LE(0, 6);
  // the length of the section is not told
  fixed.fill(0xff, 8, 16);
  const texts = [option(options.comment, utf8(comment)), option(options.application, utf8(application))];
  return block(types.sectionHeader, [fixed, ...texts, option(options.end)]);
}

function interfaceDescription(name: string): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(linkTypeRaw, 0);
  const about = [option(options.name, utf8(name)), option(options.timeResolution, Buffer.of(resolution))];
  return block(types.interfaceDescription, [fixed, ...about, option(options.end)]);
}

function enhancedPacket({ at, bytes, length = bytes.length, outgoing, comment }: CapturedPacket): Buffer {
  const fixed = Buffer.alloc(20);
  const micros = BigInt(Math.max(0, Math.round(at * 1000)));
  fixed.writeUInt32LE(0, 0);
  fixed.writeUInt32LE(Number(micros >> 32n), 4);
  fixed.writeUInt32LE(Number(micros & 0xffffffffn), 8);
  fixed.writeUInt32LE(bytes.length, 12);
  fixed.writeUInt32LE(Math.max(length, bytes.length), 16);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(outgoing ? outbound : inbound, 0);
  const said = comment === undefined ? [] : [option(options.comment, utf8(comment))];
  return block(types.enhancedPacket, [
    fixed,
    padded(bytes),
    ...said,
    option(options.flags, flags),
    option(options.end),
  ]);
}

/** Type and total length in front, the length once more behind, so that a file can be read backwards. */
function block(type: number, parts: readonly Uint8Array[]): Buffer {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, ...parts, head.subarray(4)], length);
}

function option(code: number, value: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

/** Everything begins at a multiple of four octets. */
function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}

/** Options have a length of 16 bits; what is longer is cut. */
function utf8(text: string): Buffer {
  return Buffer.from(text.slice(0, 2000), 'utf8');
}
