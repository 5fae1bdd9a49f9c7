import type {
  CloseLogicalChannel,
  OpenLogicalChannel,
  RequestChannelClose,
  RequestMessage,
  ResponseMessage,
} from '../h245/schema.js';
import { mediaOf, readOpening } from './channel-values.js';
import type {
  ChannelAcceptance,
  ChannelOpening,
  CloseCause,
  ControlRole,
  LogicalChannel,
  RejectCause,
  TimedOut,
} from './contract.js';
import { Incoming, type IncomingSink } from './incoming-channel.js';
import { Outgoing, type OutgoingSink } from './outgoing-channel.js';
import { Sessions } from './sessions.js';
import type { ChannelMedia } from './values.js';
import type { Wire } from './wire.js';

/** Channels that a peer may have at once: more than this is no conference. */
const mostIncoming = 32;
const lastNumber = 65_535;

/** What the channels of a call tell. */
export interface ChannelsSink {
  role(): ControlRole | null;
  offered(channel: Incoming): void;
  opened(channel: LogicalChannel): void;
  refused(channel: Outgoing, cause: RejectCause, conflictsWith: Incoming | null): void;
  closed(channel: LogicalChannel, cause: CloseCause, reopen: boolean): void;
  closeRefused(channel: Incoming): void;
  timedOut(what: TimedOut): void;
  quirk(label: string): void;
}

/** All logical channels of a call, by the numbers of their openers. */
export class Channels {
  private readonly outgoing = new Map<number, Outgoing>();
  private readonly incoming = new Map<number, Incoming>();
  private readonly sessions = new Sessions();
  private cursor: number;
  /** Some were opened by fast start. */
  adopted = false;

  constructor(
    private readonly wire: Wire,
    firstNumber: number,
    private readonly sink: ChannelsSink,
  ) {
    this.cursor = firstNumber;
  }

  /** Those that are offered, opening or open. */
  get all(): LogicalChannel[] {
    const ours = [...this.outgoing.values()].filter(({ state }) => state !== 'closing');
    return [...ours, ...this.incoming.values()];
  }

  /** The number that the next channel of ours gets. */
  get nextNumber(): number {
    const taken = new Set([...this.outgoing.keys()]);
    for (const { reverseNumber } of this.incoming.values()) if (reverseNumber !== null) taken.add(reverseNumber);
    let number = this.cursor;
    while (taken.has(number)) number = number === lastNumber ? 1 : number + 1;
    return number;
  }

  /** A channel of ours that carries, or will. */
  sending(number: number): Outgoing | null {
    const channel = this.outgoing.get(number);
    return channel && channel.state !== 'closing' ? channel : null;
  }

  receiving(number: number): Incoming | null {
    return this.incoming.get(number) ?? null;
  }

  /** @throws RangeError for media that has only a name */
  open(opening: ChannelOpening): Outgoing {
    const told = opening.forward?.sessionId ?? opening.reverse?.sessionId ?? 0;
    const sessionId = told > 0 ? told : this.sessions.forOpening(mediaOf(opening), this.sink.role());
    const channel = new Outgoing(this.takeNumber(), opening, sessionId, this.wire, this.outgoingSink);
    this.outgoing.set(channel.number, channel);
    try {
      channel.open();
    } catch (error) {
      this.outgoing.delete(channel.number);
      throw error;
    }
    return channel;
  }

  adoptOutgoing(number: number, opening: ChannelOpening, acceptance: ChannelAcceptance): Outgoing {
    const sessionId = opening.forward?.sessionId ?? 0;
    if (number === this.nextNumber) this.takeNumber();
    const channel = new Outgoing(number, opening, sessionId, this.wire, this.outgoingSink);
    channel.adopt(acceptance);
    this.adopted = true;
    this.outgoing.set(number, channel);
    return channel;
  }

  adoptIncoming(number: number, opening: ChannelOpening, acceptance: ChannelAcceptance): Incoming {
    const sessionId = (opening.forward ?? opening.reverse)?.sessionId ?? 0;
    const channel = new Incoming(number, opening, sessionId, this.wire, this.incomingSink);
    channel.adopt(acceptance);
    this.adopted = true;
    this.incoming.set(number, channel);
    return channel;
  }

  /** True when the request was about channels. */
  onRequest(request: RequestMessage): boolean {
    if (request.openLogicalChannel) this.onOpen(request.openLogicalChannel);
    else if (request.closeLogicalChannel) this.onClose(request.closeLogicalChannel);
    else if (request.requestChannelClose) this.onCloseRequest(request.requestChannelClose);
    else return false;
    return true;
  }

  /** True when the response was about channels. What answers nothing is left alone: a timer closed it. */
  onResponse(response: ResponseMessage): boolean {
    const { openLogicalChannelAck, openLogicalChannelReject, closeLogicalChannelAck } = response;
    const { requestChannelCloseAck, requestChannelCloseReject } = response;
    if (openLogicalChannelAck) {
      this.outgoing.get(openLogicalChannelAck.forwardLogicalChannelNumber)?.onAck(openLogicalChannelAck);
    } else if (openLogicalChannelReject) {
      this.outgoing.get(openLogicalChannelReject.forwardLogicalChannelNumber)?.onReject(openLogicalChannelReject);
    } else if (closeLogicalChannelAck) {
      this.outgoing.get(closeLogicalChannelAck.forwardLogicalChannelNumber)?.onCloseAck(closeLogicalChannelAck);
    } else if (requestChannelCloseAck) {
      this.incoming.get(requestChannelCloseAck.forwardLogicalChannelNumber)?.onCloseRequestAck();
    } else if (requestChannelCloseReject) {
      const { forwardLogicalChannelNumber } = requestChannelCloseReject;
      this.incoming.get(forwardLogicalChannelNumber)?.onCloseRequestReject(requestChannelCloseReject);
    } else return false;
    return true;
  }

  onConfirm(number: number): void {
    this.incoming.get(number)?.onConfirm();
  }

  /** Closes all channels on which we send: the peer takes nothing for now. */
  pause(): void {
    for (const channel of [...this.outgoing.values()]) channel.closeFor('paused');
  }

  /** The session ended. */
  drop(): void {
    for (const channel of [...this.outgoing.values()]) channel.drop();
    for (const channel of [...this.incoming.values()]) channel.close('ended');
  }

  private onOpen(message: OpenLogicalChannel): void {
    const { forwardLogicalChannelNumber: number } = message;
    // H.245 §C.4: an opening of a number that is open closes the old channel.
    this.incoming.get(number)?.close('reopened');
    const reading = readOpening(message);
    if (!reading.ok) return this.refuse(number, reading.cause);
    const { opening } = reading;
    const media = mediaOf(opening);
    // One that only goes the other way is for fast start.
    if (media.kind === 'other' || !opening.forward) return this.refuse(number, 'dataTypeNotSupported');
    if (this.incoming.size >= mostIncoming) return this.refuse(number, 'dataTypeNotAvailable');
    if (opening.reverse && this.conflicts(media)) return this.refuse(number, 'masterSlaveConflict');
    const sessionId = this.sessionOf(opening, media);
    if (sessionId === null) return this.refuse(number, 'invalidSessionID');
    const channel = new Incoming(number, opening, sessionId, this.wire, this.incomingSink);
    this.incoming.set(number, channel);
    channel.offer();
    this.sink.offered(channel);
  }

  private sessionOf(opening: ChannelOpening, media: ChannelMedia): number | null {
    const told = (opening.forward ?? opening.reverse)?.sessionId ?? 0;
    if (told === 0) return this.sessions.forOffer(media, this.sink.role());
    if (this.sink.role() === 'slave') this.sessions.learn(media, told);
    return told;
  }

  /** Both opened a bidirectional channel for the same purpose: the master's stays (H.245 §C.4.1.3). */
  private conflicts(media: ChannelMedia): boolean {
    if (this.sink.role() !== 'master') return false;
    return [...this.outgoing.values()].some(
      (ours) => ours.bidirectional && ours.media.kind === media.kind && ours.state !== 'closing',
    );
  }

  private refuse(number: number, cause: RejectCause): void {
    const channel = new Incoming(number, { forward: null, reverse: null }, 0, this.wire, this.incomingSink);
    channel.reject(cause);
    this.sink.quirk(`channel_refused_${cause}`);
  }

  /** Acknowledged in every state: the peer has it closed. */
  private onClose({ forwardLogicalChannelNumber }: CloseLogicalChannel): void {
    this.wire.respond({ closeLogicalChannelAck: { forwardLogicalChannelNumber } });
    this.incoming.get(forwardLogicalChannelNumber)?.close('peer');
  }

  private onCloseRequest({ forwardLogicalChannelNumber, reason }: RequestChannelClose): void {
    const channel = this.sending(forwardLogicalChannelNumber);
    if (channel === null) {
      this.wire.respond({ requestChannelCloseReject: { forwardLogicalChannelNumber, cause: { unspecified: true } } });
      return;
    }
    this.wire.respond({ requestChannelCloseAck: { forwardLogicalChannelNumber } });
    this.reopening = reason?.reopen === true;
    channel.closeFor('asked');
    this.reopening = false;
  }

  /** While a channel closes: the peer wants it opened again. */
  private reopening = false;

  private takeNumber(): number {
    const number = this.nextNumber;
    this.cursor = number === lastNumber ? 1 : number + 1;
    return number;
  }

  /** What the peer opened for the same kind of media. */
  private counterpart(channel: Outgoing): Incoming | null {
    const { kind } = channel.media;
    return [...this.incoming.values()].findLast(({ media }) => media.kind === kind) ?? null;
  }

  private readonly outgoingSink: OutgoingSink = {
    opened: (channel) => {
      if (this.sink.role() !== 'master') this.sessions.learn(channel.media, channel.sessionId);
      this.sink.opened(channel);
    },
    refused: (channel, cause) =>
      this.sink.refused(channel, cause, cause === 'masterSlaveConflict' ? this.counterpart(channel) : null),
    closed: (channel, cause) => this.sink.closed(channel, cause, this.reopening),
    released: ({ number }) => void this.outgoing.delete(number),
    timedOut: () => this.sink.timedOut('channel'),
    quirk: (label) => this.sink.quirk(label),
  };

  private readonly incomingSink: IncomingSink = {
    opened: (channel) => this.sink.opened(channel),
    closed: (channel, cause) => this.sink.closed(channel, cause, false),
    released: (channel) => {
      if (this.incoming.get(channel.number) === channel) this.incoming.delete(channel.number);
    },
    reverseNumber: () => this.takeNumber(),
    timedOut: (what) => this.sink.timedOut(what),
    closeRefused: (channel) => this.sink.closeRefused(channel),
    quirk: (label) => this.sink.quirk(label),
  };
}
