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

/** Profiles whose sets tell of colours (§7.3.2.1.1). */
const WITH_COLOURS = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** Exp-Golomb codes are no longer than this in what is read here. */
const LONGEST_CODE = 31;
/** Macroblocks of one side: 16 times what any level has. */
const MOST_BLOCKS = 4096;

/** Reads bits of a NAL unit without its emulation prevention bytes (§7.4.1); beyond the end there are zeros. */
class Bits {
  private at = 0;
  private readonly bytes: number[] = [];

  constructor(nal: Uint8Array, from: number) {
    let zeros = 0;
    for (let i = from; i < nal.length; i++) {
      const byte = nal[i]!;
      if (zeros >= 2 && byte === 3) {
        zeros = 0;
        continue;
      }
      zeros = byte === 0 ? zeros + 1 : 0;
      this.bytes.push(byte);
    }
  }

  /** Nothing was read that was not there. */
  get whole(): boolean {
    return this.at <= this.bytes.length * 8;
  }

  bit(): number {
    const byte = this.bytes[this.at >> 3] ?? 0;
    const value = (byte >> (7 - (this.at & 7))) & 1;
    this.at++;
    return value;
  }

  skip(count: number): void {
    this.at += count;
  }

  /** ue(v), §9.1. */
  code(): number {
    let zeros = 0;
    while (zeros < LONGEST_CODE && this.whole && this.bit() === 0) zeros++;
    let value = 0;
    for (let i = 0; i < zeros; i++) value = value * 2 + this.bit();
    return 2 ** zeros - 1 + value;
  }

  /** se(v). */
  signed(): number {
    const code = this.code();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}

/** Reads an SPS NAL unit; null when it is cut short or says what cannot be. */
export function readH264Sequence(nal: Uint8Array): H264Sequence | null {
  if (nal.length < 5 || (nal[0]! & 0x1f) !== 7) return null;
  const [profileIdc, profileIop, levelIdc] = [nal[1]!, nal[2]!, nal[3]!];
  const bits = new Bits(nal, 4);
  bits.code();
  const chroma = WITH_COLOURS.has(profileIdc) ? skipColours(bits) : 1;
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

/** Passes over bit depths and scaling lists; answers with chroma_format_idc. */
function skipColours(bits: Bits): number {
  const chroma = bits.code();
  if (chroma === 3) bits.bit();
  bits.code();
  bits.code();
  bits.bit();
  if (bits.bit() === 0) return chroma;
  for (let list = 0; list < (chroma === 3 ? 12 : 8); list++) if (bits.bit() === 1) skipList(bits, list < 6 ? 16 : 64);
  return chroma;
}

function skipList(bits: Bits, size: number): void {
  let [last, next] = [8, 8];
  for (let i = 0; i < size && bits.whole; i++) {
    if (next !== 0) next = (last + bits.signed() + 256) % 256;
    last = next === 0 ? last : next;
  }
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
