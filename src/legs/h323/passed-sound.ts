import type { RemoteMedia } from '../../media/h245-capabilities.js';
import { audioFormat } from '../../media/h245-formats.js';
import { isMixed, isPassed, PASSED_SOUNDS } from '../../media/passed-sound.js';
import type { PassedCodecName } from '../../media/vocabulary.js';
import type { FastStartProposal } from '../../protocol/h323/call/contract.js';
import type { CapabilitySet, ControlSession } from '../../protocol/h323/control/contract.js';
import { proposedChannel } from './fast-start.js';
import type { LineSlot } from './line-slot.js';

/** Codecs that are only passed on and that a caller proposes to send and to receive, so that it has them. */
export function passedIn(proposals: readonly FastStartProposal[]): PassedCodecName[] {
  const has = (name: PassedCodecName, direction: FastStartProposal['direction']): boolean =>
    proposals.some((one) => {
      const channel = one.direction === direction ? proposedChannel(one) : null;
      if (channel?.media.kind !== 'audio' || channel.encryption) return false;
      return audioFormat(channel.media)?.name === name && (direction === 'transmit' || channel.mediaChannel !== null);
    });
  return PASSED_SOUNDS.filter((name) => has(name, 'transmit') && has(name, 'receive'));
}

/** The codec that is only passed on in which a line's sound goes both ways; null where a way has another, undefined before both are open. */
export function passedOn(slot: LineSlot): PassedCodecName | null | undefined {
  const sent = slot.sending?.format.name;
  const received = slot.heard;
  for (const name of [sent, received]) if (name !== undefined && !isPassed(name)) return null;
  if (sent === undefined || received === undefined) return undefined;
  if (sent !== received) return null;
  return slot.sends && slot.hears && isPassed(sent) ? sent : undefined;
}

/**
 * Ends channels of codecs that are only passed on: ours at once, and the device is told that we do not take them any more
 * and asked to end its own.
 */
export function withdrawPassed(
  session: ControlSession,
  ours: () => CapabilitySet,
  remote: RemoteMedia | null,
  slot: LineSlot,
): void {
  // a device that does not have them sends none
  const none = remote?.offer.audio?.formats.every(isMixed) === true;
  if (!none) session.changeCapabilities(ours());
  const { sending, incoming, heard } = slot;
  if (incoming && heard && isPassed(heard)) incoming.requestClose();
  if (sending && isPassed(sending.format.name)) slot.replaceOut();
}
