import { cellSpan, codeCells, codeColumns, codeRows, rowSpan, type PictureCode, type PictureKind } from './code.js';
import { emptyGrid, type Grid } from './flat-encoder.js';
import { glyphHeight, glyphWidth, inked } from './font.js';
import type { Size } from './parameter-sets.js';

const black = 24;
const white = 232;

/** Paints the stamp of a picture into a grid. */
export function paintCode(grid: Grid, size: Size, code: PictureCode): void {
  const columns = Math.ceil(size.width / 16);
  for (const [i, cell] of codeCells(code).entries()) {
    const [left, right] = cellSpan(i % codeColumns, codeColumns, size.width / 16);
    const [top, bottom] = rowSpan(Math.floor(i / codeColumns), size.height);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const at = y * columns + x;
        grid.y[at] = cell === 1 ? white : black;
        grid.cb[at] = 128;
        grid.cr[at] = 128;
      }
    }
  }
}

/** First macroblock row below the stamp. */
export function rowsOfCode(size: Size): number {
  return rowSpan(codeRows - 1, size.height)[1];
}

/** The endpoint's picture: stamp, name in big letters on the endpoint's own colour, and a bar that walks along the foot. */
export class Scene {
  private readonly columns: number;
  private readonly rows: number;
  private readonly still: Grid;

  constructor(
    private readonly name: string,
    private readonly kind: PictureKind,
    private readonly size: Size,
  ) {
    this.columns = Math.ceil(size.width / 16);
    this.rows = Math.ceil(size.height / 16);
    this.still = this.paintStill();
  }

  /** The picture with this number. */
  at(counter: number): Grid {
    const grid: Grid = { y: this.still.y.slice(), cb: this.still.cb.slice(), cr: this.still.cr.slice() };
    const wide = Math.max(2, Math.floor(this.columns / 10));
    for (let i = 0; i < wide; i++) grid.y[(this.rows - 2) * this.columns + ((counter + i) % this.columns)] = white;
    paintCode(grid, this.size, { id: this.name, kind: this.kind, counter });
    return grid;
  }

  private paintStill(): Grid {
    const grid = emptyGrid(this.columns * this.rows);
    let hash = this.kind === 'slides' ? 7 : 1;
    for (const c of this.name) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
    // Slides are light with dark letters, cameras dark with light letters, so that people tell them apart too.
    const [paper, ink] = this.kind === 'slides' ? [190, 40] : [70, 210];
    grid.y.fill(paper);
    grid.cb.fill(84 + 2 * (hash % 44));
    grid.cr.fill(84 + 2 * ((hash >>> 8) % 44));
    this.paintName(grid, ink);
    return grid;
  }

  private paintName(grid: Grid, ink: number): void {
    const top = rowsOfCode(this.size) + 1;
    const room = this.rows - 3 - top;
    const letters = [...this.name].slice(0, Math.floor(this.columns / (glyphWidth + 1)));
    const byWidth = Math.floor(this.columns / (Math.max(1, letters.length) * (glyphWidth + 1)));
    const scale = Math.max(1, Math.min(Math.floor(room / (glyphHeight + 1)), byWidth));
    const start = Math.floor((this.columns - letters.length * (glyphWidth + 1) * scale) / 2);
    for (let y = 0; y < Math.min(room, glyphHeight * scale); y++) {
      for (let x = 0; x < letters.length * (glyphWidth + 1) * scale; x++) {
        const column = Math.floor(x / scale) % (glyphWidth + 1);
        const letter = letters[Math.floor(x / scale / (glyphWidth + 1))] ?? ' ';
        if (column < glyphWidth && inked(letter, column, Math.floor(y / scale)))
          grid.y[(top + y) * this.columns + start + x] = ink;
      }
    }
  }
}
