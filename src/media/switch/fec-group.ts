import { seqDelta } from '../../protocol/rtp/sequence.js';
import { encodeFec, LONGEST_MASK, type ProtectedPacket } from '../../protocol/rtp/ulpfec.js';

/** Packets wait for protection together with those of the next picture no longer than this, 90 kHz ticks (100 ms). */
const LONGEST = 9000;
/** So much protection owed is worth a packet. */
const WORTH = 0.7;

/** The packets of one outgoing stream that are to be protected together: those of a picture, or of a few small ones. */
export class FecGroup {
  private base = 0;
  private readonly offsets: number[] = [];
  private readonly packets: ProtectedPacket[] = [];
  private beganAt = 0;
  private lastPicture = 0;
  private interval = LONGEST;

  /** The newest packet; `second` is the second octet of its header. */
  add(seq: number, second: number, timestamp: number, body: Uint8Array): void {
    if (this.packets.length > 0 && seqDelta(seq, this.base) >= LONGEST_MASK) this.forget();
    if (this.packets.length === 0) {
      this.base = seq;
      this.beganAt = timestamp;
    }
    this.offsets.push(seqDelta(seq, this.base));
    this.packets.push({ flags: 0, second, timestamp, body });
  }

  /** What protects them, at a rate of `share` FEC packets for each; nothing while more are to come. */
  take(share: number): Buffer[] {
    const last = this.packets.at(-1);
    if (!last) return [];
    const ended = last.second >= 0x80;
    if (ended) this.timed(last.timestamp);
    const owed = this.packets.length * share;
    const full = this.offsets.at(-1)! >= LONGEST_MASK - 1;
    const waited = last.timestamp - this.beganAt + this.interval > LONGEST;
    if (!full && !(ended && (owed >= WORTH || waited))) return [];
    const made = this.encode(Math.max(1, Math.round(owed)));
    this.forget();
    return made;
  }

  forget(): void {
    this.offsets.length = this.packets.length = 0;
  }

  private timed(timestamp: number): void {
    const interval = timestamp - this.lastPicture;
    this.interval = interval > 0 && interval < LONGEST ? interval : LONGEST;
    this.lastPicture = timestamp;
  }

  private encode(count: number): Buffer[] {
    const columns = columnsOf(count);
    return Array.from({ length: count }, (_, row) => {
      const chosen = this.packets.flatMap((packet, i) =>
        (columns[i % columns.length]! >> row) & 1 ? [{ packet, offset: this.offsets[i]! }] : [],
      );
      if (chosen.length === 0) return null;
      return encodeFec(
        this.base,
        chosen.map(({ offset }) => offset),
        chosen.map(({ packet }) => packet),
      );
    }).filter((fec) => fec !== null);
  }
}

const known = new Map<number, readonly number[]>();

/**
 * By which of `count` FEC packets each media packet is protected, as bits: no two by the same ones as long as there are
 * others, so that any two lost packets can be had again one after the other. Two FEC packets each come first: they lose
 * least of what can happen at 2 to 5 %.
 */
function columnsOf(count: number): readonly number[] {
  let columns = known.get(count);
  if (columns) return columns;
  const bits = Array.from({ length: count }, (_, i) => 1 << i);
  const pairs = bits.flatMap((a, i) => bits.slice(i + 1).map((b) => a | b));
  const triples = bits.flatMap((a, i) =>
    bits.slice(i + 1).flatMap((b, j) => bits.slice(i + j + 2).map((c) => a | b | c)),
  );
  // near packets are lost together: those that share a FEC packet are kept apart
  columns = [...spread(pairs), ...triples, ...bits];
  known.set(count, columns);
  return columns;
}

/** Every third, then those left, then the rest. */
function spread(columns: readonly number[]): number[] {
  return [0, 1, 2].flatMap((rest) => columns.filter((_, i) => i % 3 === rest));
}
