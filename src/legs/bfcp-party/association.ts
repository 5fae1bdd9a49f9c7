import type { Clock, Timer } from '../../base/clock.js';
import type { Version } from '../../protocol/bfcp/message.js';
import { BfcpServer } from '../../protocol/bfcp/server.js';
import type { FloorDesk, FloorTicket } from '../../rooms/floor-party.js';
import { type AssociationOptions, type Carrier, channelLog, type FloorEnd, freshIds, type PartyIds } from './end.js';
import { proofOf, type Proof } from './source-guard.js';
import { ChannelWatch, type Standing } from './standing.js';

export type { AssociationOptions, Carrier, PartyIds } from './end.js';
export { graceMs } from './standing.js';

/** Silence after which an unanswered notification means that the peer is gone, milliseconds: it was repeated three times. */
const silenceMs = 7000;

/** One BFCP association of a leg: the server machine with its clock, its desk and its counters. */
export class Association implements FloorEnd {
  readonly opens = false;
  private readonly server: BfcpServer;
  private readonly clock: Clock;
  private timer: Timer | null = null;
  private timerAt = 0;
  private readonly watch: ChannelWatch;
  private heardAt: number;
  private closed = false;

  constructor(
    private readonly options: AssociationOptions,
    private readonly carrier: Carrier,
    readonly ids: PartyIds = freshIds(options.chance),
  ) {
    const { chance, clock } = options;
    this.clock = clock;
    this.heardAt = clock.now();
    const note = channelLog(options, carrier.label);
    this.watch = new ChannelWatch(clock, {
      renew: () => carrier.renew?.(),
      givenUp: () => this.work(() => this.server.leave()),
      changed: (state) => {
        note(state, this.watch.problem);
        carrier.standing?.();
      },
    });
    const config = {
      carriage: carrier.carriage,
      conferenceId: this.ids.confId,
      userId: this.ids.userId,
      floorId: this.ids.floorId,
      firstTransactionId: chance.int(1, 0x7fff),
      lenient: true,
      tellUnasked: true,
    };
    this.server = new BfcpServer(config, carrier.carriage === 'datagram' ? 2 : 1, {
      send: (bytes) => carrier.send(bytes),
      count: (event) => this.count(event),
      broken: (why) => carrier.broken(why),
      unanswered: () => {
        if (this.clock.now() - this.heardAt >= silenceMs) this.watch.lost('the peer does not answer');
      },
    });
  }

  /** Monotonic milliseconds of the last valid message, of the opening before that. */
  get lastHeard(): number {
    return this.heardAt;
  }

  get standing(): Standing {
    return { role: 'server', channel: this.watch.state, content: 'may', problem: this.watch.problem };
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
      if (!this.server.receive(bytes, now)) return;
      this.heardAt = now;
      this.watch.heard();
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

  /** Unless the channel comes back in time, the peer's floor requests end. */
  lost(why: string): void {
    if (!this.closed) this.watch.lost(why);
  }

  regained(): void {
    if (!this.closed) this.watch.heard();
  }

  describe(): string {
    return this.server.describe();
  }

  close(): void {
    if (this.closed) return;
    this.server.goodbye();
    this.closed = true;
    this.watch.close();
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
