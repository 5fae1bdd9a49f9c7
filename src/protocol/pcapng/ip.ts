/** IPv4, IPv6, UDP and TCP headers (RFC 791, 8200, 768, 9293) for what was seen above them. */

/** One end of what is written down; an address literal. */
export interface Place {
  address: string;
  port: number;
}

const protocolTcp = 6;
const protocolUdp = 17;
const udpHeader = 8;
const tcpHeader = 20;
const hops = 64;
/** What an IPv4 packet may carry behind its header. */
const mostPayload = 65_535 - 20;
/** Longest piece of a stream in one packet. */
const mostSegment = 32_768;
const pushAndAcknowledge = 0x18;
const window = 0xffff;

/**
 * One datagram as an IP packet. `length` is that of the datagram where `payload` is only its beginning; its checksum is
 * left out then.
 */
export function udpPacket(from: Place, to: Place, payload: Uint8Array, length = payload.length): Buffer {
  const kept = payload.subarray(0, mostPayload - udpHeader);
  const whole = Math.min(Math.max(length, kept.length), mostPayload - udpHeader);
  const udp = Buffer.alloc(udpHeader + kept.length);
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(udpHeader + whole, 4);
  udp.set(kept, udpHeader);
  const ends = endsOf(from.address, to.address);
  const complete = whole === kept.length;
  // zero says that there is none, which is why a sum of zero is written as all ones
  if (complete) udp.writeUInt16BE(checksum(ends, protocolUdp, udp) || 0xffff, 6);
  return ipPacket(ends, protocolUdp, udp, udpHeader + whole);
}

/**
 * The connections of a capture: pieces follow one another without a gap, so that readers put messages together. How they
 * were cut on the wire is not known.
 */
export class TcpStreams {
  /** Bytes that went so far, by direction. */
  private readonly sent = new Map<string, number>();

  /** A message as one or more IP packets. */
  packets(from: Place, to: Place, payload: Uint8Array): Buffer[] {
    const [there, back] = [name(from, to), name(to, from)];
    const pieces: Buffer[] = [];
    for (let at = 0; at < payload.length; at += mostSegment) {
      const before = this.sent.get(there) ?? 0;
      const piece = payload.subarray(at, at + mostSegment);
      pieces.push(segment(from, to, 1 + before, 1 + (this.sent.get(back) ?? 0), piece));
      this.sent.set(there, before + piece.length);
    }
    return pieces;
  }
}

function segment(from: Place, to: Place, seq: number, ack: number, payload: Uint8Array): Buffer {
  const tcp = Buffer.alloc(tcpHeader + payload.length);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(seq >>> 0, 4);
  tcp.writeUInt32BE(ack >>> 0, 8);
  tcp[12] = (tcpHeader / 4) << 4;
  tcp[13] = pushAndAcknowledge;
  tcp.writeUInt16BE(window, 14);
  tcp.set(payload, tcpHeader);
  const ends = endsOf(from.address, to.address);
  tcp.writeUInt16BE(checksum(ends, protocolTcp, tcp), 16);
  return ipPacket(ends, protocolTcp, tcp, tcp.length);
}

/** Two addresses of one family. */
interface Ends {
  from: Buffer;
  to: Buffer;
}

/** An end that is not known, or is all addresses of the other family, is written as zeros. */
function endsOf(from: string, to: string): Ends {
  const [a, b] = [addressBytes(from), addressBytes(to)];
  if (a.length === b.length) return { from: a, to: b };
  const size = a.every((octet) => octet === 0) ? b.length : b.every((octet) => octet === 0) ? a.length : 16;
  return { from: fitted(a, size), to: fitted(b, size) };
}

function fitted(address: Buffer, size: number): Buffer {
  if (address.length === size) return address;
  if (size === 4) return Buffer.alloc(4);
  // an IPv4 address among those of IPv6 (RFC 4291 §2.5.5.2), unless it is none
  const blank = address.every((octet) => octet === 0);
  return blank ? Buffer.alloc(16) : Buffer.concat([Buffer.alloc(10), Buffer.of(0xff, 0xff), address]);
}

function ipPacket({ from, to }: Ends, protocol: number, payload: Uint8Array, length: number): Buffer {
  if (from.length === 16) {
    const header = Buffer.alloc(40);
    header[0] = 6 << 4;
    header.writeUInt16BE(length, 4);
    header[6] = protocol;
    header[7] = hops;
    header.set(from, 8);
    header.set(to, 24);
    return Buffer.concat([header, payload]);
  }
  const header = Buffer.alloc(20);
  header[0] = (4 << 4) | 5;
  header.writeUInt16BE(20 + length, 2);
  // do not fragment
  header[6] = 0x40;
  header[8] = hops;
  header[9] = protocol;
  header.set(from, 12);
  header.set(to, 16);
  header.writeUInt16BE(finish(sum(header)), 10);
  return Buffer.concat([header, payload]);
}

/** Over the addresses, the protocol, the length and the packet itself. */
function checksum({ from, to }: Ends, protocol: number, packet: Uint8Array): number {
  return finish(sum(from) + sum(to) + protocol + packet.length + sum(packet));
}

function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return total;
}

function finish(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** Octets of an address literal; what is none becomes 0.0.0.0. */
function addressBytes(address: string): Buffer {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) {
    const octets = plain.split('.').map(Number);
    return octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255)
      ? Buffer.from(octets)
      : Buffer.alloc(4);
  }
  const [head = '', tail] = plain.split('::');
  const front = groups(head);
  const back = groups(tail ?? '');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const bytes = Buffer.alloc(16);
  [...front, ...Array<number>(gap).fill(0), ...back].slice(0, 8).forEach((group, index) => {
    bytes.writeUInt16BE(group & 0xffff, 2 * index);
  });
  return bytes;
}

/** A dotted quad stands for two groups. */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16) || 0];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

function name(from: Place, to: Place): string {
  return `${from.address} ${from.port} ${to.address} ${to.port}`;
}
