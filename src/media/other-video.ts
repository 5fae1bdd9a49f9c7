import type { RtpMap } from '../protocol/sdp/description.js';
import type { OtherVideoFormat, OtherVideoName } from './vocabulary.js';

/** In our order of preference: what costs least at a picture of the same quality comes first. */
export const OTHER_VIDEO: readonly OtherVideoName[] = ['VP8', 'H265', 'H263-2000', 'H263-1998', 'H263', 'H261'];

/** Those of our own offers; H263-1998 and H263-2000 have one payload form (RFC 4629). */
export const OFFERED_OTHERS: readonly OtherVideoName[] = ['VP8', 'H265', 'H263-1998', 'H263'];

/** Fixed payload numbers (RFC 3551 §6 table 5). */
const FIXED: Partial<Record<OtherVideoName, number>> = { H263: 34, H261: 31 };

/** H.265 levels (table A.8): level-id, luma samples of a picture and a second, kbit/s of the main tier. */
const H265_LEVELS: readonly (readonly [id: number, picture: number, second: number, kbps: number])[] = [
  [30, 36_864, 552_960, 128],
  [60, 122_880, 3_686_400, 1500],
  [63, 245_760, 7_372_800, 3000],
  [90, 552_960, 16_588_800, 6000],
  [93, 983_040, 33_177_600, 10_000],
  [120, 2_228_224, 66_846_720, 12_000],
  [123, 2_228_224, 133_693_440, 20_000],
  [150, 8_912_896, 267_386_880, 25_000],
];
/** What is meant where nothing is said (RFC 7798 §7.1). */
const H265_DEFAULT_LEVEL = 93;
const MACROBLOCK = 256;

/** Picture sizes of H.263 and H.261 by their fmtp names (RFC 4629 §8.1.1, RFC 4587 §6.1.1), macroblocks. */
const H263_SIZES: readonly (readonly [name: string, blocks: number])[] = [
  ['cif4', 1584],
  ['cif', 396],
  ['qcif', 99],
];
const H263_RATE = 30;

/** What we state that we receive. */
const OURS: Record<OtherVideoName, Record<string, string>> = {
  VP8: { 'max-fs': '3600', 'max-fr': '30' },
  H265: { 'profile-id': '1', 'level-id': '120' },
  H261: { CIF: '1', QCIF: '1' },
  H263: { CIF4: '2', CIF: '1', QCIF: '1' },
  'H263-1998': { CIF4: '2', CIF: '1', QCIF: '1' },
  'H263-2000': { CIF4: '2', CIF: '1', QCIF: '1', profile: '0' },
};

/** A payload type of one of these codecs. */
export function isOtherVideo(map: RtpMap): boolean {
  return map.clock === 90000 && nameOf(map) !== undefined;
}

/** Reads such a payload type; null where it is of a form that we do not have (H.265 with its own order of decoding). */
export function readOtherVideo(map: RtpMap): OtherVideoFormat | null {
  const name = nameOf(map);
  if (name === undefined) return null;
  const { pt, params } = map;
  if (name === 'H265' && (params['sprop-max-don-diff'] ?? '0') !== '0') return null;
  return { kind: 'video', name, pt, clock: 90000, params, ...limitsOf(name, params) };
}

/** One of our own offers. */
export function ourOtherVideo(name: OtherVideoName, number: number): OtherVideoFormat {
  const params = OURS[name];
  const limits = { maxMbps: Infinity, maxFs: Infinity, maxBr: Infinity };
  return { kind: 'video', name, pt: FIXED[name] ?? number, clock: 90000, params, ...limits };
}

/** fmtp value of one of our payload types. */
export function printOtherVideo({ name }: OtherVideoFormat): string {
  return Object.entries(OURS[name])
    .map(([key, value]) => `${key}=${value}`)
    .join(';');
}

function nameOf(map: RtpMap): OtherVideoName | undefined {
  return OTHER_VIDEO.find((name) => name === map.name.toUpperCase());
}

type Limits = Pick<OtherVideoFormat, 'maxMbps' | 'maxFs' | 'maxBr'>;

function limitsOf(name: OtherVideoName, params: Record<string, string>): Limits {
  if (name === 'VP8') {
    const [maxFs, rate] = [numberOf(params['max-fs']), numberOf(params['max-fr'])];
    return { maxFs, maxMbps: Number.isFinite(maxFs) ? maxFs * Math.min(rate, 60) : Infinity, maxBr: Infinity };
  }
  return name === 'H265' ? h265Limits(params) : h263Limits(params);
}

function h265Limits(params: Record<string, string>): Limits {
  const id = /^\d{1,3}$/.test(params['level-id'] ?? '') ? Number(params['level-id']) : H265_DEFAULT_LEVEL;
  const [, picture, second, maxBr] = H265_LEVELS.findLast(([level]) => level <= id) ?? H265_LEVELS[0]!;
  return { maxFs: picture / MACROBLOCK, maxMbps: second / MACROBLOCK, maxBr };
}

/** The largest size named with its least interval of 1/30 s; CIF, which everybody has, where none is. */
function h263Limits(params: Record<string, string>): Limits {
  const named = H263_SIZES.find(([size]) => Number.isFinite(numberOf(params[size])));
  const [size, maxFs] = named ?? ['cif', 396];
  const interval = named ? Math.max(1, numberOf(params[size])) : 1;
  return { maxFs, maxMbps: (maxFs * H263_RATE) / interval, maxBr: Infinity };
}

function numberOf(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,7}$/.test(text) ? Number(text) : Infinity;
}
