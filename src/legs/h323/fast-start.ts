import type { Abilities } from '../../media/negotiate.js';
import { chooseProposal, type Choice, type FastLineName } from '../../media/h245-fast-start.js';
import { bestSent } from '../../media/h245-formats.js';
import type { AcceptedProposal, FastStartProposal } from '../../protocol/h323/call/contract.js';
import { acceptProposal } from '../../protocol/h323/call/fast-start.js';
import { readOpening, writeAddress } from '../../protocol/h323/control/channel-values.js';
import type { ChannelAcceptance, ChannelParameters, ControlSession } from '../../protocol/h323/control/contract.js';
import type { OpenLogicalChannel } from '../../protocol/h323/h245/schema.js';
import type { ChannelKeys, Sealing, Taken } from './channel-keys.js';
import { sealedChannel, worthToCallee, worthToCaller } from './fast-keys.js';
import type { FastOffer } from './fast-offer.js';
import type { LineSlot } from './line-slot.js';

/** The lines that fast start opens. */
export interface FastStartHost {
  slots: Readonly<Record<FastLineName, LineSlot>>;
  session: ControlSession;
  abilities: Abilities;
  keys: ChannelKeys;
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
  /** How it is encrypted; null for plain. */
  sealing: Sealing | null;
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
  /** The callee has decided. */
  private heard = false;
  /** Encrypted channels of an answer whose keys are still to come. */
  private held: AcceptedProposal[] = [];

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
    this.heard = true;
    for (const one of accepted) this.take(one);
    this.settle();
  }

  /** Keys were agreed on, or there are none. */
  keyed(): void {
    for (const one of this.held.splice(0)) this.take(one);
    this.settle();
  }

  private settle(): void {
    if (this.undecided && this.heard && this.held.length === 0) this.decide();
  }

  private take(one: AcceptedProposal): void {
    const { keys } = this.host;
    const described = answered(one);
    if (described?.encryption && keys.undecided) return void this.held.push(one);
    const name = described && names.find((each) => each === described.media.kind);
    const worth = described && worthToCaller(keys, described, one.channel);
    const way = one.direction === 'transmit' ? 'out' : 'in';
    const choice = worth && name && this.choose(name, way, [{ proposal: one, described, ...worth }]);
    if (!choice) return;
    // some callees number what they receive on as well, which binds nobody
    const numbered = way === 'out' ? one.proposed : one.channel;
    this.adopt(name, way, choice, numbered.forwardLogicalChannelNumber);
  }

  private decide(): void {
    this.undecided = false;
    this.host.decided();
  }

  private async answerLine(name: FastLineName, proposals: readonly FastStartProposal[]): Promise<OpenLogicalChannel[]> {
    const channels: OpenLogicalChannel[] = [];
    for (const way of ['in', 'out'] as const) {
      const choice = this.choose(name, way, this.readAll(way === 'in' ? 'transmit' : 'receive', proposals));
      if (!choice) continue;
      const slot = this.host.slots[name];
      const { local } = await slot.ensure();
      if (this.host.closed()) {
        slot.close();
        return [];
      }
      const { proposal, sealing } = choice.proposal;
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
      const told = { ...channel, genericInformation: information.length > 0 ? information : undefined };
      channels.push(sealedChannel(told, sealing));
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

  private readAll(direction: FastStartProposal['direction'], proposals: readonly FastStartProposal[]): Read[] {
    return proposals.flatMap((proposal) => {
      const described = proposal.direction === direction ? proposedChannel(proposal) : null;
      const worth = described && worthToCallee(this.host.keys, described);
      return worth ? [{ proposal, described, ...worth }] : [];
    });
  }

  /** False where the line has a channel already, or the number is another channel's. */
  private adopt(name: FastLineName, way: 'in' | 'out', { proposal, agreed }: Choice<Read>, number: number): boolean {
    const { session, slots } = this.host;
    const { described, sealing } = proposal;
    const slot = slots[name];
    const { genericInformation } = proposal.proposal.channel;
    const told = genericInformation ? { genericInformation } : {};
    const opening = { forward: described, reverse: null, ...told };
    const taken = session.channels.some((one) => one.direction === way && one.number === number);
    if (taken || (way === 'in' ? slot.incoming : slot.out)) return false;
    const format = way === 'out' ? bestSent(agreed.send) : null;
    if (way === 'out' && !format) return false;
    const { media, packetization, mediaChannel, mediaControlChannel } = described;
    if (way === 'in') slot.receives(session.adopt('in', number, opening, nowhere), agreed, takenBy(sealing));
    else if (format) {
      const channel = session.adopt('out', number, opening, { mediaChannel, mediaControlChannel, ...told });
      slot.sendsOn(channel, { format, described: { media, packetization }, events: agreed.events.send }, sealing);
    }
    this.taken = true;
    this.host.adopted(name);
    return true;
  }
}

function takenBy(sealing: Sealing | null): Taken {
  return { seal: sealing?.seal ?? null, key: sealing?.made?.key ?? null, told: {} };
}

/** Where we receive is in the answer itself. */
const nowhere: ChannelAcceptance = { mediaChannel: null, mediaControlChannel: null };

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
