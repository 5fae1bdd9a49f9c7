import type { Events } from '../../../base/events.js';
import type { Endpoint } from '../../../base/net.js';
import type { CallNumbers } from '../call/contract.js';
import type { AliasAddress, EndpointType, GenericData, VendorIdentifier } from '../h225/schema.js';

// What RAS (H.225.0 §7) offers to call signalling and to the leg: a registration with a gatekeeper elsewhere
// (`GatekeeperClient`), and the gatekeeper of our own (`Gatekeeper`). Both are machines without sockets.

/** What H.235 proves a device by. A name and its aliases are one account. */
export interface Credentials {
  /** Aliases of the same account have the same name here. */
  account: string;
  /** The password, or its SHA-1 in hex, which is enough for HMAC-SHA1-96. */
  secret: { password: string } | { sha1: string };
}

/** How passwords are proved: H.235.1 procedure I, or `cryptoEPPwdHash` of devices older than it. */
export type PasswordForm = 'hmac-sha1-96' | 'md5';

// ---- registered elsewhere ------------------------------------------------------------------------------------------

export interface ClientSettings {
  /** Where the gatekeeper is, `multicast` to ask the network for one (224.0.1.41:1718). */
  gatekeeper: Endpoint | 'multicast';
  /** Others that are tried when that one is not there, the preferred first. */
  alternates?: readonly Endpoint[];
  /** Name of the gatekeeper that is wanted; any when left out. */
  gatekeeperIdentifier?: string | undefined;
  /** Whether to ask with GRQ before registering. Always so with `multicast`. */
  discover: boolean;
  aliases: readonly AliasAddress[];
  /** Prefixes whose calls are wanted, for kinds `gateway` and `mcu`. */
  prefixes?: readonly string[];
  kind: 'terminal' | 'gateway' | 'mcu';
  vendor: VendorIdentifier;
  /** Where we take calls, the preferred first, as others reach it. */
  signalling: readonly Endpoint[];
  /** Where RAS reaches us. */
  ras: Endpoint;
  /** Seconds of a registration that are asked for; the gatekeeper may give less. */
  timeToLive: number;
  /** Whom to prove with a password; nobody when left out. */
  password?: { user: string; secret: Credentials['secret']; form: PasswordForm } | undefined;
  /** Whether the gatekeeper may have us call in to reach us behind NAT (H.460.18): `incoming` is listened to. */
  traversal?: boolean;
}

/** Where the registration is. `waiting`: nobody answered or we were refused; tried again later. */
export type ClientState = 'idle' | 'discovering' | 'registering' | 'registered' | 'waiting' | 'ending';

export interface ClientEvents {
  state: ClientState;
  registered: { endpointIdentifier: string; gatekeeper: Endpoint; gatekeeperIdentifier: string | null };
  /** The registration is gone, by the gatekeeper's word (`reason` of URQ or RRJ), or by its silence. */
  lost: { reason: string };
  /** Refused; what happens next is in the state. */
  refused: { request: string; reason: string };
  /** H.460.18: somebody calls; connect there and send Facility with this identifier (hex). */
  incoming: { address: Endpoint; callIdentifier: string };
}

/** A session of RTP. */
export interface SessionReport {
  /** As H.245 numbers it, 1-255; 0 while nobody has given it a number. */
  sessionId: number;
  /** Of what we send. */
  ssrc: number;
  cname: string;
  local: { rtp: Endpoint; rtcp: Endpoint };
  /** Null where it is not known. */
  remote: { rtp: Endpoint; rtcp: Endpoint } | null;
}

/** What a gatekeeper may want to know of a call now. */
export interface CallReport {
  audio?: readonly SessionReport[];
  /** The main picture, and slides. */
  video?: readonly SessionReport[];
  /** Far-end camera control. */
  data?: readonly SessionReport[];
  signalling?: { local: Endpoint; remote: Endpoint };
  h245?: { local: Endpoint; remote: Endpoint };
  /** When it was answered, wall-clock milliseconds since 1970. */
  connectedAt?: number;
}

/** A call for which the gatekeeper is asked. */
export interface AdmissionAsk extends CallNumbers {
  /** True where we are called. */
  answerCall: boolean;
  /** Who is called; may be empty when the address is known. */
  destination: readonly AliasAddress[];
  destinationAddress?: Endpoint | undefined;
  source: readonly AliasAddress[];
  sourceAddress?: Endpoint | undefined;
  /** Both directions together. */
  kbps: number;
  /** The gatekeeper wants the call to end. DRQ is answered already; `disengage` is not needed any more. */
  dropped(reason: string): void;
  /** The gatekeeper allows only this much from now on; without it such requests are refused. */
  limited?(kbps: number): void;
  /** Asked when IRR is due. */
  report?(): CallReport;
}

/** What the gatekeeper allowed. */
export interface Admission {
  callModel: 'direct' | 'gatekeeperRouted';
  /** Where Setup goes; null when the one who is called asked, or no gatekeeper was needed. */
  address: Endpoint | null;
  /** Further addresses of the same device. */
  alternates: readonly Endpoint[];
  /** Who is to be called; the gatekeeper may have mapped it. */
  destination: readonly AliasAddress[];
  /** What goes into `remoteExtensionAddress` of Setup. */
  remoteExtension: AliasAddress | null;
  kbps: number;
  /** Endpoint identifier for `endpointIdentifier` of Setup; null when not registered. */
  endpointIdentifier: string | null;
}

/** An admitted call. */
export interface GatekeptCall {
  readonly admission: Admission;
  /** Asks for another bandwidth; resolves with what is allowed, rejects with RasRefused when it stays as it was. */
  bandwidth(kbps: number): Promise<number>;
  /** The call is over. Harmless when repeated. `cause` is the Q.931 cause. */
  disengage(cause?: number): void;
}

export interface GatekeeperClient {
  readonly state: ClientState;
  readonly on: Events<ClientEvents>;
  /** The gatekeeper that we are registered with, or null. */
  readonly gatekeeper: Endpoint | null;
  /** Where it is and where it takes calls. */
  readonly places: readonly Endpoint[];
  start(): void;
  /** Unregisters, and waits for the answer as long as URQ is worth it. */
  stop(): Promise<void>;
  /** RAI (H.225.0 §7.17): whether we can hardly take more calls. */
  resources(almostOut: boolean): void;
  /** @throws RasRefused, RasSilent */
  admit(ask: AdmissionAsk): Promise<GatekeptCall>;
  describe(): Record<string, unknown>;
}

// ---- our own gatekeeper --------------------------------------------------------------------------------------------

/** A registered device. */
export interface Registered {
  readonly endpointIdentifier: string;
  /** Texts, the first is how it calls itself. */
  readonly aliases: readonly string[];
  /** Where it takes calls. */
  readonly signalling: readonly Endpoint[];
  readonly ras: Endpoint;
  readonly kind: 'terminal' | 'gateway' | 'mcu' | 'other';
  readonly type: EndpointType;
  /** Product and version as it tells them. */
  readonly product: string | null;
  /** Account that its password proved; null without. */
  readonly account: string | null;
  /** Behind NAT, called through `ring` (H.460.18). */
  readonly traversal: boolean;
  /** Wall clock, milliseconds. */
  readonly since: number;
  readonly secondsLeft: number;
}

/** Where calls to an alias go. */
export interface Location {
  device: Registered;
  /** Address for Setup; null: ask it by `ring` to call in. */
  address: Endpoint | null;
  /** As it was asked; a gateway found by its prefix gets all of it. */
  dialled: string;
  /** Whether it was found by a prefix and not by an alias of its own. */
  byPrefix: boolean;
}

/** Where a gatekeeper beside ours has somebody. */
export interface Elsewhere {
  /** For Setup. */
  address: Endpoint;
  /** Further addresses, the preferred first. */
  alternates: readonly Endpoint[];
  /** The gatekeeper, as the settings call it. */
  by: string;
  /** Who is to be called there; the gatekeeper may have mapped it. */
  destination: readonly AliasAddress[];
  /** What goes into `remoteExtensionAddress` of Setup. */
  extension: AliasAddress | null;
}

/** Whom gatekeepers beside ours are asked for. */
export interface Sought {
  name: string;
  /** Who calls. */
  source: readonly AliasAddress[];
  /** Of the call that is to be made, hex; none without it. */
  callIdentifier?: string | undefined;
  /** Ends the question: nobody is asked again, and RasSilent comes of it. */
  signal?: AbortSignal | undefined;
}

/** A call that the gatekeeper admitted. */
export interface AdmittedCall extends CallNumbers {
  /** Who asked first. */
  readonly caller: Registered | null;
  readonly called: Registered | null;
  /** What the caller dialled; empty when only the one who is called has asked. */
  readonly dialled: readonly string[];
  readonly callModel: 'direct' | 'gatekeeperRouted';
  readonly kbps: number;
}

type Eventually<T> = T | Promise<T>;

/** Who wants to call. */
export interface Asker {
  /** Where the request came from, an IP literal. */
  address: string;
  /** Account that it proved; null without. */
  account: string | null;
}

/** What the gatekeeper asks of the product. */
export interface GatekeeperHost {
  /** Password of the account to which this alias belongs; null where there is none. */
  credentialsOf(alias: string): Eventually<Credentials | null>;
  /** Whether we take calls to this alias ourselves: rooms, people on the web, the dial plan. */
  answersFor(alias: string, asker: Asker): Eventually<boolean>;
  /** Whether devices without a password must not call themselves so: rooms, numbers that lead elsewhere, users. */
  reserved(alias: string, asker: Asker): Eventually<boolean>;
  /** Our signalling address for somebody there. */
  signallingFor(peer: Endpoint): Endpoint;
  /** Our RAS address for somebody there. */
  rasFor(peer: Endpoint): Endpoint;
}

export interface GatekeeperEvents {
  registered: Registered;
  unregistered: { device: Registered; reason: 'asked' | 'expired' | 'replaced' | 'ours' | 'silent' };
  admitted: AdmittedCall;
  /** Somebody did not prove a password: for whoever counts such things per source. */
  unproved: { from: Endpoint; user: string; why: string };
  /** A gatekeeper beside ours was asked for somebody. */
  neighbour: { name: string; outcome: 'found' | 'unknown' | 'silent' };
  /** DRQ of an endpoint, or the end of its registration. */
  disengaged: { call: AdmittedCall; reason: string };
}

export interface Gatekeeper {
  readonly on: Events<GatekeeperEvents>;
  /** The device of this alias, or with the longest prefix of it. */
  locate(alias: string): Location | null;
  registrations(): readonly Registered[];
  callOf(callIdentifier: string): AdmittedCall | null;
  /** H.460.18: has a device behind NAT open a call signalling connection to `address` for this call. */
  ring(device: Registered, call: { address: Endpoint; callIdentifier: string }): Promise<void>;
  /** Ends a registration from our side (URQ). */
  unregister(endpointIdentifier: string): void;
  /** Ends a call from our side (DRQ to everybody in it). */
  drop(callIdentifier: string): void;
  describe(): Record<string, unknown>;
}

/** Features of H.460 that a message carries, by their numbers. */
export type Features = ReadonlyMap<number, GenericData>;
