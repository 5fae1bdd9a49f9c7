import { BitWriter, toNal } from './bits.js';
import type { Pps, Size, Sps } from './parameter-sets.js';

/**
 * One colour for each macroblock, in raster order. Luma -1 leaves the macroblock as it is on the screen.
 * Chroma 128 is grey; other values must be even.
 */
export interface Grid {
  y: Int16Array;
  cb: Uint8Array;
  cr: Uint8Array;
}

/** At this QP a DC level of 1 changes the reconstructed luma by exactly 1 and the chroma by exactly 2 (§8.5.10-11). */
const qp = 28;

/** An empty grid: nothing to be changed. */
export function emptyGrid(macroblocks: number): Grid {
  return {
    y: new Int16Array(macroblocks).fill(-1),
    cb: new Uint8Array(macroblocks).fill(128),
    cr: new Uint8Array(macroblocks).fill(128),
  };
}

/**
 * Encodes pictures of one-coloured macroblocks: Intra16x16 with a DC coefficient where the colour changed, P_Skip
 * elsewhere (H.264 §7.3.5, §9.2). Since the result is exact, the encoder knows what every decoder shows.
 * A picture begun by another encoder may be continued: its macroblocks count as unknown.
 */
export class FlatEncoder {
  readonly columns: number;
  readonly rows: number;
  private readonly shown: Grid;
  private frameNum = 0;
  private idrId = 0;

  /** `maxNal` bytes bound a slice: 1200 for packetization-mode 0. */
  constructor(
    size: Size,
    private readonly sps: Pick<Sps, 'frameNumBits' | 'pocType' | 'pocBits'>,
    private readonly pps: Omit<Pps, 'cavlc'>,
    private readonly maxNal: number,
  ) {
    this.columns = Math.ceil(size.width / 16);
    this.rows = Math.ceil(size.height / 16);
    this.shown = emptyGrid(this.columns * this.rows);
  }

  /** Forgets what is on the screen: an IDR of another encoder was sent just now. */
  restart(): void {
    this.shown.y.fill(-1);
    this.frameNum = 0;
  }

  /** Slices of an IDR picture; every macroblock of the grid must have a colour. */
  idr(grid: Grid): Buffer[] {
    this.restart();
    this.idrId = (this.idrId + 1) % 16;
    return this.slices(grid, true);
  }

  /** Slices of a P picture. */
  delta(grid: Grid): Buffer[] {
    this.frameNum++;
    return this.slices(grid, false);
  }

  private slices(grid: Grid, idr: boolean): Buffer[] {
    const total = this.columns * this.rows;
    const out: Buffer[] = [];
    let first = 0;
    while (first < total) {
      const w = new BitWriter();
      this.header(w, first, idr);
      first = this.macroblocks(w, grid, first, idr);
      out.push(toNal(3, idr ? 5 : 1, w.finish()));
    }
    return out;
  }

  /** Slice header (H.264 §7.3.3). */
  private header(w: BitWriter, first: number, idr: boolean): void {
    w.ue(first)
      .ue(idr ? 7 : 5)
      .ue(this.pps.id);
    w.u(this.frameNum % (1 << this.sps.frameNumBits), this.sps.frameNumBits);
    if (idr) w.ue(this.idrId);
    if (this.sps.pocType === 0) w.u((2 * this.frameNum) % (1 << this.sps.pocBits), this.sps.pocBits);
    if (idr)
      w.u(0, 2); // dec_ref_pic_marking: keep no old picture
    else w.u(1, 1).ue(0).u(0, 1).u(0, 1); // one reference, no list modification, sliding window
    w.se(qp - this.pps.initQp);
    if (this.pps.deblockingControl) w.ue(1);
  }

  /** Writes macroblocks until the slice is full; returns the address of the next one. */
  private macroblocks(w: BitWriter, grid: Grid, first: number, idr: boolean): number {
    const total = this.columns * this.rows;
    let skipped = 0;
    let at = first;
    // One macroblock takes at most 16 bytes; emulation prevention adds at most a third in theory, nothing in practice.
    for (; at < total && (w.length < this.maxNal - 48 || at === first); at++) {
      if (!idr && !this.changed(grid, at)) {
        skipped++;
        continue;
      }
      if (!idr) w.ue(skipped);
      skipped = 0;
      this.macroblock(w, grid, first, at, idr ? 0 : 5);
    }
    if (skipped > 0) w.ue(skipped);
    return at;
  }

  private changed(grid: Grid, at: number): boolean {
    const { shown } = this;
    if (grid.y[at] === -1) return false;
    return shown.y[at] !== grid.y[at] || shown.cb[at] !== grid.cb[at] || shown.cr[at] !== grid.cr[at];
  }

  /** Intra16x16 macroblock: predicted from the left, else from above, else from mid grey (H.264 §8.3.3). */
  private macroblock(w: BitWriter, grid: Grid, first: number, at: number, typeOffset: number): void {
    const left = at % this.columns > 0 && at - 1 >= first ? at - 1 : -1;
    const from = left >= 0 ? left : at - this.columns >= first ? at - this.columns : -1;
    const { shown } = this;
    const dy = valueAt(grid.y, at) - (from < 0 ? 128 : valueAt(shown.y, from));
    const db = (valueAt(grid.cb, at) - (from < 0 ? 128 : valueAt(shown.cb, from))) / 2;
    const dr = (valueAt(grid.cr, at) - (from < 0 ? 128 : valueAt(shown.cr, from))) / 2;
    const colour = db !== 0 || dr !== 0;
    const lumaMode = from < 0 ? 2 : left >= 0 ? 1 : 0;
    w.ue(typeOffset + 1 + lumaMode + (colour ? 4 : 0));
    w.ue(from < 0 ? 0 : left >= 0 ? 1 : 2).se(0);
    dcBlock(w, dy, false);
    if (colour) {
      dcBlock(w, db, true);
      dcBlock(w, dr, true);
    }
    shown.y[at] = valueAt(grid.y, at);
    shown.cb[at] = valueAt(grid.cb, at);
    shown.cr[at] = valueAt(grid.cr, at);
  }
}

function valueAt(plane: Int16Array | Uint8Array, at: number): number {
  const value = plane[at] ?? -1;
  if (value < 0) throw new RangeError(`macroblock ${at} has no known colour`);
  return value;
}

/** One DC level and no other coefficient in CAVLC; the neighbours never have AC levels, so nC is 0 (H.264 §9.2.1-3). */
function dcBlock(w: BitWriter, level: number, chroma: boolean): void {
  const size = Math.abs(level);
  if (size === 0) {
    if (chroma) w.u(0b01, 2);
    else w.u(0b1, 1);
    return;
  }
  if (size === 1) {
    if (chroma) w.u(0b1, 1);
    else w.u(0b01, 2);
    w.u(level < 0 ? 1 : 0, 1);
  } else {
    w.u(chroma ? 0b000111 : 0b000101, 6);
    const code = 2 * size - 4 + (level < 0 ? 1 : 0);
    if (code < 14) w.u(1, code + 1);
    else if (code < 30) w.u(1, 15).u(code - 14, 4);
    else w.u(1, 16).u(code - 30, 12);
  }
  w.u(1, 1);
}
