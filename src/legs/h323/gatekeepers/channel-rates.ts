import type { ChannelMedia, LogicalChannel } from '../../../protocol/h323/control/contract.js';

/** What the open channels of a call may carry together, both directions, kbit/s. */
export function kbpsOf(channels: readonly LogicalChannel[]): number {
  const open = channels.filter(({ state }) => state === 'open');
  return open.reduce((sum, { opening }) => sum + mediaKbps(opening.forward?.media), 0);
}

/** G.711 and G.722 have one rate only. */
function mediaKbps(media: ChannelMedia | undefined): number {
  if (media?.kind === 'audio') return Math.ceil((media.bitRate ?? 64_000) / 1000);
  const [video] = media?.kind === 'content' ? media.video : media?.kind === 'video' ? [media] : [];
  return Math.ceil((video?.maxBitRate ?? 0) / 1000);
}
