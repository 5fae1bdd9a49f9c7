import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Disposable } from '../../base/disposables.js';
import type { Endpoint, MessageStream, PacedStream } from '../../base/net.js';
import type { TlsMaterial } from '../../base/tls.js';
import type { Invitation } from '../../rooms/dial-out.js';
import type { AudioServers } from '../../rooms/audio-servers.js';
import type { CallArchive } from '../../rooms/call-archive.js';
import type { RoomDirectory } from '../../rooms/directory.js';
import type { Registrations } from '../../rooms/registrations.js';
import type { TrunkStates } from '../../rooms/trunk-states.js';
import type { ParticipantId } from '../../rooms/floor-party.js';
import type { PinGuesses } from '../../rooms/pin-guesses.js';
import type { Room } from '../../rooms/room.js';
import type { Shelf } from '../recordings/shelf.js';
import type { AboutAnswer, BfcpAccess } from './contract.js';
import type { TokenStore } from './tokens.js';

/** The demonstration room system of the landing page. */
export interface DemoControl {
  readonly running: boolean;
  start(): Promise<void>;
  /** Makes it ask for the floor. */
  takeFloor(): Promise<void>;
  stop(): Promise<void>;
}

/** A source that is not heard for now. */
export interface Quarantined {
  source: string;
  offence: string;
  times: number;
  /** Wall-clock milliseconds since 1970. */
  until: number;
}

/** Sources that the defence does not hear. */
export interface Quarantine {
  list(): Quarantined[];
  /** False when nothing is held against it. */
  release(source: string): boolean;
  /** Somebody at the page gave a wrong PIN. */
  offence(address: string, offence: 'wrong_pin', forgeable: false): void;
}

/** What the API serves, where, and whom it hands things to. */
export interface ApiOptions {
  /** Plain HTTP, meant for loopback; null for none. Port 0 picks a free one. */
  http: Endpoint | null;
  /** HTTPS with PEM material, which `renewed` replaces while it runs; null for none. */
  https: (Endpoint & TlsMaterial & { renewed?: (take: (material: TlsMaterial) => void) => Disposable }) | null;
  rooms: RoomDirectory;
  /** Wrong PINs, shared with every other way into a room. */
  guesses: PinGuesses;
  /** Which devices are registered; without it nobody registers here. */
  registrations?: Registrations;
  /** Servers of audio conferences; without it there are none. */
  audioServers?: AudioServers;
  /** How trunks are; without it there are none. */
  trunks?: TrunkStates;
  tokens: TokenStore;
  /** Directory of the built web client; a plain page explains when it is missing. */
  web: string;
  /** Takes a WebSocket of `/sip`. */
  onSip: (stream: PacedStream, secure: boolean) => void;
  /** Takes a WebSocket of `/bfcp`; false when the token is not known. */
  onBfcp: (stream: MessageStream, token: string) => boolean;
  /** BFCP ids and one-call token of a participant; null when it has no floor control, or not yet. */
  bfcpFor: (room: string, participant: ParticipantId) => Omit<BfcpAccess, 'url'> | null;
  /** Lets rooms call; null where none may. */
  dialOut: { call(room: Room, who: Invitation): ParticipantId; who: 'admin' | 'moderator' } | null;
  /** Recordings of rooms, and who may make and hear them; without it there are none. */
  recordings?: { shelf: Pick<Shelf, 'list' | 'find' | 'open' | 'remove'>; who: 'admin' | 'moderator' } | null;
  /** What was said in calls; without it nothing is kept. */
  calls?: CallArchive;
  demo: DemoControl | null;
  /** Null where nobody is kept out. */
  quarantine?: Quarantine | null;
  about: Omit<AboutAnswer, 'product' | 'demo'>;
  /** Host names by which the plain HTTP listener may be addressed, besides `localhost` and IP literals. */
  hosts: readonly string[];
  log: Log;
  metrics: Metrics;
  clock: Clock;
  chance: Chance;
}

/** A running API. */
export interface Api {
  readonly http: Endpoint | null;
  readonly https: Endpoint | null;
  /** Closes every connection and both listeners; idempotent. */
  close(): Promise<void>;
}
