import { seqAdd, seqDelta } from './sequence.js';
import { decodeFec, type FecPacket, type ProtectedPacket, recoverPacket } from './ulpfec.js';

/** Packets that are kept, and how far back FEC may reach: half of it, so that what it names is there or was lost. */
const KEPT = 256;
const REACH = 128;
/** FEC packets that wait for more; of more the oldest go. */
const MOST_WAITING = 32;

/** A packet that arrived, or was recovered. */
export interface KeptPacket extends ProtectedPacket {
  seq: number;
  /** The payload within the body. */
  payload: Uint8Array;
  /** It is a FEC packet: the last number that it protects. */
  fecUpTo: number | null;
}

/** Recovers what is lost of one stream whose FEC has numbers of the same sequence (RFC 5109 in RFC 2198). No clock. */
export class FecRecovery {
  private readonly kept = new Array<KeptPacket | undefined>(KEPT);
  private readonly waiting: FecPacket[] = [];
  private highest = -1;

  /** A packet that arrived, in time or late, or was recovered. */
  put(packet: KeptPacket): void {
    this.kept[packet.seq % KEPT] = packet;
    if (this.highest < 0 || seqDelta(packet.seq, this.highest) > 0) this.highest = packet.seq;
  }

  /** Packet `seq`, when it is known. */
  at(seq: number): KeptPacket | null {
    const packet = this.kept[seq % KEPT];
    return packet?.seq === seq ? packet : null;
  }

  /** The payload of a FEC packet: the last number it protects, or null when it is malformed. */
  protection(bytes: Uint8Array): number | null {
    const fec = decodeFec(bytes);
    if (!fec) return null;
    const offsets = fec.levels[0]!.offsets;
    const far = this.highest >= 0 && Math.abs(seqDelta(fec.base, this.highest)) > REACH;
    if (!far && offsets.some((offset) => !this.at(seqAdd(fec.base, offset)))) {
      this.waiting.push(fec);
      if (this.waiting.length > MOST_WAITING) this.waiting.shift();
    }
    return seqAdd(fec.base, offsets.at(-1)!);
  }

  /** A lost packet, whole, that can be had now; it counts only once it is `put`. Null: there is no more. */
  next(ssrc: number): Buffer | null {
    for (let i = 0; i < this.waiting.length; i++) {
      const fec = this.waiting[i]!;
      const missing = this.missing(fec);
      if (missing > 1 && seqDelta(this.highest, fec.base) <= REACH) continue;
      this.waiting.splice(i--, 1);
      const packet = missing === 1 ? this.recover(fec, ssrc) : null;
      if (packet) return packet;
    }
    return null;
  }

  /** Another stream, or another sequence. */
  reset(): void {
    this.kept.fill(undefined);
    this.waiting.length = 0;
    this.highest = -1;
  }

  private missing(fec: FecPacket): number {
    let n = 0;
    for (const offset of fec.levels[0]!.offsets) if (!this.at(seqAdd(fec.base, offset)) && ++n > 1) break;
    return n;
  }

  private recover(fec: FecPacket, ssrc: number): Buffer | null {
    const lost = fec.levels[0]!.offsets.find((offset) => !this.at(seqAdd(fec.base, offset)))!;
    return recoverPacket(fec, lost, ssrc, (offset) => this.at(seqAdd(fec.base, offset)));
  }
}
