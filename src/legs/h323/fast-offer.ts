import type { Abilities } from '../../media/negotiate.js';
import type { Line, MediaPlane } from '../../media/plane.js';
import { ourProposals, type FastLineName } from '../../media/h245-fast-start.js';
import { writeOpening } from '../../protocol/h323/control/channel-values.js';
import type { OpenLogicalChannel } from '../../protocol/h323/h245/schema.js';
import { openLine } from './open-line.js';

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
}

/** Sessions by their numbers, H.245 table 4 as H.323 has it. */
const sessions = { audio: 1, video: 2 } as const;

/** Opens ports and proposes both directions of sound and pictures there (H.323 §8.1.7.1). Rejects when no port is free. */
export async function makeFastOffer({ legId, plane, abilities, at }: FastOfferParts): Promise<FastOffer> {
  const lines: Partial<Record<FastLineName, Line>> = {};
  const channels: OpenLogicalChannel[] = [];
  try {
    for (const [name, proposed] of Object.entries(ourProposals(abilities)) as [FastLineName, readonly Media[]][]) {
      if (proposed.length === 0) continue;
      const line = (lines[name] = await openLine(plane, legId, name, at));
      for (const media of proposed) channels.push(...bothWays(channels.length + 1, sessions[name], media, line));
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

type Media = ReturnType<typeof ourProposals>[FastLineName][number];

function bothWays(number: number, sessionId: number, media: Media, { local }: Line): OpenLogicalChannel[] {
  const common = {
    ...media,
    sessionId,
    mediaControlChannel: { address: local.address, port: local.rtcpPort },
    encryption: null,
  };
  const mediaChannel = { address: local.address, port: local.rtpPort };
  return [
    writeOpening(number, { forward: { ...common, mediaChannel: null }, reverse: null }),
    writeOpening(number + 1, { forward: null, reverse: { ...common, mediaChannel } }),
  ];
}
