import { chosen } from '../../asn1/choice.js';
import type { ExtendedVideoCapability, H263VideoCapability, VideoCapability } from '../h245/schema.js';
import { identifierOf, parameter, readParameters } from './generic.js';
import { readH264, writeH264 } from './h264-values.js';
import { identifiers } from './identifiers.js';
import type {
  ContentMedia,
  ContentRoles,
  OlderVideoMedia,
  OtherMedia,
  PictureIntervals,
  VideoMedia,
} from './values.js';

/** Bits of the role label, H.239. */
const roleParameter = 1;
const presentationRole = 1;
const liveRole = 2;

/** H.261 at most; H.263 is written so in the same unit, 100 bit/s. */
const mostH261 = 19_200;
const mostH263 = 192_400;

/** A video codec, content, or the name of what rooms have no use for. */
export function readVideo(capability: VideoCapability): VideoMedia | ContentMedia | OtherMedia {
  const { genericVideoCapability, extendedVideoCapability, h261VideoCapability, h263VideoCapability } = capability;
  if (genericVideoCapability) {
    const identifier = identifierOf(genericVideoCapability.capabilityIdentifier);
    if (identifier === identifiers.h264) return readH264(genericVideoCapability);
    return { kind: 'other', name: identifier || 'genericVideoCapability' };
  }
  if (extendedVideoCapability) return readContent(extendedVideoCapability);
  if (h261VideoCapability) {
    const { qcifMPI, cifMPI, maxBitRate } = h261VideoCapability;
    const intervals = told({ qcif: qcifMPI, cif: cifMPI });
    return { kind: 'video', codec: 'h261', maxBitRate: maxBitRate * 100, intervals, options: false };
  }
  if (h263VideoCapability) return readH263(h263VideoCapability);
  return { kind: 'other', name: chosen(capability) };
}

function readH263(capability: H263VideoCapability): OlderVideoMedia {
  const { sqcifMPI, qcifMPI, cifMPI, cif4MPI, cif16MPI, maxBitRate, h263Options } = capability;
  const intervals = told({ sqcif: sqcifMPI, qcif: qcifMPI, cif: cifMPI, cif4: cif4MPI, cif16: cif16MPI });
  return {
    kind: 'video',
    codec: 'h263',
    maxBitRate: maxBitRate * 100,
    intervals,
    options: h263Options !== undefined,
  };
}

function told(intervals: Partial<Record<keyof PictureIntervals, number | undefined>>): PictureIntervals {
  return Object.fromEntries(Object.entries(intervals).filter(([, value]) => value !== undefined));
}

/** Codecs of one extendedVideoCapability that are looked at. */
const mostCodecs = 16;

/** Without a role label it is presentation: nothing else is sent so. */
function readContent(capability: ExtendedVideoCapability): ContentMedia {
  const role = (capability.videoCapabilityExtension ?? []).find(
    ({ capabilityIdentifier }) => identifierOf(capabilityIdentifier) === identifiers.h239ExtendedVideo,
  );
  const video = capability.videoCapability
    .slice(0, mostCodecs)
    .map(readVideo)
    .filter((one): one is VideoMedia => one.kind === 'video');
  const label = readParameters(role?.collapsing, role?.nonCollapsing).get(roleParameter);
  return { kind: 'content', roles: rolesOf(label ?? presentationRole), video };
}

/** Roles of a label. */
function rolesOf(label: number): ContentRoles {
  return { presentation: (label & presentationRole) !== 0, live: (label & liveRole) !== 0 };
}

function labelOf({ presentation, live }: ContentRoles): number {
  return (presentation ? presentationRole : 0) | (live ? liveRole : 0);
}

/** The role label as it is in `genericInformation` of a channel's opening. */
export function roleInformation(roles: ContentRoles) {
  return {
    messageIdentifier: { standard: identifiers.h239ExtendedVideo },
    messageContent: [parameter(roleParameter, { booleanArray: labelOf(roles) })],
  };
}

/** Roles by `genericInformation` of an opening; null where it names none. */
export function rolesIn(information: Parameters<typeof readParameters>[0]): ContentRoles | null {
  const label = readParameters(information).get(roleParameter);
  return label === undefined ? null : rolesOf(label);
}

export function writeVideo(media: VideoMedia | ContentMedia): VideoCapability {
  if (media.kind === 'content') return { extendedVideoCapability: writeContent(media) };
  if (media.codec === 'h264') return { genericVideoCapability: writeH264(media) };
  const rate = Math.max(1, Math.floor(media.maxBitRate / 100));
  const { sqcif, qcif, cif, cif4, cif16 } = media.intervals;
  if (media.codec === 'h261') {
    return {
      h261VideoCapability: {
        qcifMPI: qcif,
        cifMPI: cif,
        temporalSpatialTradeOffCapability: false,
        maxBitRate: Math.min(mostH261, rate),
        stillImageTransmission: false,
      },
    };
  }
  return {
    h263VideoCapability: {
      sqcifMPI: sqcif,
      qcifMPI: qcif,
      cifMPI: cif,
      cif4MPI: cif4,
      cif16MPI: cif16,
      maxBitRate: Math.min(mostH263, rate),
      unrestrictedVector: false,
      arithmeticCoding: false,
      advancedPrediction: false,
      pbFrames: false,
      temporalSpatialTradeOffCapability: false,
    },
  };
}

function writeContent({ roles, video }: ContentMedia): ExtendedVideoCapability {
  const label = parameter(roleParameter, { booleanArray: labelOf(roles) });
  return {
    videoCapability: video.map(writeVideo),
    videoCapabilityExtension: [
      { capabilityIdentifier: { standard: identifiers.h239ExtendedVideo }, collapsing: [label] },
    ],
  };
}
