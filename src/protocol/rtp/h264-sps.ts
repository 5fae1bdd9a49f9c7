import { Bits, skipColours, WITH_COLOURS } from './h264-bits.js';

/** What a sequence parameter set says of its pictures (H.264 §7.3.2.1.1). */
export interface H264Sequence {
  profileIdc: number;
  profileIop: number;
  levelIdc: number;
  /** Without what is cropped away. */
  width: number;
  height: number;
  /** Macroblocks of a picture. */
  blocks: number;
  /** Pictures that are kept to predict from. */
  references: number;
}

/** Macroblocks of one side: 16 times what any level has. */
const MOST_BLOCKS = 4096;

/** Reads an SPS NAL unit; null when it is cut short or says what cannot be. */
export function readH264Sequence(nal: Uint8Array): H264Sequence | null {
  if (nal.length < 5 || (nal[0]! & 0x1f) !== 7) return null;
  const [profileIdc, profileIop, levelIdc] = [nal[1]!, nal[2]!, nal[3]!];
  const bits = new Bits(nal, 4);
  bits.code();
  const chroma = WITH_COLOURS.has(profileIdc) ? skipColours(bits).chroma : 1;
  bits.code();
  skipOrder(bits);
  const references = bits.code();
  bits.bit();
  const across = bits.code() + 1;
  const mapUnits = bits.code() + 1;
  const framesOnly = bits.bit();
  if (framesOnly === 0) bits.bit();
  const down = mapUnits * (2 - framesOnly);
  bits.bit();
  const [width, height] = cropped(bits, across, down, chroma, framesOnly);
  if (!bits.whole || across > MOST_BLOCKS || down > MOST_BLOCKS || width < 1 || height < 1) return null;
  return { profileIdc, profileIop, levelIdc, width, height, blocks: across * down, references };
}

/** Passes over the order of pictures. */
function skipOrder(bits: Bits): void {
  const type = bits.code();
  if (type === 0) bits.code();
  if (type !== 1) return;
  bits.bit();
  bits.signed();
  bits.signed();
  for (let left = Math.min(bits.code(), 255); left > 0; left--) bits.signed();
}

function cropped(bits: Bits, across: number, down: number, chroma: number, framesOnly: number): [number, number] {
  const [width, height] = [across * 16, down * 16];
  if (bits.bit() === 0) return [width, height];
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (2 - framesOnly);
  const sides = [bits.code(), bits.code(), bits.code(), bits.code()] as const;
  return [width - unitX * (sides[0] + sides[1]), height - unitY * (sides[2] + sides[3])];
}
