import type { H264Format } from './vocabulary.js';

/** Sub-profiles of RFC 6184 §8.1 table 5, and Constrained High, which that table does not know. */
export type SubProfile = 'CB' | 'B' | 'M' | 'E' | 'H' | 'CH';

/** Sub-profiles that decode one another in practice: no encoder of this field uses what Baseline adds to Constrained. */
export type ProfileFamily = 'baseline' | 'main' | 'extended' | 'high';

/** Limits of a level: macroblocks a second, macroblocks, kbit/s. */
export interface LevelLimits {
  maxMbps: number;
  maxFs: number;
  maxBr: number;
}

const LEVELS: readonly (readonly [level: number, mbps: number, fs: number, br: number])[] = [
  [10, 1485, 99, 64],
  [11, 3000, 396, 192],
  [12, 6000, 396, 384],
  [13, 11880, 396, 768],
  [20, 11880, 396, 2000],
  [21, 19800, 792, 4000],
  [22, 20250, 1620, 4000],
  [30, 40500, 1620, 10000],
  [31, 108000, 3600, 14000],
  [32, 216000, 5120, 20000],
  [40, 245760, 8192, 20000],
  [41, 245760, 8192, 50000],
  [42, 522240, 8704, 50000],
  [50, 589824, 22080, 135000],
  [51, 983040, 36864, 240000],
  [52, 2073600, 36864, 240000],
];
/** MaxDpbMbs by level (table A-1): macroblocks of all pictures that a decoder keeps. */
const KEPT: readonly (readonly [level: number, blocks: number])[] = [
  [10, 396],
  [11, 900],
  [12, 2376],
  [21, 4752],
  [22, 8100],
  [31, 18_000],
  [32, 20_480],
  [40, 32_768],
  [42, 34_816],
  [50, 110_400],
  [51, 184_320],
];
const LEVEL_1B: LevelLimits = { maxMbps: 1485, maxFs: 99, maxBr: 128 };

/** profile_idc, mask and value of profile-iop: RFC 6184 §8.1 table 5, read top down. */
const SUB_PROFILES: readonly (readonly [idc: number, mask: number, value: number, name: SubProfile])[] = [
  [0x42, 0x4f, 0x40, 'CB'],
  [0x4d, 0x8f, 0x80, 'CB'],
  [0x58, 0xcf, 0xc0, 'CB'],
  [0x42, 0x4f, 0x00, 'B'],
  [0x58, 0xcf, 0x80, 'B'],
  [0x4d, 0xaf, 0x00, 'M'],
  [0x58, 0xcf, 0x00, 'E'],
  [0x64, 0xff, 0x00, 'H'],
  [0x64, 0x0c, 0x0c, 'CH'],
];

const FAMILIES: Record<SubProfile, ProfileFamily> = {
  CB: 'baseline',
  B: 'baseline',
  M: 'main',
  E: 'extended',
  H: 'high',
  CH: 'high',
};

/** Highest parameter value believed, so that sums stay exact. */
const MAX_VALUE = 0x7fffffff;
const MAX_PARAMETER_SETS = 8;
const MAX_PARAMETER_SET_OCTETS = 1024;

/** Sub-profile of profile_idc and profile-iop, or null when they name none we know. */
export function subProfile(profileIdc: number, profileIop: number): SubProfile | null {
  const row = SUB_PROFILES.find(([idc, mask, value]) => idc === profileIdc && (profileIop & mask) === value);
  return row?.[3] ?? null;
}

/** Family of profile_idc and profile-iop, or null. */
export function familyOfProfile(profileIdc: number, profileIop: number): ProfileFamily | null {
  const sub = subProfile(profileIdc, profileIop);
  return sub === null ? null : FAMILIES[sub];
}

/** Limits of a level (H.264 table A-1); an unknown level counts as the next lower one, High profiles get 1.25 x MaxBR. */
export function levelLimits(profileIdc: number, profileIop: number, levelIdc: number): LevelLimits {
  const constraint3 = (profileIop & 0x10) !== 0;
  if (levelIdc === 9 || (levelIdc === 11 && constraint3 && profileIdc !== 0x64)) return LEVEL_1B;
  const row = [...LEVELS].reverse().find(([level]) => level <= levelIdc) ?? [10, 1485, 99, 64];
  const factor = profileIdc === 0x64 ? 1.25 : 1;
  return { maxMbps: row[1], maxFs: row[2], maxBr: row[3] * factor };
}

/**
 * Reads the fmtp parameters of one H.264 payload type (RFC 6184 §8.1). Null for packetization-mode 2, an unreadable
 * profile-level-id or a profile we do not know. A missing profile-level-id is Baseline level 1.
 */
export function readH264(pt: number, params: Record<string, string>): H264Format | null {
  const id = params['profile-level-id'] ?? '42000a';
  const mode = Number(params['packetization-mode'] ?? '0');
  if (!/^[0-9a-f]{6}$/i.test(id) || (mode !== 0 && mode !== 1)) return null;
  const profileIdc = parseInt(id.slice(0, 2), 16);
  const profileIop = parseInt(id.slice(2, 4), 16);
  const levelIdc = parseInt(id.slice(4, 6), 16);
  if (subProfile(profileIdc, profileIop) === null) return null;
  const receiveLevel = /^[0-9a-f]{2,6}$/i.exec(params['max-recv-level'] ?? '')?.[0].slice(-2);
  const limits = levelLimits(profileIdc, profileIop, Math.max(levelIdc, parseInt(receiveLevel ?? '0', 16)));
  return {
    kind: 'video',
    name: 'H264',
    pt,
    clock: 90000,
    profileIdc,
    profileIop,
    levelIdc,
    mode,
    levelAsymmetry: params['level-asymmetry-allowed'] === '1',
    maxMbps: Math.max(limits.maxMbps, numberOf(params['max-mbps'])),
    maxFs: Math.max(limits.maxFs, numberOf(params['max-fs'])),
    maxBr: Math.max(limits.maxBr, numberOf(params['max-br'])),
    ...keptBy(levelIdc, numberOf(params['max-fs']) > limits.maxFs, numberOf(params['max-dpb'])),
    parameterSets: readParameterSets(params['sprop-parameter-sets']),
  };
}

/**
 * fmtp value of one of our payload types. max-mbps and max-fs are always stated: some devices take a level for the whole
 * truth, others (Cisco DX80) show an empty tile without them. max-br only where it says more than the level does.
 */
export function printH264(format: H264Format): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const level = levelLimits(format.profileIdc, format.profileIop, format.levelIdc);
  const parts = [
    `profile-level-id=${hex(format.profileIdc)}${hex(format.profileIop)}${hex(format.levelIdc)}`,
    `packetization-mode=${format.mode}`,
  ];
  if (format.levelAsymmetry) parts.push('level-asymmetry-allowed=1');
  parts.push(`max-mbps=${Math.max(format.maxMbps, level.maxMbps)}`, `max-fs=${Math.max(format.maxFs, level.maxFs)}`);
  if (format.maxBr > level.maxBr) parts.push(`max-br=${format.maxBr}`);
  return parts.join(';');
}

/** Devices that state larger pictures than their level has do not state that they keep as many of them, and do. */
function keptBy(levelIdc: number, larger: boolean, stated: number): Pick<H264Format, 'maxDpb'> {
  if (larger && stated === 0) return {};
  return { maxDpb: Math.max(KEPT.findLast(([level]) => level <= levelIdc)?.[1] ?? 396, stated) };
}

function numberOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Math.min(Number(text), MAX_VALUE) : 0;
}

function readParameterSets(text: string | undefined): Uint8Array[] {
  if (text === undefined) return [];
  const sets: Uint8Array[] = [];
  for (const part of text.split(',').slice(0, MAX_PARAMETER_SETS)) {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(part)) continue;
    const nal = new Uint8Array(Buffer.from(part, 'base64'));
    // Only SPS (7) and PPS (8) may travel here.
    const type = (nal[0] ?? 0) & 0x1f;
    if (nal.length <= MAX_PARAMETER_SET_OCTETS && (type === 7 || type === 8)) sets.push(nal);
  }
  return sets;
}
