import type { AcceptedProposal, FastStartProposal } from '../../../src/protocol/h323/call/contract.js';
import { acceptProposal } from '../../../src/protocol/h323/call/fast-start.js';
import { readOpening, writeAddress, writeOpening } from '../../../src/protocol/h323/control/channel-values.js';
import type { ChannelOpening, ChannelParameters } from '../../../src/protocol/h323/control/contract.js';
import type { OpenLogicalChannel } from '../../../src/protocol/h323/h245/schema.js';
import type { FullOptions } from '../options.js';
import type { Device } from './devices.js';
import type { H323Lines } from './lines.js';
import { lineOf, picturesOn, sound, type LineName, type Places } from './media.js';

/** Proposals of a caller: each codec both ways, on the ports of its line (H.323 §8.1.7.1). */
export function proposalsOf(device: Device, at: Places, options: FullOptions): OpenLogicalChannel[] {
  const codecs: [LineName, Pick<ChannelParameters, 'media' | 'payloadType' | 'packetization'>][] = [
    ...device.audio.map((codec) => ['audio', sound(codec)] as [LineName, ReturnType<typeof sound>]),
    ...(device.video ? device.modes : []).map(
      (mode) => ['video', picturesOn('video', mode, options)] as [LineName, ReturnType<typeof picturesOn>],
    ),
  ];
  return codecs
    .flatMap(([line, sent]) => {
      const { media, control } = at(line);
      const common = { ...sent, sessionId: line === 'audio' ? 1 : 2, mediaControlChannel: control, encryption: null };
      const transmit: ChannelOpening = { forward: { ...common, mediaChannel: null }, reverse: null };
      const receive: ChannelOpening = { forward: null, reverse: { ...common, mediaChannel: media } };
      return [transmit, receive];
    })
    .map((opening, index) => writeOpening(index + 1, opening));
}

/** As callee: takes the first proposal of each session and direction; the channels of the answer. */
export function takeProposals(
  proposals: readonly FastStartProposal[],
  device: Device,
  lines: H323Lines,
): OpenLogicalChannel[] {
  const taken = new Set<string>();
  return proposals.flatMap((proposal) => {
    const opening = openingOf(proposal);
    const line = opening?.forward && lineOf(opening.forward.media, device);
    const key = `${proposal.sessionID} ${proposal.direction}`;
    if (!opening || !line || taken.has(key)) return [];
    taken.add(key);
    const { media, control } = lines.at(line);
    // media goes as the caller proposed it
    const number = proposal.channel.forwardLogicalChannelNumber;
    const { mediaChannel, mediaControlChannel } = opening.forward ?? {};
    if (proposal.direction === 'transmit')
      lines.adopt('in', number, opening, { mediaChannel: media, mediaControlChannel: control });
    else
      lines.adopt('out', number, opening, {
        mediaChannel: mediaChannel ?? null,
        mediaControlChannel: mediaControlChannel ?? null,
      });
    return [
      acceptProposal(proposal, { mediaChannel: writeAddress(media), mediaControlChannel: writeAddress(control) }),
    ];
  });
}

/** As caller: the channels that the callee took are open. */
export function adoptAnswers(accepted: readonly AcceptedProposal[], lines: H323Lines): void {
  for (const answer of accepted) {
    const opening = openingOf(answer);
    if (!opening?.forward) continue;
    const { mediaChannel, mediaControlChannel } = opening.forward;
    const own = answer.proposed.forwardLogicalChannelNumber;
    if (answer.direction === 'transmit') lines.adopt('out', own, opening, { mediaChannel, mediaControlChannel });
    else lines.adopt('in', answer.channel.forwardLogicalChannelNumber, opening, { mediaChannel, mediaControlChannel });
  }
}

/** A proposal as its sender of media would have opened the channel. */
function openingOf({ direction, channel }: FastStartProposal): ChannelOpening | null {
  const reading = readOpening(channel);
  if (!reading.ok) return null;
  const { forward, reverse } = reading.opening;
  return { forward: direction === 'transmit' ? forward : reverse, reverse: null };
}
