import type { Abilities } from '../../media/negotiate.js';
import { chooseProposal, type Choice, type FastLineName } from '../../media/h245-fast-start.js';
import { bestSent } from '../../media/h245-formats.js';
import type { AcceptedProposal, FastStartProposal } from '../../protocol/h323/call/contract.js';
import { acceptProposal } from '../../protocol/h323/call/fast-start.js';
import { readOpening, writeAddress } from '../../protocol/h323/control/channel-values.js';
import type { ChannelAcceptance, ChannelParameters, ControlSession } from '../../protocol/h323/control/contract.js';
import type { OpenLogicalChannel } from '../../protocol/h323/h245/schema.js';
import type { FastOffer } from './fast-offer.js';
import type { LineSlot } from './line-slot.js';

/** The lines that fast start opens. */
export interface FastStartHost {
  slots: Readonly<Record<FastLineName, LineSlot>>;
  session: ControlSession;
  abilities: Abilities;
  /** What our Setup proposes, where it is ours. */
  offer: FastOffer | null;
  /** Whether the call is over. */
  closed(): boolean;
  /** A channel of this line is open. */
  adopted(name: FastLineName): void;
  /** No ports for it. */
  failed(name: FastLineName, error: unknown): void;
  /** Whatever was not opened may be opened by H.245 now. */
  decided(): void;
}

/** One proposal, with media as the direction in which it flows has it. */
interface Read {
  proposal: FastStartProposal;
  described: ChannelParameters;
}

const names = ['audio', 'video'] as const;

/**
 * Channels that were opened by fast start (H.323 §8.1.7), before H.245. They are channels of its session as any others
 * when it has begun; where the peer never begins it, they are all there is.
 */
export class FastStart {
  /** Proposals are not answered yet: no channel is opened in another way. */
  undecided = false;
  /** Something was opened. */
  taken = false;

  constructor(private readonly host: FastStartHost) {
    const { offer, slots } = host;
    if (!offer) return;
    this.undecided = true;
    for (const name of names) slots[name].line = offer.lines[name] ?? null;
  }

  /** As callee: takes one proposal for each line and direction. The channels for the answer; none refuses fast start. */
  async answer(proposals: readonly FastStartProposal[]): Promise<OpenLogicalChannel[]> {
    this.undecided = true;
    const channels: OpenLogicalChannel[] = [];
    for (const name of names) {
      try {
        channels.push(...(await this.answerLine(name, proposals)));
      } catch (error) {
        this.host.failed(name, error);
      }
    }
    this.decide();
    return channels;
  }

  /** As caller: what the callee took of our proposals. */
  accepted(accepted: readonly AcceptedProposal[]): void {
    for (const one of accepted) {
      const described = answered(one);
      const name = described && names.find((each) => each === described.media.kind);
      const way = one.direction === 'transmit' ? 'out' : 'in';
      const choice = described && name && this.choose(name, way, [{ proposal: one, described }]);
      if (!choice) continue;
      // some callees number what they receive on as well, which binds nobody
      const numbered = way === 'out' ? one.proposed : one.channel;
      this.adopt(name, way, choice, numbered.forwardLogicalChannelNumber);
    }
    this.decide();
  }

  private decide(): void {
    this.undecided = false;
    this.host.decided();
  }

  private async answerLine(name: FastLineName, proposals: readonly FastStartProposal[]): Promise<OpenLogicalChannel[]> {
    const channels: OpenLogicalChannel[] = [];
    for (const way of ['in', 'out'] as const) {
      const choice = this.choose(name, way, readAll(way === 'in' ? 'transmit' : 'receive', proposals));
      if (!choice) continue;
      const slot = this.host.slots[name];
      const { local } = await slot.ensure();
      if (this.host.closed()) {
        slot.close();
        return [];
      }
      const { proposal } = choice.proposal;
      // who sends numbers the channel; some callers give all that they propose to receive one number
      const number = way === 'in' ? proposal.channel.forwardLogicalChannelNumber : this.host.session.nextNumber;
      const { traversal } = slot;
      const { rtp, rtcp, information: taken } = traversal.acknowledgement(local);
      const information = way === 'in' ? taken : traversal.opening(local).information;
      if (!this.adopt(name, way, choice, number)) continue;
      const accepted = { ...proposal, channel: { ...proposal.channel, forwardLogicalChannelNumber: number } };
      const channel = acceptProposal(accepted, {
        mediaChannel: writeAddress(rtp),
        mediaControlChannel: writeAddress(rtcp),
      });
      // what the caller told so is its own
      channels.push({ ...channel, genericInformation: information.length > 0 ? information : undefined });
    }
    return channels;
  }

  private choose(name: FastLineName, way: 'in' | 'out', proposals: readonly Read[]): Choice<Read> | null {
    const who = way === 'out' ? 'we send' : 'peer sends';
    // nothing can be sent to nowhere
    const possible = proposals.filter(({ described }) => way === 'in' || described.mediaChannel !== null);
    return chooseProposal(
      this.host.abilities,
      name,
      who,
      possible.map((read) => ({ proposal: read, described: read.described })),
    );
  }

  /** False where the line has a channel already, or the number is another channel's. */
  private adopt(name: FastLineName, way: 'in' | 'out', { proposal, agreed }: Choice<Read>, number: number): boolean {
    const { session, slots } = this.host;
    const { described } = proposal;
    const slot = slots[name];
    const { genericInformation } = proposal.proposal.channel;
    const told = genericInformation ? { genericInformation } : {};
    const opening = { forward: described, reverse: null, ...told };
    const taken = session.channels.some((one) => one.direction === way && one.number === number);
    if (taken || (way === 'in' ? slot.incoming : slot.out)) return false;
    if (way === 'in') slot.receives(session.adopt('in', number, opening, nowhere), agreed);
    else {
      const format = bestSent(agreed.send);
      if (!format) return false;
      const { media, packetization, mediaChannel, mediaControlChannel } = described;
      const channel = session.adopt('out', number, opening, { mediaChannel, mediaControlChannel, ...told });
      slot.sendsOn(channel, { format, described: { media, packetization }, events: agreed.events.send });
    }
    this.taken = true;
    this.host.adopted(name);
    return true;
  }
}

/** Where we receive is in the answer itself. */
const nowhere: ChannelAcceptance = { mediaChannel: null, mediaControlChannel: null };

function readAll(direction: FastStartProposal['direction'], proposals: readonly FastStartProposal[]): Read[] {
  return proposals.flatMap((proposal) => {
    const described = proposal.direction === direction ? proposedChannel(proposal) : null;
    return described && !described.encryption ? [{ proposal, described }] : [];
  });
}

/** The callee's answer; what it leaves out is as we proposed it. */
function answered(one: AcceptedProposal): ChannelParameters | null {
  const answer = proposedChannel(one);
  const asked = proposedChannel({ ...one, channel: one.proposed });
  return (
    answer && {
      ...answer,
      payloadType: answer.payloadType ?? asked?.payloadType ?? null,
      packetization: answer.packetization ?? asked?.packetization ?? null,
    }
  );
}

/** What a proposal says of its media and where it goes; null where it cannot be read. */
export function proposedChannel({ direction, channel }: FastStartProposal): ChannelParameters | null {
  const reading = readOpening(channel);
  if (!reading.ok) return null;
  return direction === 'receive' ? reading.opening.reverse : reading.opening.forward;
}
