import type { Abilities } from '../../media/negotiate.js';
import type { Line, MediaPlane } from '../../media/plane.js';
import { ourProposals, type FastLineName } from '../../media/h245-fast-start.js';
import type { MediaAddress } from '../../media/vocabulary.js';
import { writeOpening } from '../../protocol/h323/control/channel-values.js';
import type { ChannelParameters } from '../../protocol/h323/control/contract.js';
import type { OpenLogicalChannel } from '../../protocol/h323/h245/schema.js';
import { commonAlgorithms } from '../../protocol/h323/h235/media-keys.js';
import { sealedNumber } from './channel-keys.js';
import { openLine } from './open-line.js';
import { keepAliveFrom } from './traversal.js';

/** Proposals of fast start for a call of ours, and the ports that are named in them. */
export interface FastOffer {
  /** Of the leg that the call will have. */
  legId: string;
  lines: Readonly<Partial<Record<FastLineName, Line>>>;
  channels: readonly OpenLogicalChannel[];
}

/** What an offer is made from. */
export interface FastOfferParts {
  legId: string;
  plane: MediaPlane;
  abilities: Abilities;
  at: { bind: string; advertise: string };
  /** All of it is to be encrypted: some devices that have keys would take what is plain, and keep to that. */
  sealed: boolean;
  /** The device is behind NAT. */
  hidden: boolean;
}

/** Sessions by their numbers, H.245 table 4 as H.323 has it. */
const sessions = { audio: 1, video: 2 } as const;

type Media = ReturnType<typeof ourProposals>[FastLineName][number] & Pick<ChannelParameters, 'encryption'>;

/** Opens ports and proposes both directions of sound and pictures there (H.323 §8.1.7.1). Rejects when no port is free. */
export async function makeFastOffer(parts: FastOfferParts): Promise<FastOffer> {
  const { legId, plane, abilities, at, sealed, hidden } = parts;
  const lines: Partial<Record<FastLineName, Line>> = {};
  const channels: OpenLogicalChannel[] = [];
  try {
    for (const [name, proposed] of Object.entries(ourProposals(abilities)) as [FastLineName, readonly Media[]][]) {
      if (proposed.length === 0) continue;
      const { local } = (lines[name] = await openLine(plane, legId, name, at));
      for (const media of proposed.map((one) => (sealed ? sealedMedia(one) : { ...one, encryption: null })))
        channels.push(...bothWays(channels.length + 1, sessions[name], media, { local, hidden }));
    }
  } catch (error) {
    closeLines(lines);
    throw error;
  }
  return { legId, lines, channels };
}

/** Gives the ports back of a call that was never made. */
export function closeLines(lines: FastOffer['lines']): void {
  for (const line of Object.values(lines)) line.close();
}

function sealedMedia(media: Omit<Media, 'encryption'>): Media {
  return { ...media, payloadType: sealedNumber(media.payloadType), encryption: { algorithms: commonAlgorithms } };
}

function bothWays(
  number: number,
  sessionId: number,
  media: Media,
  { local, hidden }: { local: MediaAddress; hidden: boolean },
): OpenLogicalChannel[] {
  const { address, rtpPort, rtcpPort } = local;
  const common = { ...media, sessionId, mediaControlChannel: { address, port: rtcpPort } };
  const mediaChannel = { address, port: rtpPort };
  const genericInformation = hidden ? [keepAliveFrom(mediaChannel)] : [];
  return [
    writeOpening(number, { forward: { ...common, mediaChannel: null }, reverse: null, genericInformation }),
    writeOpening(number + 1, { forward: null, reverse: { ...common, mediaChannel } }),
  ];
}
