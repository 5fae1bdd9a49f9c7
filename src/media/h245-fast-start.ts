import type { ChannelParameters } from '../protocol/h323/control/contract.js';
import { ourPictures, readChannel } from './h245-capabilities.js';
import { audioCapability, bestSent, packetizationOf, sentAudio } from './h245-formats.js';
import { negotiate, NoCommonMedia, type Abilities, type LineAnswer } from './negotiate.js';
import type { Format } from './vocabulary.js';

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
    audio: sounds.map((media) => ({ media: sentAudio(media), payloadType: null, packetization: null })),
    video: pictures.flatMap((media) =>
      ([1, 0] as const).map((mode) => ({
        media,
        payloadType: VIDEO_NUMBER,
        packetization: packetizationOf(mode, VIDEO_NUMBER),
      })),
    ),
  };
}

/** A proposal that is taken, and what the line does then. */
export interface Choice<P> {
  proposal: P;
  agreed: LineAnswer;
}

/**
 * Takes one of the proposals for a line and direction, all of which are alternatives (H.323 §8.1.7.1): by `negotiate`, as
 * if they were one offer. Null where none is in common.
 */
export function chooseProposal<P>(
  abilities: Abilities,
  name: FastLineName,
  who: 'we send' | 'peer sends',
  proposals: readonly { proposal: P; described: ProposedMedia }[],
): Choice<P> | null {
  const authors = new Map<Format, P>();
  // a sender may use either packetization where nothing is said; a receiver then takes single NAL units only (H.241 §8.3.2)
  const usual = who === 'we send' && name === 'video' ? packetizationOf(0) : null;
  const offers = proposals.flatMap(({ proposal, described: { media, payloadType, packetization } }) => {
    const offer = media.kind === name ? readChannel(name, media, payloadType, packetization ?? usual)[name] : undefined;
    for (const format of offer?.formats ?? []) authors.set(format, proposal);
    return offer ? [offer] : [];
  });
  const [first] = offers;
  if (!first) return null;
  const formats = offers.flatMap((offer) => offer.formats);
  const names = offers.flatMap((offer) => offer.names);
  const answer = tried(abilities, name, { ...first, formats, names });
  const best = answer && bestSent(answer.send);
  const proposal = best ? authors.get(best) : undefined;
  if (!answer || proposal === undefined) return null;
  const its = answer.send.map((format) => authors.get(format) === proposal);
  const only = (list: Format[]): Format[] => list.filter((_, index) => its[index]);
  return { proposal, agreed: { ...answer, receive: only(answer.receive), send: only(answer.send) } };
}

function tried(
  abilities: Abilities,
  name: FastLineName,
  line: NonNullable<Parameters<typeof negotiate>[1]['audio']>,
): LineAnswer | null {
  try {
    const offer = { [name]: line, maxKbps: null, secure: 'none' as const, bestEffort: false };
    return negotiate(abilities, offer).lines[name] ?? null;
  } catch (error) {
    if (error instanceof NoCommonMedia) return null;
    throw error;
  }
}
