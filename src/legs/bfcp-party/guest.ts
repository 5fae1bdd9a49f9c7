import type { Timer } from '../../base/clock.js';
import type { FloorView, RequestView } from '../../protocol/bfcp/client.js';
import { BfcpOperationFailed, BfcpSession } from '../../protocol/bfcp/client-session.js';
import type { Version } from '../../protocol/bfcp/message.js';
import { errorCodes } from '../../protocol/bfcp/names.js';
import type { FloorDesk, FloorTicket } from '../../rooms/floor-party.js';
import { type AssociationOptions, type Carrier, channelLog, type FloorEnd, type PartyIds } from './end.js';
import { FloorMirror } from './mirror.js';
import { proofOf, type Proof } from './source-guard.js';
import { ChannelWatch, type Standing } from './standing.js';

const keepAliveMs = 10_000;
/** Waits before Hello is said again to a server that did not answer, milliseconds; the last one stays. */
const againAfterMs = [2000, 5000, 10_000, 30_000];

/**
 * Our end where the peer is the floor control server (an MCU that offers `s-only`): a floor participant that stands for our
 * whole room. What follows from both floors, FloorMirror decides; this keeps the session with the server alive.
 */
export class Guest implements FloorEnd {
  readonly opens = true;
  private readonly watch: ChannelWatch;
  private readonly mirror: FloorMirror;
  private session: BfcpSession | null = null;
  /** The session whose request is under way. */
  private asking: BfcpSession | null = null;
  private again: Timer | null = null;
  private failures = 0;
  /** Version that the server refused. */
  private refused: Version | null = null;
  /** There is something to speak over: always so on datagrams. */
  private connected: boolean;
  private heardAt: number;
  private closed = false;

  constructor(
    private readonly options: AssociationOptions,
    private readonly carrier: Carrier,
    private readonly ids: PartyIds,
    private version: Version,
  ) {
    const { clock } = options;
    this.heardAt = clock.now();
    this.connected = carrier.carriage === 'datagram';
    const note = channelLog(options, carrier.label);
    this.watch = new ChannelWatch(clock, {
      renew: () => carrier.renew?.(),
      givenUp: () => this.mirror.farLost(),
      changed: (state) => {
        note(state, this.watch.problem);
        carrier.standing?.();
      },
    });
    this.mirror = new FloorMirror({
      request: (reason) => void this.request(reason),
      release: () => this.release(),
      changed: () => carrier.standing?.(),
      count: (event) => this.count(event),
    });
  }

  get lastHeard(): number {
    return this.heardAt;
  }

  get standing(): Standing {
    const { content, problem } = this.mirror;
    return { role: 'client', channel: this.watch.state, content, problem: this.watch.problem ?? problem };
  }

  count(event: string): void {
    this.options.metrics.count('dualstream_bfcp_events_total', { transport: this.carrier.label, event });
  }

  /** The numbers of a server need not be hard to guess: only the signalled host is believed. */
  proof(bytes: Uint8Array): Proof {
    const { confId, userId } = this.ids;
    const proof = proofOf(bytes, this.carrier.carriage, { conferenceId: confId, userId });
    return proof === 'none' ? 'none' : 'conference';
  }

  attach(desk: FloorDesk): void {
    this.mirror.attach(desk);
  }

  expect(version: Version): void {
    this.version = version;
  }

  /** Begins the session, anew where there was one. */
  greet(): void {
    if (this.closed) return;
    this.again?.cancel();
    this.again = null;
    const old = this.session;
    this.session = null;
    old?.end('replaced');
    this.mirror.farRestarts();
    const session = this.newSession();
    this.session = session;
    session.on.on('status', (view) => this.onStatus(session, view));
    session.on.on('floor', (view) => this.onFloor(session, view));
    session.on.on('closed', ({ why }) => this.ended(session, why));
    session.hello().then(
      () => this.present(session),
      (error: unknown) => this.helloFailed(session, error),
    );
  }

  receive(bytes: Uint8Array): void {
    this.heardAt = this.options.clock.now();
    this.session?.receive(bytes);
  }

  changed(ticket: FloorTicket): void {
    this.mirror.ticketChanged(ticket);
  }

  holderChanged(holder: FloorTicket | null): void {
    this.mirror.roomHolder(holder);
  }

  lost(why: string): void {
    this.connected = false;
    this.again?.cancel();
    if (this.session) this.session.end(why);
    else if (!this.closed) this.watch.failed(why);
  }

  regained(): void {
    this.connected = true;
    this.greet();
  }

  describe(): string {
    return `bfcp client v${this.version} user ${this.ids.userId} ${this.watch.state}: ${this.mirror.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.watch.close();
    this.again?.cancel();
    const { session } = this;
    this.session = null;
    if (this.carrier.carriage === 'reliable' && session?.ongoing) session.release().catch(() => undefined);
    session?.close();
  }

  private newSession(): BfcpSession {
    const { clock, chance } = this.options;
    const { confId: conferenceId, userId, floorId } = this.ids;
    const { carriage } = this.carrier;
    const firstTransactionId = chance.int(1, 0x7fff);
    const ids = { conferenceId, userId, floorId, firstTransactionId };
    const { version } = this;
    return new BfcpSession({
      ...ids,
      clock,
      carriage,
      version,
      keepAliveMs,
      send: (bytes) => this.carrier.send(bytes),
      broken: (why) => this.carrier.broken(why),
    });
  }

  private present(session: BfcpSession): void {
    if (session !== this.session) return;
    this.failures = 0;
    this.refused = null;
    this.watch.heard();
    // A server that does not answer the query may tell the floor all the same.
    session.subscribe().catch(() => this.count('floor_query_failed'));
    this.mirror.farReady();
  }

  private onStatus(session: BfcpSession, view: RequestView): void {
    if (session === this.session) this.mirror.farAnswered(view.state, view.info);
  }

  private onFloor(session: BfcpSession, { holder }: FloorView): void {
    if (session === this.session) this.mirror.farHolder(holder && !holder.self ? holder : null);
  }

  /** The answer comes to the mirror as a change of the request; one that is under way serves the next wish too. */
  private async request(reason: string): Promise<void> {
    const { session } = this;
    if (!session || session === this.asking) return;
    this.asking = session;
    try {
      await session.request(reason);
    } catch (error) {
      if (session === this.session && !isSilence(error)) this.mirror.farAnswered('denied', textOf(error));
    }
    if (this.asking === session) this.asking = null;
  }

  private release(): void {
    this.session?.release().catch(() => this.count('release_failed'));
  }

  private helloFailed(session: BfcpSession, error: unknown): void {
    if (session !== this.session) return;
    // RFC 8855 §13.7: a server that refuses our version speaks the other; on streams there is one only
    const wrongVersion = error instanceof BfcpOperationFailed && error.code === errorCodes.unsupportedVersion;
    const other = this.version === 2 ? 1 : 2;
    if (wrongVersion && this.carrier.carriage === 'datagram' && this.refused !== other) {
      this.refused = this.version;
      this.version = other;
      this.count(`version_${other}`);
      this.greet();
    } else if (isSilence(error)) session.end('the far end does not answer');
    else session.end(`the far end refuses floor control: ${textOf(error)}`);
  }

  /** As long as there is something to speak over, Hello is said again until somebody answers. */
  private ended(session: BfcpSession, why: string): void {
    if (session !== this.session || this.closed) return;
    this.session = null;
    this.mirror.farSilent();
    this.watch.failed(why === 'goodbye' ? 'the far end left it' : why);
    if (!this.connected) return;
    const wait = againAfterMs[Math.min(this.failures, againAfterMs.length - 1)] ?? 0;
    this.failures += 1;
    this.again = this.options.clock.after(wait, () => this.greet());
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof BfcpOperationFailed && error.code === 0;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
