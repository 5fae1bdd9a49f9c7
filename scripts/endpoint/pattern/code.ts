/** What stands under the picture: slides of a presentation or somebody's camera. */
export type PictureKind = 'camera' | 'slides';

/** The machine-readable stamp of one picture. */
export interface PictureCode {
  /** Short name of who sent it, see `codeId`. */
  id: string;
  kind: PictureKind;
  /** Number of the picture in its stream, modulo 2^23. */
  counter: number;
}

/** The stamp covers the full width in 20 columns, and 5 rows of a fifteenth of the height each, from the top. */
export const codeColumns = 20;
export const codeRows = 5;
const rowsPerHeight = 15;

const alphabet = ' ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.';
const idLength = 8;
const counterBits = 23;
/** The first 12 cells never change; they prove that a stamp is there and calibrate black and white. */
const marks = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1];

/** Short name in capitals, at most 8 characters; of a longer one the first 6 and 2 that depend on the whole. */
export function codeId(name: string): string {
  const clean = [...name.toUpperCase()].map((c) => (alphabet.includes(c) ? c : '_')).join('');
  const trimmed = clean.trim();
  if (trimmed.length <= idLength) return trimmed;
  const hash = crc16(Buffer.from(name)) % 1296;
  return trimmed.slice(0, idLength - 2) + hash.toString(36).toUpperCase().padStart(2, '0');
}

/** The 100 cells of a stamp in raster order, 1 is white. */
export function codeCells(code: PictureCode): number[] {
  const bits: number[] = [];
  for (const c of codeId(code.id).padEnd(idLength)) pushBits(bits, Math.max(0, alphabet.indexOf(c)), 6);
  bits.push(code.kind === 'slides' ? 1 : 0);
  pushBits(bits, code.counter % 2 ** counterBits, counterBits);
  pushBits(bits, crc16(packBits(bits)), 16);
  return [...marks, ...bits];
}

/** First macroblock column (or row) of a cell, and the first one behind it. */
export function cellSpan(index: number, cells: number, macroblocks: number): [number, number] {
  return [Math.round((index * macroblocks) / cells), Math.round(((index + 1) * macroblocks) / cells)];
}

/** Vertical span of a code row in a picture of `height` pixels, in macroblocks. */
export function rowSpan(row: number, height: number): [number, number] {
  return cellSpan(row, rowsPerHeight, height / 16);
}

/**
 * Reads the stamp from a luma plane at any scale of the picture (at least 80 x 45); null when there is none or it is
 * damaged. `stride` defaults to the width.
 */
export function readCode(luma: Uint8Array, width: number, height: number, stride = width): PictureCode | null {
  const levels: number[] = [];
  for (let row = 0; row < codeRows; row++) {
    const y = Math.floor(((row + 0.5) * height) / rowsPerHeight);
    for (let column = 0; column < codeColumns; column++) {
      const x = Math.floor(((column + 0.5) * width) / codeColumns);
      levels.push(luma[y * stride + x] ?? 0);
    }
  }
  const threshold = calibrate(levels);
  if (threshold === null) return null;
  const cells = levels.map((level) => (level > threshold ? 1 : 0));
  return decodeCells(cells.slice(marks.length));
}

/** Half-way between the marks' black and white; null when they are not told apart. */
function calibrate(levels: number[]): number | null {
  let darkest = 255;
  let brightest = 0;
  for (const [i, mark] of marks.entries()) {
    const level = levels[i] ?? 0;
    if (mark === 1) darkest = Math.min(darkest, level);
    else brightest = Math.max(brightest, level);
  }
  return darkest - brightest < 60 ? null : (darkest + brightest) / 2;
}

function decodeCells(bits: number[]): PictureCode | null {
  const end = idLength * 6 + 1 + counterBits;
  if (crc16(packBits(bits.slice(0, end))) !== takeBits(bits, end, 16)) return null;
  let id = '';
  for (let i = 0; i < idLength; i++) id += alphabet[takeBits(bits, i * 6, 6)] ?? '_';
  return {
    id: id.trim(),
    kind: bits[idLength * 6] === 1 ? 'slides' : 'camera',
    counter: takeBits(bits, idLength * 6 + 1, counterBits),
  };
}

function pushBits(bits: number[], value: number, width: number): void {
  for (let i = width - 1; i >= 0; i--) bits.push((value >> i) & 1);
}

function takeBits(bits: number[], from: number, width: number): number {
  let value = 0;
  for (let i = from; i < from + width; i++) value = value * 2 + (bits[i] ?? 0);
  return value;
}

function packBits(bits: number[]): Buffer {
  const out = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) out[i >> 3] = (out[i >> 3] ?? 0) | (bit << (7 - (i & 7)));
  return out;
}

/** CRC-16/CCITT-FALSE. */
function crc16(data: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of data) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
