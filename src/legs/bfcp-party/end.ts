import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Seen } from '../../base/seen.js';
import type { Carriage, Version } from '../../protocol/bfcp/message.js';
import type { FloorDesk, FloorParty } from '../../rooms/floor-party.js';
import type { Proof } from './source-guard.js';
import type { ChannelState, Standing } from './standing.js';

/** The numbers that SDP or the web API tell the client. */
export interface PartyIds {
  /** 1..2^31-1 where we choose it, random: some endpoints read it as a signed number. */
  confId: number;
  /** 1..65534 where we choose it, random. */
  userId: number;
  floorId: number;
}

/** The id endpoints use themselves most often. */
const floorId = 2;

/** Numbers for a new association that we serve. */
export function freshIds(chance: Chance): PartyIds {
  return { confId: chance.int(1, 0x7fffffff), userId: chance.int(1, 0xfffe), floorId };
}

/** What every end of an association is given. */
export interface AssociationOptions {
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  /** Told of the messages of the association, after decryption, but for those of strangers. */
  seen?: Seen;
}

/** How an association reaches its peer, and tells what becomes of it. */
export interface Carrier {
  carriage: Carriage;
  /** Metric label: udp, tcp, tls, dtls, tcp-dtls, ws or wss. */
  label: string;
  send(bytes: Uint8Array): void;
  /** The byte stream makes no sense any more. */
  broken(why: string): void;
  /** The standing has changed. */
  standing?(): void;
  /** The channel has to be negotiated anew. */
  renew?(): void;
}

/** Our end of one association, of whichever role: what the carriers work with. */
export interface FloorEnd extends FloorParty {
  /** Monotonic milliseconds of the last valid message, of the opening before that. */
  readonly lastHeard: number;
  readonly standing: Standing;
  /** It has the first word on a new connection, before the peer has shown any id. */
  readonly opens: boolean;
  count(event: string): void;
  proof(bytes: Uint8Array): Proof;
  attach(desk: FloorDesk, who: { name: string }): void;
  /** Version to use until the peer has spoken. */
  expect(version: Version): void;
  /** Says the first word where that is ours, or where it opens the path. */
  greet(): void;
  /** Takes a message whose source was admitted. */
  receive(bytes: Uint8Array): void;
  /** The connection broke, or the peer does not answer. */
  lost(why: string): void;
  /** There is a connection (again). */
  regained(): void;
  describe(): string;
  /** Idempotent. */
  close(): void;
}

/** Counts and logs what becomes of a channel: operators ask for it. */
export function channelLog(
  { log, metrics }: AssociationOptions,
  label: string,
): (state: ChannelState, problem: string | null) => void {
  let before: ChannelState = 'waiting';
  return (state, problem) => {
    const event = { waiting: 'channel_waiting', lost: 'channel_lost', 'given-up': 'channel_given_up' } as const;
    const name = state !== 'up' ? event[state] : before === 'waiting' ? 'channel_up' : 'channel_back';
    before = state;
    metrics.count('dualstream_bfcp_events_total', { transport: label, event: name });
    if (problem !== null) log.warn({ transport: label, why: problem }, 'Floor control of a call has trouble');
  };
}
