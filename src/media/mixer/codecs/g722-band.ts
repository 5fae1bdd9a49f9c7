/** Tables of ITU-T G.722, by their names there: quantiser decisions, levels, code words and adaptation. */
const Q6 = Int32Array.of(
  0,
  35,
  72,
  110,
  150,
  190,
  233,
  276,
  323,
  370,
  422,
  473,
  530,
  587,
  650,
  714,
  786,
  858,
  940,
  1023,
  1121,
  1219,
  1339,
  1458,
  1612,
  1765,
  1980,
  2195,
  2557,
  2919,
);
const ILN = Int32Array.of(
  0,
  63,
  62,
  31,
  30,
  29,
  28,
  27,
  26,
  25,
  24,
  23,
  22,
  21,
  20,
  19,
  18,
  17,
  16,
  15,
  14,
  13,
  12,
  11,
  10,
  9,
  8,
  7,
  6,
  5,
  4,
);
const ILP = Int32Array.of(
  0,
  61,
  60,
  59,
  58,
  57,
  56,
  55,
  54,
  53,
  52,
  51,
  50,
  49,
  48,
  47,
  46,
  45,
  44,
  43,
  42,
  41,
  40,
  39,
  38,
  37,
  36,
  35,
  34,
  33,
  32,
);
const QM6 = Int32Array.of(
  -136,
  -136,
  -136,
  -136,
  -24808,
  -21904,
  -19008,
  -16704,
  -14984,
  -13512,
  -12280,
  -11192,
  -10232,
  -9360,
  -8576,
  -7856,
  -7192,
  -6576,
  -6000,
  -5456,
  -4944,
  -4464,
  -4008,
  -3576,
  -3168,
  -2776,
  -2400,
  -2032,
  -1688,
  -1360,
  -1040,
  -728,
  24808,
  21904,
  19008,
  16704,
  14984,
  13512,
  12280,
  11192,
  10232,
  9360,
  8576,
  7856,
  7192,
  6576,
  6000,
  5456,
  4944,
  4464,
  4008,
  3576,
  3168,
  2776,
  2400,
  2032,
  1688,
  1360,
  1040,
  728,
  432,
  136,
  -432,
  -136,
);
const QM4 = Int32Array.of(
  0,
  -20456,
  -12896,
  -8968,
  -6288,
  -4240,
  -2584,
  -1200,
  20456,
  12896,
  8968,
  6288,
  4240,
  2584,
  1200,
  0,
);
const QM2 = Int32Array.of(-7408, -1616, 7408, 1616);
/** WL by RL42 and WH by RH2: step of the log scale factor by code word. */
const LOW_STEP = Int32Array.of(-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60);
const HIGH_STEP = Int32Array.of(798, -214, 798, -214);
const ILB = Int32Array.of(
  2048,
  2093,
  2139,
  2186,
  2233,
  2282,
  2332,
  2383,
  2435,
  2489,
  2543,
  2599,
  2656,
  2714,
  2774,
  2834,
  2896,
  2960,
  3025,
  3091,
  3158,
  3228,
  3298,
  3371,
  3444,
  3520,
  3597,
  3676,
  3756,
  3838,
  3922,
  4008,
);

/** What tells the two sub-bands apart. */
export interface BandKind {
  step: Int32Array;
  /** Bound of the log scale factor. */
  bound: number;
  /** Where the log scale factor's exponent begins. */
  shift: number;
  scale: number;
}

export const lowBand: BandKind = { step: LOW_STEP, bound: 18432, shift: 8, scale: 32 };
export const highBand: BandKind = { step: HIGH_STEP, bound: 22528, shift: 10, scale: 8 };

/** To 16 bits. */
export function clip15(v: number): number {
  return v > 32767 ? 32767 : v < -32768 ? -32768 : v;
}

function clip14(v: number): number {
  return v > 16383 ? 16383 : v < -16384 ? -16384 : v;
}

/** Adaptive quantiser and predictor of one sub-band (G.722 §3.3-3.6, §6.2.1); the same in encoder and decoder. */
export class Band {
  /** Prediction: whole, and of the zero section. */
  private s = 0;
  private sz = 0;
  private log = 0;
  private scale: number;
  /** Pole section. */
  private a1 = 0;
  private a2 = 0;
  private r1 = 0;
  private p1 = 0;
  private p2 = 0;
  /** Zero section: coefficients, and the last six differences. */
  private readonly b = new Int32Array(6);
  private readonly d = new Int32Array(6);

  constructor(private readonly kind: BandKind) {
    this.scale = kind.scale;
  }

  copy(other: Band): void {
    this.s = other.s;
    this.sz = other.sz;
    this.log = other.log;
    this.scale = other.scale;
    this.a1 = other.a1;
    this.a2 = other.a2;
    this.r1 = other.r1;
    this.p1 = other.p1;
    this.p2 = other.p2;
    this.b.set(other.b);
    this.d.set(other.d);
  }

  /** Sample of the lower band to its 6-bit code word. */
  encodeLow(x: number): number {
    const e = clip15(x - this.s);
    const size = e >= 0 ? e : -(e + 1);
    let i = 1;
    while (i < 30 && size >= ((Q6[i] as number) * this.scale) >> 12) i += 1;
    const code = (e < 0 ? ILN[i] : ILP[i]) as number;
    const four = code >> 2;
    this.adapt((this.scale * (QM4[four] as number)) >> 15, four);
    return code;
  }

  /** Sample of the higher band to its 2-bit code word. */
  encodeHigh(x: number): number {
    const e = clip15(x - this.s);
    const size = e >= 0 ? e : -(e + 1);
    const outer = size >= (564 * this.scale) >> 12;
    const code = e < 0 ? (outer ? 0 : 1) : outer ? 2 : 3;
    this.adapt((this.scale * (QM2[code] as number)) >> 15, code);
    return code;
  }

  decodeLow(code: number): number {
    const sample = clip14(this.s + ((this.scale * (QM6[code] as number)) >> 15));
    const four = code >> 2;
    this.adapt((this.scale * (QM4[four] as number)) >> 15, four);
    return sample;
  }

  decodeHigh(code: number): number {
    const difference = (this.scale * (QM2[code] as number)) >> 15;
    const sample = clip14(this.s + difference);
    this.adapt(difference, code);
    return sample;
  }

  private adapt(difference: number, code: number): void {
    const { kind } = this;
    const log = ((this.log * 127) >> 7) + (kind.step[code] as number);
    this.log = log < 0 ? 0 : log > kind.bound ? kind.bound : log;
    const exponent = kind.shift - (this.log >> 11);
    const mantissa = ILB[(this.log >> 6) & 31] as number;
    this.scale = (exponent < 0 ? mantissa << -exponent : mantissa >> exponent) << 2;
    this.predict(difference);
  }

  /** Adapts the predictor to the quantised difference and predicts the next sample. */
  private predict(difference: number): void {
    const p = clip15(this.sz + difference);
    const r = clip15(this.s + difference);
    this.adaptPoles(p);
    const zeros = this.adaptZeros(difference);
    const first = (this.a1 * clip15(r + r)) >> 15;
    const second = (this.a2 * clip15(this.r1 + this.r1)) >> 15;
    this.r1 = r;
    this.p2 = this.p1;
    this.p1 = p;
    this.sz = zeros;
    this.s = clip15(clip15(first + second) + zeros);
  }

  private adaptPoles(p: number): void {
    const same1 = (p ^ this.p1) >= 0;
    const same2 = (p ^ this.p2) >= 0;
    const four = clip15(this.a1 << 2);
    let a2 = Math.min(same1 ? -four : four, 32767) >> 7;
    a2 += (same2 ? 128 : -128) + ((this.a2 * 32512) >> 15);
    this.a2 = a2 > 12288 ? 12288 : a2 < -12288 ? -12288 : a2;
    const a1 = (same1 ? 192 : -192) + ((this.a1 * 32640) >> 15);
    const bound = clip15(15360 - this.a2);
    this.a1 = a1 > bound ? bound : a1 < -bound ? -bound : a1;
  }

  private adaptZeros(difference: number): number {
    const { b, d } = this;
    const gain = difference === 0 ? 0 : 128;
    let sum = 0;
    for (let i = 5; i >= 0; i -= 1) {
      const older = d[i] as number;
      const kept = ((b[i] as number) * 32640) >> 15;
      const weight = clip15(kept + ((older ^ difference) >= 0 ? gain : -gain));
      b[i] = weight;
      const newer = i === 0 ? difference : (d[i - 1] as number);
      d[i] = newer;
      sum += (weight * clip15(newer + newer)) >> 15;
    }
    return clip15(sum);
  }
}
