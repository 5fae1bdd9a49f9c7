import type { ChannelParameters } from '../protocol/h323/control/contract.js';
import { ourOlderPictures, ourPictures, readChannel } from './h245-capabilities.js';
import { audioCapability, numberOfAudio, packetizationOf, sentAudio } from './h245-formats.js';
import type { Abilities, LineAnswer } from './negotiate.js';
import { tryLine } from './try-line.js';

/** Media as a proposal of fast start describes it. */
export type ProposedMedia = Pick<ChannelParameters, 'media' | 'payloadType' | 'packetization'>;

/** Lines that fast start can open: content waits for H.239, which needs H.245. */
export type FastLineName = 'audio' | 'video';

/** Payload number of pictures in channels of ours. */
const VIDEO_NUMBER = 96;

/** What we propose to send and to receive on each line, best first. */
export function ourProposals(abilities: Abilities): Readonly<Record<FastLineName, readonly ProposedMedia[]>> {
  const sounds = abilities.audio.map(({ name }) => audioCapability(name)).filter((media) => media !== null);
  const pictures = ourPictures(abilities, abilities.maxKbps.video);
  return {
    audio: sounds.map((media) => ({
      ...{ media: sentAudio(media), packetization: null },
      payloadType: numberOfAudio(media),
    })),
    video: [
      ...pictures.flatMap((media) =>
        ([1, 0] as const).map((mode) => ({
          media,
          payloadType: VIDEO_NUMBER,
          packetization: packetizationOf(mode, VIDEO_NUMBER),
        })),
      ),
      ...ourOlderPictures(abilities).map((media) => ({ media, payloadType: null, packetization: null })),
    ],
  };
}

/** A proposal that is taken, and what the line does then. */
export interface Choice<P> {
  proposal: P;
  agreed: LineAnswer;
}

/**
 * Takes the first of the proposals for a line and direction that is in common, by `negotiate`: they are alternatives in the
 * caller's order (H.323 §8.1.7.1), and ooh323c finds no other than its first one again; H.264 before what is encoded anew.
 * Null where there is none.
 */
export function chooseProposal<P>(
  abilities: Abilities,
  name: FastLineName,
  who: 'we send' | 'peer sends',
  proposals: readonly { proposal: P; described: ProposedMedia }[],
): Choice<P> | null {
  // a sender may use either packetization where nothing is said; a receiver then takes single NAL units only (H.241 §8.3.2)
  const usual = who === 'we send' && name === 'video' ? packetizationOf(0) : null;
  const older = ({ described: { media } }: (typeof proposals)[number]): number =>
    media.kind === 'video' && media.codec !== 'h264' ? 1 : 0;
  const ordered = [...proposals].sort((a, b) => older(a) - older(b));
  for (const { proposal, described } of ordered) {
    const { media, payloadType, packetization } = described;
    const offer = media.kind === name && readChannel(name, media, payloadType, packetization ?? usual);
    const agreed = offer && tryLine(abilities, name, offer);
    if (agreed) return { proposal, agreed };
  }
  return null;
}
