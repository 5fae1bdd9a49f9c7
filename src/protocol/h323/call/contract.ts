import type { DualstreamError } from '../../../base/errors.js';
import type { Disposable } from '../../../base/disposables.js';
import type { Events } from '../../../base/events.js';
import type { Endpoint } from '../../../base/net.js';
import type {
  AliasAddress,
  EndpointType,
  Facility_UUIE,
  FeatureSet,
  ReleaseCompleteReason,
  Setup_UUIE,
} from '../h225/schema.js';
import type { ClearToken } from '../h235/schema.js';
import type { NameOf } from '../../asn1/choice.js';
import type { MultimediaSystemControlMessage, OpenLogicalChannel } from '../h245/schema.js';

/** Where H.245 is: not begun, usable, or gone for good. */
export type ControlState = 'waiting' | 'open' | 'closed';

/** Why H.245 of a call cannot be used any more. */
export type ControlEnd =
  /** The call is over. */
  | 'released'
  /** The H.245 connection was lost; unless the call was ended by then, it is released a little later. */
  | 'lost'
  /** There was no H.245 connection in time, or the peer says that it has none: only what fast start opened remains. */
  | 'unavailable';

export interface ControlLinkEvents {
  /** It can be used: begin with TerminalCapabilitySet and MasterSlaveDetermination now. At most once. */
  open: undefined;
  /** A message of the peer, in the order of sending. What came before anybody listened is kept. */
  pdu: MultimediaSystemControlMessage;
  /** Octets that are no message; they were counted. */
  fault: { octets: Buffer; fault: DualstreamError };
  /** Once, last. */
  closed: ControlEnd;
}

/**
 * H.245 of one call, whatever way it goes: tunnelled in call signalling, on a connection of its own, or first one and
 * then the other. Messages arrive in order; what is sent in one go leaves in one packet where it is tunnelled.
 */
export interface ControlLink {
  readonly state: ControlState;
  /** The way it goes, null while `waiting`. */
  readonly way: 'tunnelled' | 'separate' | null;
  /** Addresses of the H.245 connection; null when tunnelled. Devices may use others than for call signalling. */
  readonly path: { local: Endpoint; remote: Endpoint } | null;
  readonly on: Events<ControlLinkEvents>;
  /** Sends a message; kept while `waiting`, dropped when `closed`. */
  send(pdu: MultimediaSystemControlMessage): void;
}

export type CallRole = 'caller' | 'callee';

/**
 * States of a call:
 *
 * ```
 * caller: connecting ─Setup→ initiated ─CallProceeding→ proceeding ─Alerting→ alerting ─Connect→ active ─→ released
 * callee:        Setup→ present ─CallProceeding→ proceeding ─Alerting→ alerting ─Connect→ active ─→ released
 * ```
 *
 * Each may be left out; every one leads to `released`.
 */
export type CallState = 'connecting' | 'initiated' | 'present' | 'proceeding' | 'alerting' | 'active' | 'released';

/** What a peer has told of itself, the last word of each. */
export interface PeerFacts {
  /** Aliases: of the Setup's source, or the connected, alerting or busy address of who answered. */
  aliases: readonly AliasAddress[];
  /** Display element or displayName; '' without one. */
  display: string;
  /** Digits of the calling or connected party number; '' without one. */
  number: string;
  /** Vendor and kind. */
  endpointType: EndpointType | null;
  /** Version of H.225.0 it speaks; 0 before it has spoken. */
  version: number;
  /** H.235 tokens of its last message that had some. */
  tokens: readonly ClearToken[];
  /** H.460 features it named; null where it named none. */
  features: FeatureSet | null;
  /** It wants its number and name not to be shown (H.225.0 presentationIndicator, Q.931 octet 3a). */
  hidden: boolean;
}

/** Whom the caller wants. */
export interface Called {
  /** destinationAddress; empty when the caller only dialled our address. */
  aliases: readonly AliasAddress[];
  /** Digits of the called party number; '' without one. */
  number: string;
  /** remoteExtensionAddress: whom to call behind the destination. */
  extension: AliasAddress | null;
}

/** A proposal of fast start, seen from the caller (H.323 §8.1.7). */
export interface FastStartProposal {
  /** `transmit`: the caller sends. `receive`: the callee does. */
  direction: 'transmit' | 'receive';
  /** 1 audio, 2 video, ... */
  sessionID: number;
  channel: OpenLogicalChannel;
}

/** A proposal of ours and the callee's answer to it, which is `channel`. */
export interface AcceptedProposal extends FastStartProposal {
  /** As we made it; its channel number may be another one than in the answer. */
  proposed: OpenLogicalChannel;
}

/** Why and by whom a call was ended. */
export interface Release {
  by: 'us' | 'peer' | 'timer' | 'connection';
  /** Cause of Q.850, made of the reason where the peer gave none. */
  cause: number;
  /** As given by the peer or by us. */
  reason: ReleaseReason;
  /** What happened, for operators. */
  why: string;
  /** The peer wanted the call to go elsewhere instead (Facility callForwarded, routeCallToMC, ...). */
  forwardedTo?: Reroute | undefined;
}

/** Names of ReleaseCompleteReason; `null` where a peer gave none. */
export type ReleaseReason = NameOf<ReleaseCompleteReason> | null;

/** Where a peer wants a call to go. */
export interface Reroute {
  address: Endpoint | null;
  aliases: readonly AliasAddress[];
}

export interface CallEvents {
  /** The peer answers to a call of ours. */
  proceeding: undefined;
  alerting: undefined;
  /** `inBand`: there is something to hear. */
  progress: { inBand: boolean };
  /** Connect came or went. */
  connected: undefined;
  /** The callee took these proposals of ours; an empty list refuses fast start. Once, at `connected` at the latest. */
  fastStart: readonly AcceptedProposal[];
  /** Digits of an Information message. */
  keypad: string;
  /** The peer's facts changed: a Notify, or a name that came with another message. */
  facts: PeerFacts;
  /** The peer held (true) or retrieved the call by Notify. */
  held: boolean;
  /** A Facility with something we do not do ourselves; H.450 as octets. */
  facility: { facility: Facility_UUIE | null; h4501: readonly Buffer[] };
  /** Once, last. */
  released: Release;
}

/** What may go with an answer of ours. */
export interface AnswerDetails {
  /** The proposals that are taken, made by `acceptProposal`; an empty list refuses fast start. Left out: decided later. */
  fastStart?: readonly OpenLogicalChannel[] | undefined;
  display?: string | undefined;
  /** Who answers. */
  aliases?: readonly AliasAddress[] | undefined;
  tokens?: readonly ClearToken[] | undefined;
  features?: FeatureSet | undefined;
}

/** What a call is ended with: a cause, a reason, or both. Neither is a normal end. */
export interface ReleaseRequest {
  cause?: number | undefined;
  reason?: Exclude<ReleaseReason, null> | undefined;
  /** For operators. */
  why?: string | undefined;
}

/** One call by H.225.0 call signalling. Nothing of it throws; what cannot be done in a state is not done. */
export interface SignalledCall {
  readonly role: CallRole;
  readonly state: CallState;
  /** Hex of the callIdentifier, 32 digits; made up by us for callers that have none (H.225.0 version 1). */
  readonly callIdentifier: string;
  readonly conferenceID: string;
  readonly callReference: number;
  /** Of the signalling connection; null while a call of ours has none. */
  readonly path: { local: Endpoint; remote: Endpoint } | null;
  readonly peer: PeerFacts;
  readonly called: Called;
  /** Rate of the bearer capability, kbit/s; null without one. */
  readonly bearerKbps: number | null;
  /** As it came or went. */
  readonly setup: Setup_UUIE | null;
  /** Proposals of the caller; empty without fast start. */
  readonly proposals: readonly FastStartProposal[];
  /** As callee: the caller has begun H.245 in its Setup, or says there where it takes it. */
  readonly controlOffered: boolean;
  readonly control: ControlLink;
  readonly on: Events<CallEvents>;
  /** As callee: we look for whom is called. Sent anyway when nothing else is said in time. */
  proceeding(details?: AnswerDetails): void;
  alerting(details?: AnswerDetails): void;
  /** As callee: the call goes on; `inBand` (default) that something can be heard before the answer. */
  progress(details?: AnswerDetails, inBand?: boolean): void;
  /** As callee: answers. Fast start that was not answered until then is refused. Opens `control` where it can be. */
  connect(details?: AnswerDetails): void;
  /** Opens H.245 before Connect, where the peer takes it. */
  startControl(): void;
  /** Idempotent. Says endSession on an open `control` that was not told so. */
  release(how?: ReleaseRequest): void;
  /** Presses keys by Information. */
  keypad(digits: string): void;
  /** Tells another name for us by Notify. */
  notify(display: string): void;
  /** Facility with H.450 octets, or with a body of one's own. */
  facility(what: { facility?: Partial<Facility_UUIE>; h4501?: readonly Buffer[] }): void;
  /** One line for dumps. */
  describe(): string;
}

/** Numbers of a call that others (RAS) need before it is made. */
export interface CallNumbers {
  callReference: number;
  /** Hex, 32 digits. */
  callIdentifier: string;
  conferenceID: string;
}

/** How a call is made. */
export interface DialOptions {
  /** Made by `numbers()` where RAS needs them first; new ones without it. */
  numbers?: CallNumbers | undefined;
  /** Our aliases in this call. */
  source: readonly AliasAddress[];
  destination: readonly AliasAddress[];
  extension?: AliasAddress | undefined;
  display?: string | undefined;
  callingNumber?: string | undefined;
  /** Default: digits of the first dialledDigits of `destination`. */
  calledNumber?: string | undefined;
  /** Default 1920. */
  bearerKbps?: number | undefined;
  /** Offers tunnelled H.245; default true. */
  tunnelling?: boolean | undefined;
  /** Proposals of fast start in the order of preference; none is slow start. */
  fastStart?: readonly OpenLogicalChannel[] | undefined;
  /** H.245 in the Setup: as h245Control, or as parallelH245Control beside fast start. Needs tunnelling. */
  early?: 'h245Control' | 'parallel' | undefined;
  tokens?: readonly ClearToken[] | undefined;
  features?: FeatureSet | undefined;
  /** Anything else that the Setup shall have (endpointIdentifier, cryptoTokens, ...). */
  setup?: Partial<Setup_UUIE> | undefined;
  /** The H.245 connection is always made by the peer (H.460.18); empty packets hold the connections open. */
  natPeer?: boolean | undefined;
  localAddress?: string | undefined;
}

export interface SignallingEndpointEvents {
  /** A Setup came; its call is `present`. Whoever listens attaches to the call before returning. */
  call: SignalledCall;
}

/** Call signalling of this process: listeners, connections and calls. */
export interface SignallingEndpoint {
  readonly on: Events<SignallingEndpointEvents>;
  readonly calls: ReadonlySet<SignalledCall>;
  /** Listens; rejects with the system's error. Several are possible. */
  listen(at: Endpoint): Promise<Disposable & { readonly local: Endpoint }>;
  numbers(): CallNumbers;
  /** Calls; what goes wrong comes as `released`, never before this has returned. */
  dial(to: Endpoint, how: DialOptions): SignalledCall;
  /**
   * Calls by the connection that a device behind NAT makes to us (H.460.18): it names `incomingCall` (hex) in a Facility.
   * Released when it has not come in time.
   */
  dialBack(incomingCall: string, how: DialOptions): SignalledCall;
  /** The other side of it: connects to who wants to call us through NAT, whose Setup then comes as `call`. */
  connectBack(to: Endpoint, incomingCall: string): void;
  /** Ends all calls and closes everything; resolves when nothing is left. */
  close(): Promise<void>;
  /** Lines for dumps. */
  describe(): string[];
}
