import { seqDelta } from '../../protocol/rtp/sequence.js';
import { encodeFec, LONGEST_MASK, type ProtectedPacket } from '../../protocol/rtp/ulpfec.js';

/** Packets wait for protection together with those of the next picture no longer than this, 90 kHz ticks (100 ms). */
const LONGEST = 9000;
/** So many FEC packets are as good as they get: more packets together bring back more of the same share, but later. */
const ENOUGH = 7;

/** The packets of one outgoing stream that are to be protected together: those of a picture, or of a few small ones. */
export class FecGroup {
  private base = 0;
  private readonly offsets: number[] = [];
  private readonly packets: ProtectedPacket[] = [];
  private beganAt = 0;
  private lastPicture: number | null = null;
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
    const waited = last.timestamp - this.beganAt + this.interval >= LONGEST;
    if (!full && !(ended && (owed >= ENOUGH || waited))) return [];
    const made = this.encode(Math.max(1, Math.round(owed)));
    this.forget();
    return made;
  }

  forget(): void {
    this.offsets.length = this.packets.length = 0;
  }

  private timed(timestamp: number): void {
    const interval = timestamp - (this.lastPicture ?? timestamp);
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
 * others, so that any two lost packets can be had again one after the other. How many protect each is what loses least at
 * 2 to 5 %, by trying: mostly two of few, three of many.
 */
function columnsOf(count: number): readonly number[] {
  let columns = known.get(count);
  if (!columns) {
    const [one, two, three] = [1, 2, 3].map((size) => subsets(count, size)) as [number[], number[], number[]];
    if (count < 5) columns = [...two, ...three, ...one];
    else columns = even(count, count < 7 ? [two, three] : [three]);
    known.set(count, columns);
  }
  return columns;
}

/** Sets of `size` of the first `count` bits. */
function subsets(count: number, size: number): number[] {
  if (size === 0) return [0];
  return Array.from({ length: count }, (_, top) => top).flatMap((top) =>
    subsets(top, size - 1).map((rest) => rest | (1 << top)),
  );
}

/** As many as a mask reaches over, from each list in turn, so that all bits are used alike. */
function even(count: number, lists: readonly number[][]): number[] {
  const used = new Array<number>(count).fill(0);
  const weigh = (column: number): number =>
    used.reduce((sum, n, bit) => ((column >> bit) & 1 ? sum + n * n + n : sum), 0);
  const chosen: number[] = [];
  for (let i = 0; i < LONGEST_MASK; i++) {
    const left = lists[i % lists.length]!.filter((column) => !chosen.includes(column));
    if (left.length === 0) break;
    const best = left.reduce((least, column) => (weigh(column) < weigh(least) ? column : least));
    chosen.push(best);
    for (let bit = 0; bit < count; bit++) if ((best >> bit) & 1) used[bit]!++;
  }
  return chosen;
}
