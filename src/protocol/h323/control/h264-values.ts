import type { GenericCapability, GenericParameter } from '../h245/schema.js';
import { parameter, readParameters, unsignedMin } from './generic.js';
import { identifiers } from './identifiers.js';
import type { H264Media } from './values.js';

/** Bits of the profile parameter, H.241. */
export const h264Profiles = { baseline: 64, main: 32, extended: 16, high: 8 } as const;

const profileParameter = 41;
const levelParameter = 42;

/** H.241 numbers of levels and level_idc of H.264; 9 stands for level 1b. */
const levels: readonly (readonly [number, number])[] = [
  [15, 10],
  [19, 9],
  [22, 11],
  [29, 12],
  [36, 13],
  [43, 20],
  [50, 21],
  [57, 22],
  [64, 30],
  [71, 31],
  [78, 32],
  [85, 40],
  [92, 41],
  [99, 42],
  [106, 50],
  [113, 51],
  [120, 52],
];

type Limit = keyof Pick<
  H264Media,
  'maxMbps' | 'maxFs' | 'maxDpb' | 'maxBrAndCpb' | 'maxStaticMbps' | 'maxRcmdNalUnitSize' | 'maxNalUnitSize' | 'maxFps'
>;

/** Parameters with a unit, H.241. Sizes of NAL units are limits of the other kind: the larger value is the lesser ability. */
const limits: readonly { id: number; name: Limit; unit: number; max?: true }[] = [
  { id: 3, name: 'maxMbps', unit: 500 },
  { id: 4, name: 'maxFs', unit: 256 },
  { id: 5, name: 'maxDpb', unit: 32_768 },
  { id: 6, name: 'maxBrAndCpb', unit: 25_000 },
  { id: 7, name: 'maxStaticMbps', unit: 500 },
  { id: 8, name: 'maxRcmdNalUnitSize', unit: 1, max: true },
  { id: 9, name: 'maxNalUnitSize', unit: 1, max: true },
  { id: 13, name: 'maxFps', unit: 1 },
];

/** H.264 of a generic capability. A level that we do not know is the next lower one. */
export function readH264(capability: GenericCapability): H264Media {
  const parameters = readParameters(capability.collapsing, capability.nonCollapsing);
  const media: H264Media = {
    kind: 'video',
    codec: 'h264',
    maxBitRate: (capability.maxBitRate ?? 0) * 100,
    profiles: parameters.get(profileParameter) ?? h264Profiles.baseline,
    levelIdc: levelIdcOf(parameters.get(levelParameter) ?? 0),
  };
  for (const { id, name, unit } of limits) {
    const value = parameters.get(id);
    if (value !== undefined) media[name] = value * unit;
  }
  return media;
}

function levelIdcOf(code: number): number {
  return levels.findLast(([known]) => known <= code)?.[1] ?? 10;
}

/** Rounds down: never more than the value. */
export function writeH264(media: H264Media): GenericCapability {
  const code = levels.find(([, idc]) => idc === media.levelIdc)?.[0];
  if (code === undefined) throw new RangeError(`no level ${media.levelIdc} in H.241`);
  const collapsing: GenericParameter[] = [
    parameter(profileParameter, { booleanArray: media.profiles }),
    unsignedMin(levelParameter, code),
  ];
  for (const { id, name, unit, max } of limits) {
    const value = media[name];
    if (value === undefined) continue;
    const number = Math.min(65_535, Math.floor(value / unit));
    collapsing.push(max ? parameter(id, { unsignedMax: number }) : unsignedMin(id, number));
  }
  return {
    capabilityIdentifier: { standard: identifiers.h264 },
    maxBitRate: Math.floor(media.maxBitRate / 100),
    collapsing,
  };
}
