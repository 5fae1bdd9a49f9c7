import type { TracedPacket } from '../plane.js';

/** Octets of a line's first packets; it grows from there to its bound. */
const FIRST = 512;
/** Octets before a packet: its whole, way, address, when, our port, theirs, length on the wire. */
const HEAD = 2 + 1 + 1 + 8 + 2 + 2 + 2;

/**
 * The latest packets of a line one behind the other in one piece of memory: as values of their own, short packets would take
 * several times their octets.
 */
export class PacketMemory {
  private octets = Buffer.alloc(0);
  private used = 0;

  /** Octets that it takes at most, and the longest packet that is kept whole. */
  constructor(
    private readonly most: number,
    private readonly longest: number,
  ) {}

  /** Oldest first. */
  get packets(): TracedPacket[] {
    const packets: TracedPacket[] = [];
    for (let at = 0; at < this.used; at += this.octets.readUInt16LE(at)) packets.push(this.read(at));
    return packets;
  }

  /** Keeps a packet, and forgets the oldest ones for it. `length` is that on the wire. */
  add({ at, outgoing, port, remote, length, bytes }: TracedPacket): void {
    const kept = Math.min(bytes.length, this.longest);
    const whole = HEAD + remote.address.length + kept;
    if (whole > this.most) return;
    while (this.used + whole > this.most) this.forget();
    this.room(whole);
    const { octets, used } = this;
    octets.writeUInt16LE(whole, used);
    octets[used + 2] = outgoing ? 1 : 0;
    octets[used + 3] = remote.address.length;
    octets.writeDoubleLE(at, used + 4);
    octets.writeUInt16LE(port, used + 12);
    octets.writeUInt16LE(remote.port, used + 14);
    octets.writeUInt16LE(length, used + 16);
    octets.write(remote.address, used + HEAD, 'latin1');
    for (let i = 0, to = used + whole - kept; i < kept; i++) octets[to + i] = bytes[i]!;
    this.used += whole;
  }

  private read(from: number): TracedPacket {
    const { octets } = this;
    const data = from + HEAD + octets[from + 3]!;
    return {
      at: octets.readDoubleLE(from + 4),
      outgoing: octets[from + 2] === 1,
      port: octets.readUInt16LE(from + 12),
      remote: { address: octets.toString('latin1', from + HEAD, data), port: octets.readUInt16LE(from + 14) },
      bytes: new Uint8Array(octets.subarray(data, from + octets.readUInt16LE(from))),
      length: octets.readUInt16LE(from + 16),
    };
  }

  private forget(): void {
    const whole = this.octets.readUInt16LE(0);
    this.octets.copyWithin(0, whole, this.used);
    this.used -= whole;
  }

  private room(more: number): void {
    const wanted = this.used + more;
    if (wanted <= this.octets.length) return;
    const grown = Buffer.alloc(Math.min(this.most, Math.max(FIRST, 2 * wanted)));
    this.octets.copy(grown, 0, 0, this.used);
    this.octets = grown;
  }
}
