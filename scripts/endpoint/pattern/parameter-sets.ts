import { BitReader, BitWriter, fromNal, toNal } from './bits.js';

/** Picture size in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** What a slice writer and a viewer need of a sequence parameter set (H.264 §7.3.2.1.1). */
export interface Sps {
  profileIdc: number;
  levelIdc: number;
  /** Displayed size, cropping applied. */
  width: number;
  height: number;
  frameNumBits: number;
  pocType: number;
  /** Width of pic_order_cnt_lsb, 0 unless pocType is 0. */
  pocBits: number;
}

/** What a slice writer needs of a picture parameter set (H.264 §7.3.2.2). */
export interface Pps {
  id: number;
  cavlc: boolean;
  /** 26 + pic_init_qp_minus26. */
  initQp: number;
  deblockingControl: boolean;
}

/** Lowest level whose MaxFS and MaxMBPS hold the picture (H.264 table A-1). */
export function levelFor(size: Size, fps: number): number {
  const mbs = Math.ceil(size.width / 16) * Math.ceil(size.height / 16);
  const levels: [number, number, number][] = [
    [13, 396, 11880],
    [21, 792, 19800],
    [30, 1620, 40500],
    [31, 3600, 108000],
    [40, 8192, 245760],
    [51, 36864, 983040],
  ];
  return (levels.find(([, fs, mbps]) => mbs <= fs && mbs * fps <= mbps) ?? [52])[0];
}

/** Constrained baseline, frames only, no reordering. */
export function writeSps(size: Size, fps: number): Buffer {
  const mbw = Math.ceil(size.width / 16);
  const mbh = Math.ceil(size.height / 16);
  const w = new BitWriter().u(66, 8).u(0xe0, 8).u(levelFor(size, fps), 8);
  w.ue(0)
    .ue(frameNumBits - 4)
    .ue(2)
    .ue(1)
    .u(0, 1); // id, frame number width, order type 2, one reference, no gaps
  w.ue(mbw - 1)
    .ue(mbh - 1)
    .u(1, 1)
    .u(1, 1);
  const right = mbw * 16 - size.width;
  const bottom = mbh * 16 - size.height;
  if (right > 0 || bottom > 0)
    w.u(1, 1)
      .ue(0)
      .ue(right / 2)
      .ue(0)
      .ue(bottom / 2);
  else w.u(0, 1);
  // The VUI holds nothing but bitstream_restriction: decoders then show each picture at once.
  w.u(1, 1).u(0, 8).u(1, 1).u(1, 1).ue(0).ue(0).ue(10).ue(10).ue(0).ue(1);
  return toNal(3, 7, w.finish());
}

const frameNumBits = 8;

/** CAVLC, initial QP 26, deblocking under control of the slice. */
export function writePps(): Buffer {
  const w = new BitWriter().ue(0).ue(0).u(0, 1).u(0, 1).ue(0);
  w.ue(0).ue(0).u(0, 1).u(0, 2).se(0).se(0).se(0).u(1, 1).u(0, 1).u(0, 1);
  return toNal(3, 8, w.finish());
}

const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128]);

/** Reads a sequence parameter set; null when it makes no sense. */
export function parseSps(nal: Uint8Array): Sps | null {
  const r = new BitReader(fromNal(nal));
  const profileIdc = r.u(8);
  r.u(8);
  const levelIdc = r.u(8);
  r.ue();
  let chroma = 1;
  if (highProfiles.has(profileIdc)) chroma = skipHighFields(r);
  const bits = r.ue() + 4;
  const pocType = r.ue();
  let pocBits = 0;
  if (pocType === 0) pocBits = r.ue() + 4;
  else if (pocType === 1) skipPocCycle(r);
  r.ue();
  r.bit();
  const mbw = r.ue() + 1;
  const units = r.ue() + 1;
  const framesOnly = r.flag();
  if (!framesOnly) r.bit();
  r.bit();
  const crop = r.flag() ? [r.ue(), r.ue(), r.ue(), r.ue()] : [0, 0, 0, 0];
  if (r.overrun) return null;
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  const width = mbw * 16 - unitX * ((crop[0] ?? 0) + (crop[1] ?? 0));
  const height = units * 16 * (framesOnly ? 1 : 2) - unitY * ((crop[2] ?? 0) + (crop[3] ?? 0));
  if (width < 16 || height < 16 || width > 8192 || height > 8192) return null;
  return { profileIdc, levelIdc, width, height, frameNumBits: bits, pocType, pocBits };
}

function skipHighFields(r: BitReader): number {
  const chroma = r.ue();
  if (chroma === 3) r.bit();
  r.ue();
  r.ue();
  r.bit();
  if (!r.flag()) return chroma;
  for (let i = 0; i < (chroma === 3 ? 12 : 8); i++) {
    if (!r.flag()) continue;
    let last = 8;
    for (let j = 0; j < (i < 6 ? 16 : 64) && last !== 0; j++) last = (last + r.se() + 256) % 256;
  }
  return chroma;
}

function skipPocCycle(r: BitReader): void {
  r.bit();
  r.se();
  r.se();
  for (let i = Math.min(r.ue(), 255); i > 0; i--) r.se();
}

/** Reads a picture parameter set; null when it makes no sense or uses slice groups. */
export function parsePps(nal: Uint8Array): Pps | null {
  const r = new BitReader(fromNal(nal));
  const id = r.ue();
  r.ue();
  const cavlc = !r.flag();
  r.bit();
  if (r.ue() > 0) return null;
  r.ue();
  r.ue();
  r.u(3);
  const initQp = 26 + r.se();
  r.se();
  r.se();
  const deblockingControl = r.flag();
  return r.overrun ? null : { id, cavlc, initQp, deblockingControl };
}
