import type { Clock } from '../../../base/clock.js';
import type { Events } from '../../../base/events.js';
import type { Chance } from '../../../base/ids.js';
import type { Endpoint } from '../../../base/net.js';
import type { DTLSSecurityCapability, EncryptionSync, GenericInformation } from '../h245/schema.js';
import type { ModeDescription, MultimediaSystemControlMessage, OpenLogicalChannelReject } from '../h245/schema.js';
import type { NameOf } from '../../asn1/choice.js';
import type { ControlLink } from '../call/contract.js';
import type { CapabilitySet, ChannelMedia, Packetization } from './values.js';

export type * from './values.js';
export type { ControlLink, ModeDescription, MultimediaSystemControlMessage };

/** Who decides conflicts and numbers sessions. */
export type ControlRole = 'master' | 'slave';

/** H.235 of one channel: its algorithms, and key material as it is in the messages. */
export interface ChannelEncryption {
  /** Object identifiers, in order of preference. */
  algorithms: readonly string[];
}

/** One direction of a logical channel as its sender describes it. */
export interface ChannelParameters {
  media: ChannelMedia;
  /** 1 audio, 2 video, 3 data, more for others; 0 leaves it to the master. */
  sessionId: number;
  /** Goes together with this session (lip synchronisation). */
  associatedSessionId?: number;
  /** Where media is received; in an OLC only for the reverse direction and fast start. */
  mediaChannel: Endpoint | null;
  /** Where RTCP is received. */
  mediaControlChannel: Endpoint | null;
  /** 96-127; null for codecs with a number of their own. */
  payloadType: number | null;
  packetization: Packetization | null;
  silenceSuppression?: boolean;
  /** H.235 media (`h235Media`); null is in the plain. */
  encryption: ChannelEncryption | null;
}

/** An OpenLogicalChannel as a value. */
export interface ChannelOpening {
  /** null where the forward direction carries nothing (a fast start proposal to receive). */
  forward: ChannelParameters | null;
  /** Parameters of the other direction: a bidirectional channel, or a fast start proposal to receive. */
  reverse: ChannelParameters | null;
  /** Channel that this one takes the place of. */
  replacementFor?: number;
  encryptionSync?: EncryptionSync;
  /** H.460.19, H.239 role and the like, as they came. */
  genericInformation?: GenericInformation[];
}

/** How the receiving side takes a channel. */
export interface ChannelAcceptance {
  /** Where media and RTCP of the forward direction are to be sent. */
  mediaChannel: Endpoint | null;
  mediaControlChannel: Endpoint | null;
  /** Payload number, where it is not the one of the opening. */
  payloadType?: number;
  /** The sender shall not begin yet. */
  flowControlToZero?: boolean;
  /** Bidirectional: what the acceptor sends; its `mediaChannel` is null. */
  reverse?: ChannelParameters;
  encryptionSync?: EncryptionSync;
  genericInformation?: GenericInformation[];
  dtlsSecurityCapability?: DTLSSecurityCapability;
}

/** Causes of OpenLogicalChannelReject by their names. */
export type RejectCause = Exclude<NameOf<OpenLogicalChannelReject['cause']>, 'unknownAlternative'>;

/** A channel on which we send. The number space of each side is its own. */
export interface OutgoingChannel {
  readonly direction: 'out';
  readonly number: number;
  readonly state: 'opening' | 'open' | 'closing' | 'closed';
  readonly opening: ChannelOpening;
  /** Known for good once open: a slave's 0 is then the master's number. */
  readonly sessionId: number;
  /** What the peer answered; null before. Its `reverse` describes what the peer sends (bidirectional). */
  readonly acceptance: ChannelAcceptance | null;
  /** Number of the reverse direction (bidirectional), chosen by the peer. */
  readonly reverseNumber: number | null;
  /** CloseLogicalChannel; idempotent. */
  close(): void;
}

/** A channel on which the peer sends. */
export interface IncomingChannel {
  readonly direction: 'in';
  readonly number: number;
  /** `confirming`: taken, and the confirmation of a bidirectional channel is awaited. */
  readonly state: 'offered' | 'confirming' | 'open' | 'closed';
  readonly opening: ChannelOpening;
  /** The one of the opening, or the one that we as master gave it. */
  readonly sessionId: number;
  /** Number of the reverse direction (bidirectional), chosen by us. */
  readonly reverseNumber: number | null;
  /** Takes it. Once, while it is offered; later calls do nothing. */
  accept(acceptance: ChannelAcceptance): void;
  /** Refuses it. Once, while it is offered; later calls do nothing. */
  reject(cause: RejectCause): void;
  /** Asks the sender to close it (RequestChannelClose); idempotent. */
  requestClose(reason?: 'normal' | 'reopen'): void;
}

export type LogicalChannel = OutgoingChannel | IncomingChannel;

/** Why a channel is no more. */
export type CloseCause =
  | 'us' // we closed it
  | 'peer' // its sender closed it
  | 'asked' // its receiver asked us to, and we did
  | 'reopened' // the peer opened its number again
  | 'timeout' // no answer
  | 'paused' // the peer sent an empty capability set
  | 'ended'; // the session ended

/** Somebody has to answer; after `answerWithin` of the timers the machine refuses by itself. */
export interface Answerable {
  accept(): void;
  reject(): void;
}

/** A request for the presentation token of H.239. */
export interface TokenAsked extends Answerable {
  /** Channel number that the peer will present on. */
  channel: number;
  /** 0 or mcu << 8 | terminal. */
  label: number;
  /** We hold the token; accepting closes our content channels, releases and then answers. */
  weHold: boolean;
}

/** Mode request of the peer: what it would like to receive, best first. */
export interface ModeAsked {
  modes: readonly ModeDescription[];
  accept(which: 'mostPreferred' | 'lessPreferred'): void;
  reject(cause: 'modeUnavailable' | 'multipointConstraint' | 'requestDenied'): void;
}

/** Product of the peer, as far as it said so in H.245. */
export interface ControlVendor {
  /** `country/extension/manufacturer` of H.221, or an object identifier. */
  vendor: string;
  product: string;
  version: string;
}

/** Procedures that a timer of Annex C ended. */
export type TimedOut =
  | 'capabilities' // T101
  | 'determination' // T106
  | 'channel' // T103
  | 'closeRequest' // T108
  | 'mode' // T109
  | 'roundTrip' // T105
  | 'confirmation' // T103 of a bidirectional channel
  | 'token';

/** Raised by a control session. */
export interface ControlSessionEvents {
  /** The peer's set, whole, or null for the empty one: it wants to receive nothing, our channels are closed. */
  remoteCapabilities: CapabilitySet | null;
  /** The peer took our set (the newest one). */
  capabilitiesAccepted: undefined;
  /** The peer refused our set. */
  capabilitiesRefused: { cause: string };
  /** Master or slave; again where it was determined anew with another result. */
  role: ControlRole;
  /** Once: both sets are known, ours is accepted and the role is decided. Channels may be opened before. */
  ready: undefined;
  /** The peer wants to send: accept or reject it, now or within the time of `answerWithin`. */
  channelOffered: { channel: IncomingChannel };
  channelOpened: { channel: LogicalChannel };
  /**
   * The peer refused a channel of ours. `conflictsWith` is what the peer itself opened for the same session where the cause
   * is masterSlaveConflict: a slave opens again by that.
   */
  channelRefused: { channel: OutgoingChannel; cause: RejectCause; conflictsWith: IncomingChannel | null };
  /** An offered or open channel ended. `reopen`: the peer wants it opened again. */
  channelClosed: { channel: LogicalChannel; cause: CloseCause; reopen: boolean };
  /** Bit/s that we may send on one of our channels, or on all together (null); null lifts it, 0 means none. */
  flowControl: { channel: OutgoingChannel | null; bps: number | null };
  /** The peer needs a keyframe on a channel of ours; at most once a second each. */
  fastUpdate: { channel: OutgoingChannel };
  /** The sender says that its channel carries nothing useful now, or does again. */
  muted: { channel: IncomingChannel; muted: boolean };
  /** videoTemporalSpatialTradeOff, 0 resolution .. 31 motion, for what we send. */
  tradeOff: { channel: OutgoingChannel; value: number };
  /** Keys or text. `text` is one key of `0-9*#A-D!` for signals; `durationMs` null is not told. */
  userInput: { form: 'alphanumeric' | 'signal'; text: string; durationMs: number | null };
  /** The last signal is longer than was told. */
  userInputUpdate: { durationMs: number };
  modeAsked: ModeAsked;
  modeAnswered: { accepted: boolean; why: string };
  /** null is a lost answer, `lost` how many in a row. */
  roundTrip: { ms: number | null; lost: number };
  /** The peer is in, or is, a multipoint conference. */
  conference: { active: boolean };
  vendor: ControlVendor;
  /** Messages of H.235 key updates on a channel, as they came (H.235.6). */
  encryption: { pdu: MultimediaSystemControlMessage };
  /** The peer wants to present. */
  tokenAsked: TokenAsked;
  /** An ask that was not answered yet is void: it released, or a collision decided. */
  tokenAskWithdrawn: undefined;
  /** Whom this call regards as holder of the token changed. */
  tokenHolder: { holder: TokenHolder; why: TokenWhy };
  /** We did not get the token. */
  tokenRefused: { why: 'rejected' | 'timeout' };
  /** H.239: the peer would like to send more on its channel. */
  rateAsked: Answerable & { channel: IncomingChannel; bps: number };
  rateAnswered: { channel: number; accepted: boolean };
  /** A procedure ended without an answer. `fatal`: the call cannot have media without it. */
  timedOut: { what: TimedOut; fatal: boolean };
  /** Something the peer does by its own rules; for logs and metrics. */
  quirk: { label: string };
  /** Once, last: nothing runs any more. */
  ended: { by: 'us' | 'peer' | 'link'; why: string };
}

/** Who presents, as one call sees it. */
export type TokenHolder = 'us' | 'peer' | null;
export type TokenWhy =
  | 'granted' // the holder asked and the other side acknowledged
  | 'released' // the holder let it go
  | 'indicated' // the master said so
  | 'yielded'; // we gave it up for the peer

/** The token of H.239 in one call. Who presents in the room is decided above. */
export interface TokenSession {
  readonly holder: TokenHolder;
  /** Our request is under way. */
  readonly asking: boolean;
  /**
   * Asks for the token, for content on a channel of ours that is open already or will be next. A peer that holds it shall
   * stop. Ends in `tokenHolder` us or in `tokenRefused`; idempotent.
   */
  take(): void;
  /** Lets it go, or stops asking; closes our content channels. Idempotent. */
  release(): void;
  /**
   * Takes it from the peer, step by step: asks for the token; where that is refused or not answered asks for the peer's
   * content channels to be closed, and where that is refused too allows them no bit. Then nobody holds it.
   */
  revoke(): void;
  /** Tells again who the owner is. */
  indicate(): void;
}

/** H.245 of one call. */
export interface ControlSession {
  readonly on: Events<ControlSessionEvents>;
  readonly role: ControlRole | null;
  /** The peer's set; null before it came and while it is empty. */
  readonly remote: CapabilitySet | null;
  /** The peer sent an empty set and wants to receive nothing until it sends another. */
  readonly paused: boolean;
  readonly channels: readonly LogicalChannel[];
  readonly token: TokenSession;
  readonly state: 'new' | 'running' | 'ending' | 'ended';
  /** Sends our set and begins the determination; what the peer sent before is answered. Once. */
  start(ours: CapabilitySet): void;
  /** A changed set; null is the empty one: the peer shall stop sending. */
  changeCapabilities(ours: CapabilitySet | null): void;
  /**
   * Opens a channel. A `sessionId` of 0 is replaced by the number that this kind of media has in the call, or by ours where
   * we are master. Null while the peer's set is empty, before `start` and after the end.
   */
  open(opening: ChannelOpening): OutgoingChannel | null;
  /** The number that the next `open` will use: H.239 names it before. */
  readonly nextNumber: number;
  /** A channel that fast start has opened. */
  adopt(direction: 'out', number: number, opening: ChannelOpening, acceptance: ChannelAcceptance): OutgoingChannel;
  adopt(direction: 'in', number: number, opening: ChannelOpening, acceptance: ChannelAcceptance): IncomingChannel;
  /** Allows the peer so many bit/s on one channel, or on all together (null); null lifts it. The same is not told twice. */
  limit(channel: IncomingChannel | null, bps: number | null): void;
  /** Asks for a keyframe. */
  requestFastUpdate(channel: IncomingChannel): void;
  /** Says that a channel of ours carries nothing useful, or does again. */
  mute(channel: OutgoingChannel, muted: boolean): void;
  /** Presses a key of `0-9*#A-D!` in the best form that the peer takes; false where it takes none. */
  press(key: string, durationMs: number | null): boolean;
  /** Asks the peer to send by one of these modes. */
  requestMode(modes: ModeDescription[]): void;
  /** H.239: asks to be allowed this rate on a content channel of ours. */
  requestRate(channel: OutgoingChannel, bps: number): void;
  /** Measures the round trip. */
  measure(): void;
  /** Tells the peer that it is in a conference of several, or no more. */
  tellConference(active: boolean): void;
  /** A message that the session does not make itself (H.235 key updates, indications). */
  send(pdu: MultimediaSystemControlMessage): void;
  /** EndSessionCommand; `ended` comes with the peer's own, at the latest after the time of `endSession`. Idempotent. */
  end(): void;
}

/** Settings of a control session; `createControlSession` of session.ts makes one. */
export interface ControlSessionOptions {
  link: ControlLink;
  clock: Clock;
  chance: Chance;
  /** Of H.245 table 3; 190 is an MCU that mixes audio and video, and so master of every device. */
  terminalType?: number;
  /** First number of our channels. */
  firstChannel?: number;
  /** Milliseconds between measurements of the round trip; 0 never. */
  roundTripEvery?: number;
}
