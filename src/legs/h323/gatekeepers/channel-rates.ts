import type { ChannelMedia, LogicalChannel } from '../../../protocol/h323/control/contract.js';

/** What the open channels of a call carry. */
export interface ChannelRates {
  /** Together, both directions, kbit/s. */
  kbps: number;
  /** Whether that is all: pictures whose channels name no rate are not counted. */
  whole: boolean;
}

/** What the open channels of a call may carry. */
export function ratesOf(channels: readonly LogicalChannel[]): ChannelRates {
  const open = channels.filter(({ state }) => state === 'open');
  const rates = open.map(({ opening }) => mediaKbps(opening.forward?.media));
  return { kbps: rates.reduce<number>((sum, rate) => sum + (rate ?? 0), 0), whole: !rates.includes(null) };
}

/** G.711 and G.722 have one rate only. Null where the channel names none. */
function mediaKbps(media: ChannelMedia | undefined): number | null {
  if (media?.kind === 'audio') return Math.ceil((media.bitRate ?? 64_000) / 1000);
  if (media?.kind !== 'content' && media?.kind !== 'video') return 0;
  const video = media.kind === 'content' ? media.video[0] : media;
  return Math.ceil((video?.maxBitRate ?? 0) / 1000) || null;
}
