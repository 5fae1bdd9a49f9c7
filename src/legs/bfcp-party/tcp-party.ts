import type { Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { Framer } from '../../base/framer.js';
import type { ByteStream, Endpoint, Listener } from '../../base/net.js';
import { bfcpFrames, streamLimit } from '../../protocol/bfcp/framing.js';
import type { FloorDesk, FloorTicket } from '../../rooms/floor-party.js';
import { Association, type PartyIds } from './association.js';
import type { BfcpParty, BfcpPartyOptions, HowToMeet } from './contract.js';
import { bindNext } from './ports.js';
import { isReachable, SourceGuard } from './source-guard.js';

const maxCandidates = 4;
/** Waits before each attempt to connect, milliseconds. */
const dialAfterMs = [0, 5000, 15_000];
/** Wait before a lost connection is made again, milliseconds. */
const redialMs = 500;
/** A peer that was to connect but does not is called after all, milliseconds. */
const passivePatienceMs = 3000;
/** How long a connection may stay without showing the right ids, milliseconds. */
const proofMs = 30_000;
/** RFC 4145 §4.1: the port of who cannot be connected to. */
const discardPort = 9;

/**
 * BFCP over TCP. Endpoints confuse who connects, so this listens always and connects where that makes sense; the first
 * connection with a message that shows the right ids is the association, the others are closed. A lost connection may come
 * back within a grace time.
 */
export class TcpParty implements BfcpParty {
  private readonly guard = new SourceGuard();
  private readonly association: Association;
  private readonly candidates = new Map<ByteStream, Timer>();
  private current: ByteStream | null = null;
  private listener: Listener | null = null;
  private remote: Endpoint | null = null;
  /** Connecting is (also) our part. */
  private calls = false;
  private dialTimer: Timer | null = null;
  private closed = false;

  static async open(options: BfcpPartyOptions): Promise<TcpParty> {
    const { net, bind, ports } = options;
    const party = new TcpParty(options);
    party.listener = await bindNext(ports, (port) =>
      net.listen({ address: bind, port }, { type: 'tcp' }, (stream) => party.take(stream)),
    );
    return party;
  }

  private constructor(private readonly options: BfcpPartyOptions) {
    this.association = new Association(options, {
      carriage: 'reliable',
      label: 'tcp',
      send: (bytes) => void this.current?.write(bytes),
      broken: (why) => this.drop(this.current, why),
    });
  }

  get local(): { transport: 'TCP'; port: number } {
    return { transport: 'TCP', port: this.listener?.local.port ?? 0 };
  }

  get ids(): PartyIds {
    return this.association.ids;
  }

  get lastHeard(): number {
    return this.association.lastHeard;
  }

  attach(desk: FloorDesk, who: { name: string }): void {
    this.association.attach(desk, who);
  }

  setRemote(remote: Endpoint | null, how: HowToMeet): void {
    if (this.closed || !isReachable(remote) || !this.guard.expect(remote)) return;
    this.remote = remote;
    this.calls = how.setup !== 'passive';
    if (!this.current) this.planDial(0);
  }

  changed(ticket: FloorTicket): void {
    this.association.changed(ticket);
  }

  holderChanged(holder: FloorTicket | null): void {
    this.association.holderChanged(holder);
  }

  queueChanged(): void {
    this.association.queueChanged();
  }

  describe(): string {
    const peer = this.current ? `${this.current.remote.address}:${this.current.remote.port}` : 'nobody';
    return `tcp ${this.local.port} <-> ${peer} (+${this.candidates.size}): ${this.association.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.association.close();
    this.dialTimer?.cancel();
    this.listener?.dispose();
    for (const [stream, timer] of this.candidates) {
      timer.cancel();
      stream.destroy();
    }
    this.candidates.clear();
    // RFC 8855 §6.1: over TCP a graceful close is the goodbye.
    this.current?.end();
    this.current = null;
  }

  private take(stream: ByteStream): void {
    if (this.closed || !this.makeRoom(stream)) {
      stream.destroy();
      return;
    }
    const timer = this.options.clock.after(proofMs, () => {
      if (!this.guard.signalledHost(stream.remote.address)) this.drop(stream, 'no valid message in time');
    });
    this.candidates.set(stream, timer);
    const framer = new Framer(bfcpFrames, streamLimit);
    stream.onData((data) => {
      try {
        for (const frame of framer.push(data)) this.frame(stream, frame);
      } catch (error) {
        this.association.count('fault_framing');
        this.drop(stream, messageOf(error));
      }
    });
    stream.onClose(() => this.gone(stream));
  }

  /** Strangers cannot keep the signalled peer out by connecting often. */
  private makeRoom(stream: ByteStream): boolean {
    if (this.candidates.size < maxCandidates) return true;
    this.association.count('stranger');
    if (!this.guard.signalledHost(stream.remote.address)) return false;
    const [oldest] = [...this.candidates.keys()];
    if (oldest) this.drop(oldest, 'too many connections');
    return true;
  }

  private frame(stream: ByteStream, frame: Buffer): void {
    if (this.closed) return;
    if (stream !== this.current && !this.candidates.has(stream)) return;
    const proof = this.association.proof(frame);
    const admitted = this.guard.admit(stream.remote, proof, this.options.clock.now());
    if (stream === this.current || (admitted && proof !== 'none')) {
      this.choose(stream);
      this.association.receive(frame);
      return;
    }
    this.association.count('stranger');
    this.drop(stream, 'wrong ids');
  }

  private choose(stream: ByteStream): void {
    if (stream === this.current) return;
    const old = this.current;
    this.current = stream;
    old?.destroy();
    this.candidates.get(stream)?.cancel();
    this.candidates.delete(stream);
    this.dialTimer?.cancel();
    this.dialTimer = null;
    for (const other of [...this.candidates.keys()]) this.drop(other, 'another connection is in use');
    this.association.regained();
  }

  private drop(stream: ByteStream | null, why: string): void {
    if (!stream) return;
    this.options.log.debug({ peer: stream.remote.address, why }, 'BFCP connection closed');
    stream.destroy();
    this.gone(stream);
  }

  private gone(stream: ByteStream): void {
    this.candidates.get(stream)?.cancel();
    this.candidates.delete(stream);
    if (stream !== this.current) return;
    this.current = null;
    this.guard.forget();
    this.association.lost();
    this.planDial(redialMs);
  }

  private planDial(ms: number): void {
    this.dialTimer?.cancel();
    this.dialTimer = null;
    const { remote, closed } = this;
    if (closed || !remote || remote.port === 0 || remote.port === discardPort) return;
    if (this.calls) this.dialLater(ms, 0);
    else this.dialLater(passivePatienceMs, dialAfterMs.length - 1);
  }

  private dialLater(ms: number, attempt: number): void {
    this.dialTimer = this.options.clock.after(ms, () => {
      this.dialTimer = null;
      this.dial(attempt).catch(() => undefined);
    });
  }

  private async dial(attempt: number): Promise<void> {
    const { remote } = this;
    if (!remote || this.current || this.closed) return;
    try {
      const { net, bind } = this.options;
      const stream = await net.connect(remote, { type: 'tcp' }, { localAddress: bind, timeoutMs: 5000 });
      if (this.current || remote !== this.remote) stream.destroy();
      else this.take(stream);
    } catch (error) {
      this.association.count('connect_failed');
      this.options.log.debug({ peer: remote.address, why: messageOf(error) }, 'BFCP connection not possible');
      const wait = dialAfterMs[attempt + 1];
      if (wait !== undefined && !this.closed && remote === this.remote) this.dialLater(wait, attempt + 1);
    }
  }
}
