import type { Clock, Timer } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Carriage, Version } from '../../protocol/bfcp/message.js';
import { BfcpServer } from '../../protocol/bfcp/server.js';
import type { FloorDesk, FloorParty, FloorTicket } from '../../rooms/floor-party.js';
import { proofOf, type Proof } from './source-guard.js';

/** The numbers that SDP or the web API tell the peer. */
export interface PartyIds {
  /** 1..2^31-1, random: some endpoints read it as a signed number. */
  confId: number;
  /** 1..65534, random. */
  userId: number;
  floorId: number;
}

/** What every kind of party is given. */
export interface AssociationOptions {
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
}

/** How an association reaches its peer. */
export interface Carrier {
  carriage: Carriage;
  /** Metric label: udp, tcp or ws. */
  label: string;
  send(bytes: Uint8Array): void;
  /** The byte stream makes no sense any more. */
  broken(why: string): void;
}

/** The id endpoints use themselves most often. */
const floorId = 2;
/** How long a lost connection may come back before its floor requests end, RFC 8855 §6.1. */
export const graceMs = 10_000;

/** One BFCP association of a leg: the server machine with its clock, its desk and its counters. */
export class Association implements FloorParty {
  readonly ids: PartyIds;
  private readonly server: BfcpServer;
  private readonly clock: Clock;
  private timer: Timer | null = null;
  private timerAt = 0;
  private grace: Timer | null = null;
  private heardAt: number;
  private closed = false;

  constructor(
    private readonly options: AssociationOptions,
    private readonly carrier: Carrier,
  ) {
    const { chance, clock } = options;
    this.clock = clock;
    this.heardAt = clock.now();
    this.ids = { confId: chance.int(1, 0x7fffffff), userId: chance.int(1, 0xfffe), floorId };
    const config = {
      carriage: carrier.carriage,
      conferenceId: this.ids.confId,
      userId: this.ids.userId,
      floorId,
      firstTransactionId: chance.int(1, 0x7fff),
      lenient: true,
      tellUnasked: true,
    };
    this.server = new BfcpServer(config, carrier.carriage === 'datagram' ? 2 : 1, {
      send: (bytes) => carrier.send(bytes),
      count: (event) => this.count(event),
      broken: (why) => carrier.broken(why),
    });
  }

  /** Monotonic milliseconds of the last valid message, of the opening before that. */
  get lastHeard(): number {
    return this.heardAt;
  }

  count(event: string): void {
    this.options.metrics.count('dualstream_bfcp_events_total', { transport: this.carrier.label, event });
  }

  proof(bytes: Uint8Array): Proof {
    const { confId, userId } = this.ids;
    return proofOf(bytes, this.carrier.carriage, { conferenceId: confId, userId });
  }

  attach(desk: FloorDesk, who: { name: string }): void {
    this.work((now) => this.server.attach(desk, who.name, now));
  }

  /** Version to use until the peer has spoken. */
  expect(version: Version): void {
    this.server.expect(version);
  }

  /** Tells the peer the floor unasked, where that opens the path. */
  greet(): void {
    this.work((now) => this.server.greet(now));
  }

  /** Takes a message whose source was admitted. */
  receive(bytes: Uint8Array): void {
    this.work((now) => {
      if (this.server.receive(bytes, now)) this.heardAt = now;
    });
  }

  changed(ticket: FloorTicket): void {
    this.work((now) => this.server.changed(ticket, now));
  }

  holderChanged(_holder: FloorTicket | null): void {
    this.work((now) => this.server.holderChanged(now));
  }

  queueChanged(): void {
    this.work((now) => this.server.queueChanged(now));
  }

  /** The connection broke: unless `regained` comes in time, the peer's floor requests end. */
  lost(): void {
    if (this.closed) return;
    this.grace ??= this.clock.after(graceMs, () => {
      this.grace = null;
      this.count('grace_over');
      this.work(() => this.server.leave());
    });
  }

  regained(): void {
    this.grace?.cancel();
    this.grace = null;
  }

  describe(): string {
    return this.server.describe();
  }

  close(): void {
    if (this.closed) return;
    this.server.goodbye();
    this.closed = true;
    this.regained();
    this.timer?.cancel();
    this.timer = null;
  }

  private work(job: (now: number) => void): void {
    if (this.closed) return;
    job(this.clock.now());
    this.arm();
  }

  private arm(): void {
    const { due } = this.server;
    if (due === null || this.closed) return;
    // An early timer only looks again, so a later due time needs no new one.
    if (this.timer && this.timerAt <= due) return;
    this.timer?.cancel();
    this.timerAt = due;
    this.timer = this.clock.after(Math.max(0, due - this.clock.now()), () => {
      this.timer = null;
      this.work((now) => this.server.tick(now));
    });
  }
}
