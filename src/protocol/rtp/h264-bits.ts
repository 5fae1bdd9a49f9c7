/** Profiles whose sets tell of colours (§7.3.2.1.1). */
export const WITH_COLOURS = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** Exp-Golomb codes are no longer than this in what is read here. */
const LONGEST_CODE = 31;

/** Reads bits of a NAL unit without its emulation prevention bytes (§7.4.1); beyond the end there are zeros. */
export class Bits {
  private at = 0;
  private readonly bytes: number[] = [];

  /** Of a slice no more than `most` bytes are looked at. */
  constructor(nal: Uint8Array, from: number, most = Number.POSITIVE_INFINITY) {
    let zeros = 0;
    for (let i = from; i < nal.length && this.bytes.length < most; i++) {
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

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  /** ue(v), §9.1. */
  code(): number {
    let zeros = 0;
    while (zeros < LONGEST_CODE && this.whole && this.bit() === 0) zeros++;
    return 2 ** zeros - 1 + this.take(zeros);
  }

  /** se(v). */
  signed(): number {
    const code = this.code();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}

/** Passes over bit depths and scaling lists; answers with chroma_format_idc and separate_colour_plane_flag. */
export function skipColours(bits: Bits): { chroma: number; planes: boolean } {
  const chroma = bits.code();
  const planes = chroma === 3 && bits.bit() === 1;
  bits.code();
  bits.code();
  bits.bit();
  if (bits.bit() === 0) return { chroma, planes };
  for (let list = 0; list < (chroma === 3 ? 12 : 8); list++) if (bits.bit() === 1) skipList(bits, list < 6 ? 16 : 64);
  return { chroma, planes };
}

function skipList(bits: Bits, size: number): void {
  let [last, next] = [8, 8];
  for (let i = 0; i < size && bits.whole; i++) {
    if (next !== 0) next = (last + bits.signed() + 256) % 256;
    last = next === 0 ? last : next;
  }
}
