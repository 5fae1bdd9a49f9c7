/** Writes H.264 syntax elements, most significant bit first. */
export class BitWriter {
  private readonly bytes: number[] = [];
  private current = 0;
  private used = 0;

  /** Fixed-length unsigned value of `width` bits, 0..32. */
  u(value: number, width: number): this {
    for (let bit = width - 1; bit >= 0; bit--) this.bit((value >>> bit) & 1);
    return this;
  }

  bit(value: number): void {
    this.current = (this.current << 1) | value;
    if (++this.used < 8) return;
    this.bytes.push(this.current);
    this.current = 0;
    this.used = 0;
  }

  /** Unsigned Exp-Golomb code (H.264 §9.1). */
  ue(value: number): this {
    const code = value + 1;
    const length = 32 - Math.clz32(code);
    return this.u(0, length - 1).u(code, length);
  }

  /** Signed Exp-Golomb code (H.264 §9.1.1). */
  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }

  /** Bytes written so far, the unfinished one included. */
  get length(): number {
    return this.bytes.length + (this.used > 0 ? 1 : 0);
  }

  /** Appends rbsp_trailing_bits and returns the payload (H.264 §7.3.2.11). */
  finish(): Buffer {
    this.bit(1);
    while (this.used > 0) this.bit(0);
    return Buffer.from(this.bytes);
  }
}

/** Reads H.264 syntax elements; past the end it reads zeros and `overrun` turns true. */
export class BitReader {
  private position = 0;

  constructor(private readonly data: Uint8Array) {}

  u(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 2 + this.bit();
    return value;
  }

  bit(): number {
    const byte = this.data[this.position >> 3] ?? 0;
    const value = (byte >> (7 - (this.position & 7))) & 1;
    this.position++;
    return value;
  }

  flag(): boolean {
    return this.bit() === 1;
  }

  ue(): number {
    let zeros = 0;
    while (this.bit() === 0 && zeros < 32 && !this.overrun) zeros++;
    return 2 ** zeros - 1 + this.u(zeros);
  }

  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  get overrun(): boolean {
    return this.position > this.data.length * 8;
  }
}

/** Wraps a payload into a NAL unit with emulation prevention (H.264 §7.3.1). */
export function toNal(refIdc: number, type: number, payload: Uint8Array): Buffer {
  const out: number[] = [(refIdc << 5) | type];
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      out.push(3);
      zeros = 0;
    }
    out.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(out);
}

/** Payload of a NAL unit without its header and emulation prevention bytes; at most `limit` bytes of it. */
export function fromNal(nal: Uint8Array, limit = nal.length): Buffer {
  const out: number[] = [];
  let zeros = 0;
  for (let i = 1; i < nal.length && out.length < limit; i++) {
    const byte = nal[i] ?? 0;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    out.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(out);
}

/** Cuts an Annex B byte stream at its start codes (H.264 annex B). */
export function splitAnnexB(stream: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  let start = -1;
  for (let i = 0; i + 2 < stream.length; i++) {
    if (stream[i] !== 0 || stream[i + 1] !== 0 || stream[i + 2] !== 1) continue;
    if (start >= 0) nals.push(trimZeros(stream.subarray(start, i)));
    start = i + 3;
    i += 2;
  }
  if (start >= 0) nals.push(trimZeros(stream.subarray(start)));
  return nals.filter((nal) => nal.length > 0);
}

function trimZeros(nal: Buffer): Buffer {
  let end = nal.length;
  while (end > 0 && nal[end - 1] === 0) end--;
  return nal.subarray(0, end);
}
